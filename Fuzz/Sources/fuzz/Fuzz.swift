import FuzzDriver
import FuzzEntries

@_cdecl("fuzz_main")
public func fuzzMain(count: CInt, arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    drive(FuzzEntry.all, count, arguments)
}
