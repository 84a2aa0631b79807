import CapnProtoCodegen
import Foundation

/// The plugin that `capnp compile -o capnpc-swift` runs: reads a request from standard input and writes each schema's Swift into
/// the working folder, which is the one after the colon of `-o`.
@main struct Program {
    static func main() {
        do {
            let request = try FileHandle.standardInput.readToEnd() ?? Data()
            for file in try generateSwift(request: [UInt8](request)) { try write(file) }
        } catch {
            FileHandle.standardError.write(Data("capnpc-swift: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func write(_ file: SourceFile) throws {
        guard !file.path.hasPrefix("/"), !file.path.split(separator: "/").contains("..") else {
            throw CodegenError("is outside of the output folder: use --src-prefix", at: file.path)
        }
        let url = URL(fileURLWithPath: file.path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.text.utf8).write(to: url)
    }
}
