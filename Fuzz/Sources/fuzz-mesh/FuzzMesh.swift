import FuzzDriver
import FuzzEntries
import FuzzMeshEntries

@_cdecl("fuzz_mesh_main")
public func fuzzMeshMain(count: CInt, arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    drive(FuzzEntry.mesh, count, arguments)
}
