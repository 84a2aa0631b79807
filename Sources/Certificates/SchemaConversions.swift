public import Identity
public import MeshCrypto
public import MeshSchema

extension PublicBundle {
    /// - Returns: nil unless each key has its algorithm's length.
    public init?(_ value: KeyBundle.Value) {
        self.init(ed25519: value.ed25519, x25519: value.x25519, mldsa65: value.mldsa65, mlkem768: value.mlkem768)
    }

    /// As it stands in messages.
    public var schemaValue: KeyBundle.Value {
        KeyBundle.Value(ed25519: ed25519, x25519: x25519, mldsa65: mldsa65, mlkem768: mlkem768)
    }
}

extension CommitBatch.Value {
    public var signature: HybridSignature { HybridSignature(ed25519: ed25519, mldsa65: mldsa65) }
}
