import Reticulum

/// A stream through both readers, whole and in pieces: the pieces don't matter, no frame is longer than the limit; and any bytes as a frame
/// come out as they went in.
func fuzzSerialFraming(_ input: UnsafeRawBufferPointer) {
    guard let size = input.first else { return }
    let stream = [UInt8](input.dropFirst())
    let step = Int(size) % 31 + 1
    var (whole, pieces) = (HDLCReader(limit: 200), HDLCReader(limit: 200))
    var (wholeKISS, piecesKISS) = (KISSReader(limit: 200), KISSReader(limit: 200))
    let (frames, framesKISS) = (whole.read(stream), wholeKISS.read(stream))
    var (cut, cutKISS): ([[UInt8]], [[UInt8]]) = ([], [])
    for start in stride(from: 0, to: stream.count, by: step) {
        let piece = stream[start..<min(start + step, stream.count)]
        cut += pieces.read(piece)
        cutKISS += piecesKISS.read(piece)
        precondition(pieces.pendingByteCount <= 200 && piecesKISS.pendingByteCount <= 200)
    }
    precondition(cut == frames && cutKISS == framesKISS, "pieces matter")
    precondition(pieces.droppedCount == whole.droppedCount && piecesKISS.droppedCount == wholeKISS.droppedCount)
    precondition((frames + framesKISS).allSatisfy { (1...200).contains($0.count) })
    guard (1...200).contains(stream.count) else { return }
    var (hdlc, kiss) = (HDLCReader(limit: 200), KISSReader(limit: 200))
    precondition(hdlc.read(HDLC.encode(stream)) == [stream] && kiss.read(KISS.encode(stream)) == [stream])
}
