import CapnProto

/// Unpacking any bytes, and packing any words: what is unpacked packs to something that unpacks to the same.
func fuzzPacking(_ input: UnsafeRawBufferPointer) {
    let limits = ReadLimits(traversalWords: 1 << 12)
    do {
        let bytes = try Packing.unpack([UInt8](input), limits: limits)
        precondition(bytes.count % 8 == 0 && bytes.count <= (1 << 15) + 4096)
        let again = try Packing.unpack(Packing.pack(bytes), limits: limits)
        precondition(again == bytes, "packing loses something")
    } catch {
        precondition(error == .truncated || error == .messageTooLarge, "not an error of packing")
    }
}
