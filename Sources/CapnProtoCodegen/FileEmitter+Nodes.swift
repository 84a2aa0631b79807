import CapnProto

// A file with `$Swift.schema` carries its nodes, and its structs say that they have them.

extension FileEmitter {
    /// The nodes, and a conformance for each struct whose type says all: generic ones and groups have none.
    mutating func emitNodes(_ packed: [UInt8], path: String) throws(CodegenError) {
        let name = "nodes_\(SwiftNames.hexadecimal(file).dropFirst(2).filter { $0 != "_" })"
        try atEnd { emitter throws(CodegenError) in
            emitter.line()
            emitter.documentation("The nodes of \(path) and of what they refer to.")
            emitter.line("private let \(name) = SchemaNodes(")
            emitter.line("    base64: \"\"\"")
            for line in Self.base64(packed) { emitter.line("        \(line)") }
            emitter.line("        \"\"\")")
            for node in emitter.described() {
                emitter.line()
                try emitter.block("extension \(emitter.reference(own: node.id, from: emitter.file)): DescribedSchema") {
                    emitter throws(CodegenError) in
                    emitter.line("public static var schemaNodes: SchemaNodes { \(name) }")
                }
            }
        }
    }

    private func described() -> [SchemaNode] {
        index.nodes.values.filter { node in
            guard case .structure(let structure) = node.body, let place = index.places[node.id] else { return false }
            return place.file == file && !structure.isGroup && !index.isGeneric(node.id)
        }.sorted { $0.id < $1.id }
    }

    /// Lines of 96 digits.
    private static func base64(_ bytes: [UInt8]) -> [String] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var lines = [String]()
        for start in stride(from: 0, to: bytes.count, by: 72) {
            var line = [UInt8]()
            let row = bytes[start..<min(start + 72, bytes.count)]
            for first in stride(from: row.startIndex, to: row.endIndex, by: 3) {
                let count = min(3, row.endIndex - first)
                var group = 0
                for index in 0..<3 { group = group << 8 | (index < count ? Int(row[first + index]) : 0) }
                for index in 0...count { line.append(digits[group >> (18 - 6 * index) & 63]) }
            }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        return lines
    }
}
