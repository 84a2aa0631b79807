import CapnProto

/// A script of what may be done to a message under construction. Whatever was done, the message is one that a reader finds
/// nothing wrong with, its compact form says the same, and what was taken back isn't in it.
func fuzzBuilding(_ input: UnsafeRawBufferPointer) {
    var script = InputReader(input)
    var message = MessageBuilder(firstSegmentWords: script.number(below: 40) + 1)
    message.withRoot { root in
        do throws(CapnProtoError) {
            let list = root.initRawList(.pointer, StructSize(dataWords: 0, pointerCount: 0), count: 8)
            var steps = 0
            while !script.isAtEnd, steps < 200 {
                try step(list, &script)
                steps += 1
            }
        } catch {
            precondition(error == .wrongPointerKind || error == .wrongElementSize || error == .nestingLimit, "\(error)")
        }
    }
    check(message)
}

private func check(_ message: borrowing MessageBuilder) {
    do throws(CapnProtoError) {
        let words = try message.rootReader.measure().words
        let flat = try message.flat()
        let read = try Message(flat: flat, limits: ReadLimits(traversalWords: .max, nesting: 1000))
        let copied = try read.rootPointer.measure().words
        precondition(words == copied, "the flat form has another size")
        let equality = try read.rootPointer.equality(with: message.rootReader)
        precondition(equality != .different, "the flat form says something else")
        let unpacked = try Message(packed: message.packed(), limits: ReadLimits(traversalWords: .max))
        precondition(unpacked.framed() == message.framed(), "the packed form is another message")
    } catch {
        // What is nested too deeply can't be read by anybody.
        precondition(error == .nestingLimit, "a message that was built can't be read: \(error)")
    }
}

private func step(_ list: ListBuilder, _ script: inout InputReader) throws(CapnProtoError) {
    let target = list.pointer(at: script.number(below: 8))
    let source = list.pointer(at: script.number(below: 8))
    let size = StructSize(
        dataWords: UInt16(script.number(below: 3)), pointerCount: UInt16(script.number(below: 3)))
    let count = script.number(below: 20)
    switch script.number(below: 14) {
    case 0: target.clear()
    case 1: fill(target.initRawStructure(size), source, &script)
    case 2: fill(try target.structure(withRoomFor: size), source, &script)
    case 3: _ = target.initRawList(.composite, size, count: count)
    case 4: target.setText(String(repeating: "x", count: count))
    case 5: target.setBytes(script.bytes(count))
    case 6: try target.copy(source.asReader)
    case 7: target.adopt(source.disown(AnyPointer.self))
    case 8: try resize(source, target, to: count)
    case 9: _ = try target.list(of: .composite, withRoomFor: size)
    case 10: target.setCapability(UInt32(count))
    case 11: try nest(target, source, &script)
    case 12: _ = source.disown(AnyPointer.self)
    default: _ = target.initRawList(ElementSize(rawValue: UInt8(count % 7)) ?? .bit, size, count: count)
    }
}

private func fill(_ structure: StructBuilder, _ source: AnyPointerBuilder, _ script: inout InputReader) {
    for index in 0..<Int(structure.size.dataWords) { structure.setInteger(index, script.wide()) }
    for index in 0..<Int(structure.size.pointerCount) where script.bool() {
        structure.pointer(index).adopt(source.disown(AnyPointer.self))
    }
}

/// Takes a list away, makes it longer or shorter, and gives it to another pointer.
private func resize(_ source: AnyPointerBuilder, _ target: AnyPointerBuilder, to count: Int) throws(CapnProtoError) {
    guard try source.kind == .list else { return }
    var orphan = source.disown(AnyList.self)
    try orphan.resize(to: count)
    target.adopt(orphan)
}

/// Copies a struct over one that lies deeper in the message, or the other way round.
private func nest(
    _ target: AnyPointerBuilder, _ source: AnyPointerBuilder, _ script: inout InputReader
) throws(CapnProtoError) {
    let outer = try target.anyStructure()
    guard outer.size.pointerCount > 0 else { return }
    let inner = try outer.pointer(0).anyStructure()
    if script.bool() {
        try outer.copyFields(of: inner.asReader)
    } else {
        try inner.copyFields(of: outer.asReader)
    }
    try outer.pointer(0).copy(source.asReader)
}
