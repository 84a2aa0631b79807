import CapnProto

/// Unpacking any bytes, whole and in pieces, and packing any words: what is unpacked packs to something that unpacks to the same,
/// and the three unpackers agree.
func fuzzPacking(_ input: UnsafeRawBufferPointer) {
    let limits = ReadLimits(traversalWords: 1 << 12)
    let whole = unpack(input, limits)
    precondition(whole == reference(input, limits), "unpacking isn't what the specification says")
    if let whole {
        precondition(whole.count % 8 == 0 && whole.count <= (1 << 15) + 4096)
        let packed = Packing.pack(whole)
        precondition(packed.withUnsafeBytes { unpack($0, limits) } == whole, "packing loses something")
    }
    let message = unpackMessage(input, limits)
    if let message {
        precondition(message == whole.flatMap { reframe($0, limits) }, "a message unpacks to something else")
    }
    checkStream(input, limits, first: message)
}

private func unpack(_ input: UnsafeRawBufferPointer, _ limits: ReadLimits) -> [UInt8]? {
    do throws(CapnProtoError) {
        return try Packing.unpack(input.bytes, limits: limits)
    } catch {
        precondition(error == .truncated || error == .messageTooLarge, "not an error of packing")
        return nil
    }
}

/// Byte by byte, as encoding.html describes it.
private func reference(_ input: UnsafeRawBufferPointer, _ limits: ReadLimits) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = input[...]
    while let tag = rest.popFirst() {
        for bit in 0..<8 {
            guard tag >> UInt8(bit) & 1 != 0 else {
                bytes.append(0)
                continue
            }
            guard let byte = rest.popFirst() else { return nil }
            bytes.append(byte)
        }
        guard tag == 0 || tag == 0xFF else { continue }
        guard let words = rest.popFirst(), tag == 0 || rest.count >= Int(words) * 8 else { return nil }
        bytes += tag == 0 ? [UInt8](repeating: 0, count: Int(words) * 8) : Array(rest.prefix(Int(words) * 8))
        if tag == 0xFF { rest = rest.dropFirst(Int(words) * 8) }
    }
    return bytes.count <= limits.traversalWords * 8 + (ReadLimits.maxSegmentCount + 2) * 4 ? bytes : nil
}

private func unpackMessage(_ input: UnsafeRawBufferPointer, _ limits: ReadLimits) -> [UInt8]? {
    do throws(CapnProtoError) {
        return try Message(packed: input.bytes, limits: limits).framed()
    } catch {
        return nil
    }
}

/// The same words as a message writes them: with a table whose padding is zero.
private func reframe(_ words: [UInt8], _ limits: ReadLimits) -> [UInt8]? {
    do throws(CapnProtoError) {
        return try Message(framed: words, limits: limits).framed()
    } catch {
        return nil
    }
}

/// The same stream in pieces whose size its first byte decides.
private func checkStream(_ input: UnsafeRawBufferPointer, _ limits: ReadLimits, first message: [UInt8]?) {
    guard let size = input.first.map({ Int($0) % 16 + 1 }) else { return }
    var decoder = PackedFrameDecoder(limits: limits)
    var frames: [[UInt8]] = []
    do throws(CapnProtoError) {
        for start in stride(from: 0, to: input.count, by: size) {
            decoder.append(input[start..<min(start + size, input.count)])
            while let message = try decoder.next() { frames.append(message.framed()) }
        }
    } catch {
        precondition(error == .tooManySegments || error == .messageTooLarge, "not an error of framing")
        return precondition(message == nil || frames.first == message)
    }
    guard let message else { return }
    precondition(frames == [message] && decoder.isBetweenMessages, "the pieces decide what is received")
}
