/// An input as a script: small numbers, taken one after the other. At the end everything is zero.
struct InputReader {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ input: UnsafeRawBufferPointer) { rest = input[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }
    /// A number below `bound`.
    mutating func number(below bound: Int) -> Int { Int(byte()) % bound }
    mutating func bool() -> Bool { byte() & 1 == 1 }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return [UInt8](rest.prefix(count))
    }

    /// Little-endian; seldom needed, so that a script stays short where `byte` will do.
    mutating func wide() -> UInt64 { bytes(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}
