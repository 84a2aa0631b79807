import FuzzEntries

/// usage: fuzz --ENTRY [arguments of libFuzzer: corpus folders, files, -max_total_time=60 …]

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

// SAFETY: written once, before libFuzzer calls back on the same thread.
nonisolated(unsafe) private var entry: FuzzEntry?

@_cdecl("fuzz_main")
public func fuzzMain(
    count: CInt, arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    // libFuzzer skips what starts with two dashes, and hands it to the processes that it starts itself.
    guard count > 1, let flag = arguments[1].map({ String(cString: $0) }), flag.hasPrefix("--"),
        let chosen = FuzzEntry.named(String(flag.dropFirst(2)))
    else {
        print("usage: fuzz --ENTRY [libFuzzer's arguments]; entries: \(FuzzEntry.names)")
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
