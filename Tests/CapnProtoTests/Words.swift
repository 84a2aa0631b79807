import CapnProto

// Messages drawn by hand, word by word.

/// A message of segments of words.
func message(_ segments: [UInt64]..., limits: ReadLimits = .default) throws(CapnProtoError) -> Message {
    try Message(segments: segments.map(bytes(of:)), limits: limits)
}

func bytes(of words: [UInt64]) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
}

func words(of bytes: [UInt8]) -> [UInt64] {
    stride(from: 0, to: bytes.count, by: 8).map { start in
        (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    }
}

enum Draw {
    static func structure(_ offset: Int, data: Int, pointers: Int) -> UInt64 {
        UInt64(UInt32(bitPattern: Int32(offset) << 2)) | UInt64(data) << 32 | UInt64(pointers) << 48
    }
    static func list(_ offset: Int, _ size: ElementSize, _ count: Int) -> UInt64 {
        UInt64(UInt32(bitPattern: Int32(offset) << 2)) | 1 | UInt64(size.rawValue) << 32 | UInt64(count) << 35
    }
    /// The tag of a list of structs.
    static func tag(_ count: Int, data: Int, pointers: Int) -> UInt64 {
        structure(count, data: data, pointers: pointers)
    }
    static func far(_ segment: Int, _ position: Int, double: Bool = false) -> UInt64 {
        UInt64(position) << 3 | (double ? 6 : 2) | UInt64(segment) << 32
    }
    static func capability(_ index: Int) -> UInt64 { UInt64(index) << 32 | 3 }
    /// Up to eight bytes, the first one lowest.
    static func text(_ text: String) -> UInt64 {
        text.utf8.enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    }
}

extension Message {
    /// What following everything throws, nil if nothing is wrong.
    func fault() -> CapnProtoError? {
        do {
            _ = try rootPointer.measure()
            return nil
        } catch {
            return error
        }
    }
}
