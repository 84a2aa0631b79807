import Glibc

/// A temporary folder that goes with the value.
final class Folder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/file-store-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { Folder.remove(path) }

    static func remove(_ path: String) {
        for name in names(path) { remove(path + "/" + name) }
        Glibc.remove(path)
    }

    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var found: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { found.append(name) }
        }
        return found.sorted()
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size : 0
    }

    static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? UInt32(status.st_mode & 0o7777) : 0
    }

    static func flip(_ path: String, at offset: Int) {
        let file = open(path, O_RDWR)
        defer { close(file) }
        var byte: UInt8 = 0
        pread(file, &byte, 1, offset)
        byte ^= 0x55
        pwrite(file, &byte, 1, offset)
    }
}
