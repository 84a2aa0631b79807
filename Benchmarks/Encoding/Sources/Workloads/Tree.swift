import BenchSchema
import CapnProto

/// Pointers: an expression of several hundred small structs, as in Cap'n Proto's eval benchmark.
enum Tree {
    static let count = countStructs()

    static func sum(_ root: AnyPointerReader) throws(CapnProtoError) -> UInt64 {
        UInt64(UInt32(bitPattern: try evaluate(root.structure(Expression.self))))
    }

    private static func evaluate(_ expression: Expression.Reader) throws(CapnProtoError) -> Int32 {
        let left: Int32
        switch try expression.left.which {
        case .value(let value): left = value
        case .expression(let inner): left = try evaluate(inner)
        case .unknown: left = 0
        }
        let right: Int32
        switch try expression.right.which {
        case .value(let value): right = value
        case .expression(let inner): right = try evaluate(inner)
        case .unknown: right = 0
        }
        return apply(expression.op, left, right)
    }

    private static func apply(_ operation: Operation, _ left: Int32, _ right: Int32) -> Int32 {
        switch operation {
        case .add: left &+ right
        case .subtract: left &- right
        case .multiply: left &* right
        case .divide: right == 0 || right == -1 ? left : left / right
        case .modulus: right == 0 || right == -1 ? left : left % right
        case .unknown: 0
        }
    }

    static func build(_ message: inout MessageBuilder) {
        var draws = Draws(seed: 212)
        var root = message.initRoot(Expression.self)
        fill(&root, &draws, depth: 0)
    }

    private static func fill(_ expression: inout Expression.Builder, _ draws: inout Draws, depth: UInt32) {
        expression.op = Operation(rawValue: UInt16(draws.next(5)))
        var left = expression.left
        if isLeaf(&draws, depth) {
            left.setValue(Int32(draws.next(128)) + 1)
        } else {
            var inner = left.initExpression()
            fill(&inner, &draws, depth: depth + 1)
        }
        var right = expression.right
        if isLeaf(&draws, depth) {
            right.setValue(Int32(draws.next(128)) + 1)
        } else {
            var inner = right.initExpression()
            fill(&inner, &draws, depth: depth + 1)
        }
    }

    private static func isLeaf(_ draws: inout Draws, _ depth: UInt32) -> Bool { draws.next(12) < depth }

    private static func countStructs() -> Int {
        func count(_ draws: inout Draws, _ depth: UInt32) -> Int {
            _ = draws.next(5)
            var total = 1
            for _ in 0..<2 {
                if isLeaf(&draws, depth) { _ = draws.next(128) } else { total += count(&draws, depth + 1) }
            }
            return total
        }
        var draws = Draws(seed: 212)
        return count(&draws, 0)
    }
}
