import CapnProto

// MARK: Level 2: references that outlive connections
//
// An object that can be found again implements `Persistent` of Cap'n Proto: `save` gives a reference that may be kept on
// disk. It is sealed for one owner: nobody else can use it, even who has read it. Whoever comes back with it, on another
// connection and perhaps after a restart of either side, asks the vat's restorer for the object.
//
//     object.save(sealFor: owner) ──▶ SturdyRef { owner, object, secret }       secret = seal(object, owner)
//     restorer(of owner).restore(ref) ──▶ the object, if owner and secret are right
//
// Who somebody is, is not for this module to say: a vat makes one restorer for each peer, with the identity that it has
// proven. How a secret is made isn't either: `Sealer` is given from outside, a MAC under a key of the vat as a rule.

/// A reference that may be kept, sealed for one owner.
///
///     struct SturdyRef { owner @0 :Data; object @1 :Data; secret @2 :Data; }
public struct SturdyRef: Sendable, Hashable, Codable {
    /// Who may use it: an identity, as the vat knows peers.
    public var owner: [UInt8]
    /// Which object it is: a name that the vat's restorer understands.
    public var object: [UInt8]
    /// Shows that the vat has made it.
    public var secret: [UInt8]

    public init(owner: [UInt8], object: [UInt8], secret: [UInt8]) {
        self.owner = owner
        self.object = object
        self.secret = secret
    }
}

/// Makes the secrets of references. The same object and owner always give the same secret, which nobody can guess.
public protocol Sealer: AnyObject, Sendable {
    func seal(_ object: [UInt8], for owner: [UInt8]) -> [UInt8]
}

extension SturdyRef {
    /// Reads the struct at `pointer`.
    init(_ pointer: AnyPointerReader) throws(CapnProtoError) {
        let fields = try pointer.structure()
        self.init(
            owner: try fields.bytes(0).array, object: try fields.bytes(1).array, secret: try fields.bytes(2).array)
    }

    func write(to pointer: AnyPointerBuilder) {
        let fields = pointer.initRawStructure(StructSize(dataWords: 0, pointerCount: 3))
        fields.setBytes(0, owner)
        fields.setBytes(1, object)
        fields.setBytes(2, secret)
    }

    /// Whether two secrets are the same, in a time that does not tell where they differ.
    static func matches(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(one, other) { difference |= a ^ b }
        return difference == 0
    }
}
