import TunnelStreams

/// A script of two ends and of a carrier that is cut now and then; the stream that everything is about reads as it was written. Between its steps the
/// responder gets frames that no correct peer sends: they are taken by a copy, because they end the tunnel.
func fuzzStreams(_ input: UnsafeRawBufferPointer) {
    var script = StreamScript(InputReader(input))
    script.run()
}

private struct StreamScript {
    private var input: InputReader
    private var (initiator, responder): (StreamMux, StreamMux)
    private var (toInitiator, toResponder): ([[UInt8]], [[UInt8]]) = ([], [])
    private var stream: StreamID?
    private var (written, read): ([UInt8], [UInt8]) = ([], [])
    private var limits = StreamLimits()

    init(_ input: InputReader) {
        self.input = input
        (limits.maxStreamCount, limits.maxResetCount) = (8, 16)
        initiator = StreamMux(isInitiator: true, limits: limits)
        responder = StreamMux(isInitiator: false, limits: limits)
    }

    mutating func run() {
        while !input.isAtEnd { perform(input.number(below: 10)) }
    }

    private mutating func perform(_ operation: Int) {
        switch operation {
        case 0: open()
        case 1:
            guard let stream else { return }
            let bytes = input.bytes(input.number(below: 64))
            do { written += bytes.prefix(try initiator.write(bytes, to: stream)) } catch {}
        case 2: if let frame = initiator.nextFrame(maxByteCount: 16 + input.number(below: 200)) { toResponder.append(frame) }
        case 3: if let frame = responder.nextFrame() { toInitiator.append(frame) }
        case 4: if !toResponder.isEmpty { take(toResponder.removeFirst(), &responder) }
        case 5: if !toInitiator.isEmpty { take(toInitiator.removeFirst(), &initiator) }
        case 6: readSome()
        case 7:
            (toInitiator, toResponder) = ([], [])
            initiator.resume()
            responder.resume()
        case 8: do { if let stream { try initiator.finish(stream) } } catch {}
        default: suffer(input.bytes(input.number(below: 40)))
        }
        _ = initiator.takeClosed()
        _ = responder.takeClosed()
    }

    private mutating func open() {
        do {
            let opened = try initiator.open(TrafficClass(rawValue: input.byte() % 4) ?? .bulk, label: "s")
            if stream == nil { stream = opened }
        } catch {}
    }

    private mutating func readSome() {
        guard let stream else { return }
        do { read += try responder.read(1 + input.number(below: 100), from: stream).bytes } catch {}
        precondition(written.starts(with: read), "a stream reads as it was written")
    }

    private func take(_ frame: [UInt8], _ mux: inout StreamMux) {
        do { _ = try mux.receive(frame[...]) } catch { preconditionFailure("a correct peer's frame is refused: \(error)") }
    }

    private func suffer(_ bytes: [UInt8]) {
        var victim = responder
        for kind in [UInt8](0...6) {
            do { _ = try victim.receive(([kind] + bytes)[...]) } catch {}
            precondition(victim.streamCount <= limits.maxStreamCount)
            while victim.nextFrame() != nil {}
        }
    }
}
