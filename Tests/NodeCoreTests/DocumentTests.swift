import Foundation
import NodeCore
import Testing

struct DocumentTests {
    private static func document(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/protocols/\(name)"), encoding: .utf8)
    }

    @Test("every error code is in the document, and every code in the document exists")
    func errorCodes() throws {
        let document = try Self.document("zap.md")
        let table = try #require(document.components(separatedBy: "## Error codes").last)
        let codes = table.split(separator: "\n").dropFirst().compactMap { line -> String? in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return line.hasPrefix("| ") && cells.count > 1 && cells[0] != "code" ? cells[0] : nil
        }
        #expect(Set(codes) == Set(ErrorCode.allCases.map(\.rawValue)))
        #expect(codes.count == ErrorCode.allCases.count)
    }
}
