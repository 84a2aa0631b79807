import CapnProto

/// A stream of frames, fed in pieces whose sizes the first byte decides: the same messages as when it comes at once.
func fuzzFraming(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let limits = ReadLimits(traversalWords: 1 << 16)
    let stream = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    let whole = decode([stream[...]], limits)
    let size = max(1, Int(first))
    let starts = stride(from: 0, to: stream.count, by: size)
    let pieces = starts.map { stream[$0..<min($0 + size, stream.count)] }
    precondition(decode(pieces, limits) == whole, "the pieces decide what is received")
    checkFirst(stream, whole.first, limits)
}

/// The frames of a stream, until the first error.
private func decode(_ pieces: [Slice<UnsafeRawBufferPointer>], _ limits: ReadLimits) -> [[UInt8]] {
    var decoder = FrameDecoder(limits: limits)
    var frames: [[UInt8]] = []
    do {
        for piece in pieces {
            decoder.append(piece)
            while let message = try decoder.next() { frames.append(message.framed()) }
        }
    } catch {
        precondition(error == .tooManySegments || error == .messageTooLarge, "not an error of framing")
    }
    return frames
}

/// The header says the same as the decoder.
private func checkFirst(_ stream: UnsafeRawBufferPointer, _ frame: [UInt8]?, _ limits: ReadLimits) {
    do {
        guard case .header(let header) = try FrameHeader.scan(stream.bytes, limits: limits) else {
            return precondition(frame == nil)
        }
        precondition(header.bodyBytes <= limits.traversalWords * 8)
        precondition((header.frameBytes <= stream.count) == (frame != nil))
        precondition(frame == nil || frame?.count == header.frameBytes)
    } catch {
        precondition(frame == nil)
    }
}
