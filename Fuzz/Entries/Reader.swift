import CapnProto

/// A whole message, followed everywhere, each pointer as everything that a schema could take it for.
func fuzzReader(_ input: UnsafeRawBufferPointer) {
    guard let message = fuzzedMessage(input) else { return }
    var walk = Walk()
    walk.visit(message.rootPointer)
    precondition(message.remainingTraversalWords >= 0, "more was followed than allowed")
    var other = Walk()
    walkInPlace(input, &other)
    precondition(walk == other, "what is read in place is something else")
}

/// The same by the reader that keeps nothing.
private func walkInPlace(_ input: UnsafeRawBufferPointer, _ walk: inout Walk) {
    var view = FrameView(limits: fuzzedLimits, segments: 512)
    do {
        walk.visit(try view.open(input.bytes))
    } catch {
        preconditionFailure("what is a message can't be opened: \(error)")
    }
}

let fuzzedLimits = ReadLimits(traversalWords: 1 << 14, nesting: 24)

/// The message of a frame, read in place.
func fuzzedMessage(_ input: UnsafeRawBufferPointer) -> Message? {
    do {
        return try Message(frame: input, owner: KeepAlive.shared, limits: fuzzedLimits)
    } catch {
        return nil
    }
}

/// The caller keeps the input alive; a message wants an object that does.
private final class KeepAlive: Sendable {
    static let shared = KeepAlive()
}

private struct Walk: Equatable {
    /// A message may be small and the ways to read it many.
    private var budget = 5000
    private var faults = 0
    private var sum: UInt64 = 0

    private static let sizes: [ElementSize] = [
        .void, .bit, .byte, .twoBytes, .fourBytes, .eightBytes, .pointer, .composite,
    ]

    mutating func visit(_ pointer: AnyPointerReader) {
        budget -= 1
        guard budget > 0 else { return }
        readScalars(pointer)
        do { visit(try pointer.structure()) } catch { faults += 1 }
        for size in Self.sizes {
            do { visit(try pointer.list(expecting: size)) } catch { faults += 1 }
        }
    }

    private mutating func readScalars(_ pointer: AnyPointerReader) {
        do {
            let text = try pointer.text()
            sum &+= UInt64(text.repaired.utf8.count) &+ UInt64(try text.string.utf8.count)
        } catch { faults += 1 }
        do { sum &+= try pointer.bytes().array.reduce(0) { $0 &+ UInt64($1) } } catch { faults += 1 }
        do { sum &+= UInt64(try pointer.capability() ?? 0) } catch { faults += 1 }
    }

    private mutating func visit(_ structure: StructReader) {
        let words = Int(structure.size.dataWords)
        // One beyond the end as well: it reads as a default.
        for index in 0...words { sum &+= structure.integer(index) }
        for index in 0...words * 8 { sum &+= UInt64(structure.integer(index) as UInt8) }
        sum &+= structure.bool(words * 64 - 1) ? 1 : 0
        for index in 0...Int(structure.size.pointerCount) where budget > 0 { visit(structure.anyPointer(index)) }
    }

    private mutating func visit(_ list: ListReader) {
        budget -= 1
        // The ends of long lists tell as much as all of them.
        for index in 0..<list.count where index < 16 || index >= list.count - 16 {
            guard budget > 0 else { return }
            sum &+= list.integer(at: index) &+ UInt64(list.integer(at: index) as UInt8)
            sum &+= UInt64(list.integer(at: index) as UInt16) &+ UInt64(list.integer(at: index) as UInt32)
            sum &+= list.bool(at: index) ? 1 : 0
            let element = list.structure(at: index)
            sum &+= element.integer(0)
            if list.structSize.pointerCount > 0 { visit(list.anyPointer(at: index)) }
            if list.elementSize == .composite { visit(element) }
        }
    }
}
