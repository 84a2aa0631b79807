import CapnProto
import CapnProtoRPC
import Testing

/// Generic interfaces and methods: clients and servers of known types, in one process.
struct GenericServiceTests {
    private final class TextStoreHandler: TextStore.Handler {
        var texts = ["key": "value"]
        var watched = 0

        func get(_ call: ServerCall<Store<Text>.Get.Params, Store<Text>.Get.Results>) throws {
            let text = texts[try call.params.key.string]
            call.reply { $0.setValue(text) }
        }
        func put(_ call: ServerCall<Store<Text>.Put.Params, Store<Text>.Put.Results>) throws {
            texts[try call.params.key.string] = try call.params.value.string
            call.reply()
        }
        func swap(
            _ call: ServerCall<Store<Text>.Swap.Params<AnyPointer>, Store<Text>.Swap.Results<AnyPointer>>
        ) throws {
            try call.reply { (results) throws(CapnProtoError) in
                try results.setValue(copying: call.params.value)
                var pair = results.initPair()
                try pair.setFirst(copying: call.params.box.value)
                try pair.setSecond(copying: call.params.value)
            }
        }
        func whole(_ call: ServerCall<Box<Text>, Box<Box<Text>>>) throws {
            call.reply(Box<Box<Text>>.Value(value: try Box<Text>.Value(call.params)))
        }
        func echo(_ call: ServerCall<Box<AnyPointer>, Box<AnyPointer>>) throws {
            try call.reply { (results) throws(CapnProtoError) in try results.setValue(copying: call.params.value) }
        }
        func watch(_ call: ServerCall<Store<Text>.Watch.Params, AnyStruct>) throws {
            let watcher = try call.params.watcher(in: call.capabilities)
            watched += 1
            _ = watcher.sendChanged { params, _ in
                var entry = params.initEntry()
                entry.setValue("new")
                params.setReason("because")
            }
            call.reply()
        }
        func fork(_ call: ServerCall<Store<Text>.Fork.Params, Store<Text>.Fork.Results>) {
            let client = TextStore.Client(hosting: self, on: call.loop).asStore
            call.reply { results, list in
                var box = results.initStore()
                do throws(CapnProtoError) {
                    let value = try box.value
                    value.setClient(client, in: &list)
                } catch { return }
                results.setSame(client, in: &list)
            }
        }
        func name(_ call: ServerCall<Named.Name.Params, Named.Name.Results>) { call.reply { $0.setName("texts") } }
        func sendName_(_ call: ServerCall<Named.SendName.Params, Named.SendName.Results>) { call.reply() }
        func count(_ call: ServerCall<TextStore.Count.Params, TextStore.Count.Results>) {
            call.reply { $0.count = UInt32(texts.count) }
        }
    }

    private final class Watcher: StoreWatcherHandler {
        var seen: [String] = []
        func changed(
            _ call: ServerCall<Store<Text>.Watcher<Text>.Changed.Params, Store<Text>.Watcher<Text>.Changed.Results>
        ) throws {
            seen.append(try call.params.entry.value.string + call.params.reason.string)
            call.reply()
        }
    }

    private let loop = HandLoop()
    private func outcome<R: StructSchema>(_ pending: Pending<R>) async throws -> Response<R> {
        loop.runAll()
        return try await pending.response()
    }
    private var texts: TextStore.Client { TextStore.Client(hosting: TextStoreHandler(), on: loop) }

    @Test func callsOfAGenericInterface() async throws {
        let store: Store<Text>.Client = texts.asStore
        _ = try await outcome(
            store.sendPut { params, _ in
                params.setKey("a")
                params.setValue("b")
            })
        let response = try await outcome(store.sendGet { $0.setKey("a") })
        #expect(try response.results.value.string == "b")
        #expect(try await outcome(TextStore.Client(store.capability).sendCount()).results.count == 2)
        #expect(try await outcome(texts.asNamed.sendName()).value().name == "texts")
        _ = try await outcome(texts.asNamed.sendSendName { $0.setName("x") })
    }

    @Test func methodsWithParametersOfTheirOwn() async throws {
        let store = texts.asStore
        let swapped = try await outcome(
            store.sendSwap(U: Point.self) { params, _ in
                var value = params.initValue()
                value.x = 5
                var box = params.initBox()
                box.setValue("boxed")
            })
        #expect(try swapped.results.value.x == 5)
        #expect(try swapped.results.pair.first.string == "boxed" && swapped.results.pair.second.x == 5)
        let echoed = try await outcome(store.sendEcho(U: Bytes.self) { params, _ in params.setValue([1, 2, 3]) })
        #expect(try echoed.results.value.array == [1, 2, 3])
        let whole = try await outcome(store.sendWhole { params, _ in params.setValue("w") })
        #expect(try whole.results.value.value.string == "w")
    }

    /// A capability in a generic struct can be called before the struct is there.
    @Test func pipelinesThroughGenericStructs() async throws {
        let fork = texts.asStore.sendFork()
        let direct = fork.pipeline.same.sendGet { $0.setKey("key") }
        let boxed = fork.pipeline.store.value.sendGet { $0.setKey("key") }
        #expect(try await outcome(direct).results.value.string == "value")
        #expect(try await outcome(boxed).results.value.string == "value")
        let response = try await outcome(fork)
        let client: Store<Text>.Client = response.capabilities.client(try response.results.store.value)
        #expect(try await outcome(client.sendGet { $0.setKey("key") }).results.value.string == "value")
    }

    @Test func interfacesInsideOfGenericOnes() async throws {
        let watcher = Watcher()
        let client = Store<Text>.Watcher<Text>.Client(hosting: watcher, on: loop)
        let handler = TextStoreHandler()
        let store = TextStore.Client(hosting: handler, on: loop).asStore
        let call = store.capability.send(Store<Text>.watch) { $0.setWatcher(client, in: &$1) }
        _ = try await outcome(call)
        loop.runAll()
        #expect(watcher.seen == ["newbecause"] && handler.watched == 1)
    }

    @Test func listsOfInterfaces() {
        let store = Store<Bytes>.Client(Capability(broken: .failed("none")))
        _ = OutgoingPayload.params(Uses.self) { uses, list in
            var stores = uses.initCapabilities(2)
            stores.set(store, at: 1, in: &list)
            stores.set(nil, at: 0, in: &list)
            do throws(CapnProtoError) {
                let read = try uses.asReader.capabilities
                let (first, second) = (try read.element(at: 0), try read.element(at: 1))
                #expect(first == nil && second == 0)
            } catch { Issue.record(error) }
        }
    }
}
