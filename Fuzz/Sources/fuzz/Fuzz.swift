import FuzzEntries

/// usage: fuzz ENTRY [arguments of libFuzzer: corpus folders, files, -max_total_time=60 …]

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
    guard count > 1, let name = arguments[1], let chosen = FuzzEntry.named(String(cString: name)) else {
        print("usage: fuzz ENTRY [libFuzzer's arguments]; entries: \(FuzzEntry.names)")
        return 2
    }
    entry = chosen
    // libFuzzer takes the program's name first; the entry's takes its place.
    var rest = arguments + 1
    var restCount = count - 1
    return runDriver(&restCount, &rest) { bytes, count in
        entry?.run(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
    }
}
