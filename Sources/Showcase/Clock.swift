import Glibc
import Primitives

/// The monotonic clock in nanoseconds.
enum Monotonic {
    static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension PRNG {
    /// 32 fresh bytes of the system's entropy.
    static func digest() -> Digest {
        var bytes = [UInt8](repeating: 0, count: Digest.byteCount)
        guard getentropy(&bytes, bytes.count) == 0, let digest = Digest(bytes) else { preconditionFailure("the system has entropy") }
        return digest
    }
}

/// Times of one kind, in microseconds.
struct Samples {
    private var values: [Double] = []
    private var isSorted = true

    var count: Int { values.count }

    mutating func add(nanoseconds: UInt64) {
        values.append(Double(nanoseconds) / 1000)
        isSorted = false
    }

    /// The value below which `share` of the samples lie; 0 where there is none.
    mutating func percentile(_ share: Double) -> Double {
        if !isSorted { values.sort() }
        isSorted = true
        return values.isEmpty ? 0 : values[min(values.count - 1, Int(Double(values.count) * share))]
    }

    /// Times `body` again and again.
    static func of(_ count: Int, _ body: () throws -> Void) rethrows -> Samples {
        var samples = Samples()
        for _ in 0..<count {
            let began = Monotonic.nanoseconds
            try body()
            samples.add(nanoseconds: Monotonic.nanoseconds - began)
        }
        return samples
    }
}
