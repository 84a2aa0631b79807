/// Rows under a heading, in columns as wide as they need to be.
public struct Table: Sendable {
    public struct Column: Sendable {
        var title: String
        var isNumber: Bool

        /// - Parameter isNumber: numbers stand at the right.
        public init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    var columns: [Column]
    var rows: [[String]]
    /// What stands in the place of a table without rows.
    var empty: String

    /// - Precondition: each row has one cell per column.
    public init(_ columns: [Column], rows: [[String]], empty: String) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "a row has one cell per column")
        self.columns = columns
        self.rows = rows
        self.empty = empty
    }

    func render(isColored: Bool) -> String {
        guard !rows.isEmpty else { return empty }
        let cells = rows.map { $0.map(Printable.text) }
        let widths = columns.indices.map { column in
            max(columns[column].title.count, cells.map { $0[column].count }.max() ?? 0)
        }
        let heading = line(columns.map { $0.title.uppercased() }, widths)
        return ([isColored ? "\u{1B}[1m\(heading)\u{1B}[0m" : heading] + cells.map { line($0, widths) }).joined(
            separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        zip(zip(cells, widths), columns).map { cell, column in
            let padding = String(repeating: " ", count: cell.1 - cell.0.count)
            return column.isNumber ? padding + cell.0 : cell.0 + padding
        }.joined(separator: "  ").trimmingEnd()
    }
}
