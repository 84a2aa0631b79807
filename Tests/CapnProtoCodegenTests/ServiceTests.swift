import CapnProto
import CapnProtoRPC
import Testing

/// Generated clients and servers against each other, in one process.
struct ServiceTests {
    private final class FileHandler: File.Handler {
        var bytes: [UInt8] = [1, 2, 3, 4]
        func read(_ call: ServerCall<File.Read.Params, File.Read.Results>) throws {
            let start = Int(call.params.offset)
            guard start <= bytes.count else { throw RPCException.failed("beyond the end") }
            let part = bytes[start...].prefix(Int(call.params.count))
            call.reply { $0.setData(Array(part)) }
        }
        func write(_ call: ServerCall<File.Write.Params, AnyStruct>) throws {
            bytes += try call.params.data.array
            call.reply()
        }
    }

    private final class DirectoryHandler: Directory.Handler {
        let file = FileHandler()
        func ping(_ call: ServerCall<Base.Ping.Params, Base.Ping.Results>) throws {
            let text = try call.params.text.string
            call.reply { $0.setText(text + "!") }
        }
        func dispatch_(_ call: ServerCall<Other.Dispatch.Params, Other.Dispatch.Results>) { call.reply() }
        func open(_ call: ServerCall<Directory.Open.Params, Directory.Open.Results>) throws {
            let client = File.Client(hosting: file, on: call.loop)
            let name = try call.params.name.string
            call.reply { results, list in
                results.setFile(client, in: &list)
                var entry = results.initEntry()
                entry.setName(name)
                entry.setFile(client, in: &list)
            }
        }
        func list(_ call: ServerCall<Directory.List_.Params, Directory.List_.Results>) { call.reply() }
        func watch(_ call: ServerCall<Directory.Watch.Params, Directory.Watch.Results>) throws {
            let handle = try call.params.observer(in: call.capabilities).capability
            call.reply { $0.setHandle(handle, in: &$1) }
        }
        func point(_ call: ServerCall<Point, Shape>) {
            call.reply(Shape.Value(name: "\(call.params.x)", which: .empty))
        }
        func `import`(_ call: ServerCall<Directory.Import.Params, Directory.Import.Results>) throws {
            throw RPCException.unimplemented("no import")
        }
    }

    private let loop = HandLoop()

    private func directory() -> Directory.Client { Directory.Client(hosting: DirectoryHandler(), on: loop) }

    private func outcome<R: StructSchema>(_ pending: Pending<R>) async -> Result<Response<R>, RPCException> {
        loop.runAll()
        do throws(RPCException) { return .success(try await pending.response()) } catch { return .failure(error) }
    }

    @Test func callsArriveWithParametersAndResults() async throws {
        let response = try await outcome(directory().sendPoint { $0.x = 12 }).get()
        #expect(try response.value() == Shape.Value(name: "12", which: .empty))
    }

    @Test func callsArePipelinedOnResultsAndOnStructsInThem() async throws {
        let opened = directory().sendOpen { $0.setName("file") }
        let direct = opened.file.sendRead { $0.count = 2 }
        let nested = opened.entry.file.sendRead { ($0.offset, $0.count) = (2, 9) }
        #expect(try await outcome(direct).get().value().data == [1, 2])
        #expect(try await outcome(nested).get().value().data == [3, 4])
    }

    @Test func capabilitiesTravelInBothDirections() async throws {
        let response = try await outcome(directory().sendOpen()).get()
        let file = try response.results.file(in: response.capabilities)
        let failed = await outcome(file.sendRead { $0.offset = 100 })
        #expect(throws: RPCException.self) { try failed.get() }
        let watched = try await outcome(
            directory().sendWatch { $0.setObserver(Observer.Client(file.capability), in: &$1) }
        ).get()
        let handle = try watched.results.handle(in: watched.capabilities)
        #expect(try await outcome(File.Client(handle).sendRead { $0.count = 1 }).get().value().data == [1])
    }

    @Test func inheritedMethodsAreReachedThroughEveryFace() async throws {
        let base = directory().asBase
        #expect(try await outcome(base.sendPing { $0.setText("a") }).get().value().text == "a!")
        #expect(try await outcome(base.sendPing()).get().value().text == "hi!")
        _ = try await outcome(directory().asOther.sendDispatch()).get()
        let refused = await outcome(directory().cast(to: File.Client.self).sendRead())
        #expect(throws: RPCException.self) { try refused.get() }
    }

    @Test func methodsKnowTheirNumbersAndWhetherTheyReturnCapabilities() {
        #expect(Directory.open.methodID == 0 && Directory.open.interfaceID == Directory.interfaceID)
        #expect(
            Directory.watch.methodID == 2 && !Directory.open.hasNoCapabilityResults
                && !Directory.list.hasNoCapabilityResults)
        #expect(File.read.hasNoCapabilityResults && File.write.hasNoCapabilityResults && File.write.methodID == 1)
    }
}
