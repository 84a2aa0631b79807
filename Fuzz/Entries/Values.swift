import CapnProto
import MeshSchema

/// Values of the mesh's structs: what is read and written again reads as the same, and its frame is the same again.
func fuzzValues(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let frame = [UInt8](input.dropFirst())
    switch first % 8 {
    case 0: check(SignedEnvelope.Value.self, frame)
    case 1: check(AgentMessage.Value.self, frame)
    case 2: check(Transaction.Value.self, frame)
    case 3: check(CommitBatch.Value.self, frame)
    case 4: check(ProofBundle.Value.self, frame)
    case 5: check(KeyBundle.Value.self, frame)
    case 6: check(PaymentReceipt.Value.self, frame)
    default: check(GossipMessage.Value.self, frame)
    }
}

private func check<Value: StructValue & Equatable>(_: Value.Type, _ frame: [UInt8]) {
    let value: Value
    do throws(CapnProtoError) {
        value = try Value(framed: frame, limits: ReadLimits(traversalWords: 1 << 13, nesting: 24))
    } catch { return }
    let written = value.framed()
    do throws(CapnProtoError) {
        // Shared pointers unfold when they are written.
        let again = try Value(framed: written, limits: ReadLimits(traversalWords: 1 << 24))
        // A NaN is not equal to itself; its bytes are.
        precondition(again == value || again.framed() == written, "a value changes on its way")
    } catch {
        preconditionFailure("what was written can't be read: \(error)")
    }
}
