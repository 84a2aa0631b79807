/// The order of keys: unsigned bytes, a prefix before what it begins.
public enum KeyOrder {
    /// Whether `a` stands before `b`.
    public static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.withUnsafeBytes { left in
            b.withUnsafeBytes { right in
                let count = min(left.count, right.count)
                var index = 0
                while index + 8 <= count {
                    let x = UInt64(bigEndian: left.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                    let y = UInt64(bigEndian: right.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                    if x != y { return x < y }
                    index += 8
                }
                while index < count {
                    if left[index] != right[index] { return left[index] < right[index] }
                    index += 1
                }
                return left.count < right.count
            }
        }
    }

    /// The smallest key above everything that starts with `prefix`; nil where there is none.
    public static func end(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        var end = prefix
        while let last = end.popLast() {
            if last < 0xFF {
                end.append(last + 1)
                return end
            }
        }
        return nil
    }
}
