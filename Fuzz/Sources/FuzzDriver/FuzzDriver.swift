public import FuzzEntries

/// usage: PROGRAM --ENTRY [arguments of libFuzzer: corpus folders, files, -max_total_time=60 …]

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

// SAFETY: written once, before libFuzzer calls back on the same thread.
nonisolated(unsafe) private var entry: FuzzEntry?

/// Runs the entry that the first argument names; without one, prints the names.
public func drive(
    _ entries: [FuzzEntry], _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    // libFuzzer skips what starts with two dashes, and hands it to the processes that it starts itself.
    guard count > 1, let flag = arguments[1].map({ String(cString: $0) }), flag.hasPrefix("--"),
        let chosen = entries.first(where: { $0.name == flag.dropFirst(2) })
    else {
        for entry in entries { print(entry.name) }
        return 2
    }
    entry = chosen
    var count = count
    var arguments = arguments
    return runDriver(&count, &arguments) { bytes, count in
        entry?.run(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
    }
}
