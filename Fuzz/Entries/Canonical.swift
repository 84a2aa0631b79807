import CapnProto

/// Copies and the canonical form of a whole message: the canonical form is canonical, is that of every copy, and what can be
/// measured can be copied.
func fuzzCanonical(_ input: UnsafeRawBufferPointer) {
    guard let message = fuzzedMessage(input) else { return }
    let words: Int
    do { words = try message.rootPointer.measure().words } catch { return }
    for firstSegmentWords in [1, 64] {
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        do {
            message.renewTraversalAllowance()
            try builder.root.copy(message.rootPointer)
        } catch {
            preconditionFailure("what could be measured can't be copied")
        }
        compare(message, builder.finish(), words)
    }
}

private func compare(_ message: Message, _ copy: Message, _ words: Int) {
    do {
        let copied = try copy.rootPointer.measure().words
        precondition(copied == words, "a copy has another size")
        message.renewTraversalAllowance()
        let equality = try copy.rootPointer.equality(with: message.rootPointer)
        precondition(equality != .different, "a copy says something else")
    } catch {
        preconditionFailure("a copy can't be read")
    }
    do {
        message.renewTraversalAllowance()
        let canonical = try message.rootPointer.canonical()
        precondition(canonical.count / 8 <= words + 1)
        let canonicalCopy = try copy.rootPointer.canonical()
        precondition(canonicalCopy == canonical, "a copy has another canonical form")
        let reread = try Message(segments: [canonical])
        try reread.checkCanonical()
    } catch {
        precondition(error == .notCanonical, "no error but that of capabilities")
        checkHasCapabilities(message)
    }
}

private func checkHasCapabilities(_ message: Message) {
    do {
        message.renewTraversalAllowance()
        let capabilities = try message.rootPointer.measure().capabilities
        precondition(capabilities > 0, "the canonical form isn't")
    } catch {
        preconditionFailure("what could be measured can't be measured again")
    }
}
