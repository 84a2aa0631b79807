import CapnProto
import CapnProtoRPC

/// The struct that all test methods take and return: a number, a capability, and a cell that may hold another one.
enum Cell: StructSchema {
    static var structSize: StructSize { StructSize(dataWords: 1, pointerCount: 2) }

    struct Reader: SchemaReader, ~Escapable {
        let raw: StructReader
        @_lifetime(copy raw) init(_ raw: StructReader) { self.raw = raw }

        var number: UInt64 { raw.integer(0) }
        func capability(in table: CapabilityTable) -> Capability {
            do throws(CapnProtoError) {
                return table[try raw.capability(0)]
            } catch {
                return Capability(broken: .failed("\(error)"))
            }
        }
    }

    struct Builder: SchemaBuilder, ~Escapable {
        let raw: StructBuilder
        @_lifetime(copy raw) init(_ raw: StructBuilder) { self.raw = raw }

        var number: UInt64 {
            get { raw.integer(0) }
            nonmutating set { raw.setInteger(0, newValue) }
        }
        func setCapability(_ capability: Capability?, in list: inout CapabilityList) {
            raw.setCapability(0, capability.map { list.add($0) })
        }
        @_lifetime(copy self)
        func initInner() -> Cell.Builder { raw.initStructure(1, Cell.self) }
    }

    struct Value: StructValue, Hashable {
        typealias Schema = Cell
        var number: UInt64 = 0
        init(number: UInt64) { self.number = number }
        init(_ reader: Cell.Reader) throws(CapnProtoError) { number = reader.number }
        func write(to builder: inout Cell.Builder) { builder.number = number }
    }
}

typealias CellCall = ServerCall<Cell, Cell>
extension ServerCall where Params == Cell {
    /// The capability that came.
    var given: Capability { params.capability(in: capabilities) }
}

typealias CellMethod = Method<Cell, Cell>

func method(_ id: UInt16) -> CellMethod {
    CellMethod(interfaceID: 0xce11, methodID: id, name: "Cell")
}

/// A server whose methods are closures. It counts itself, so that tests see when it is gone.
final class CellServer: CallHandler {
    var methods: [UInt16: (CellCall) throws -> Void] = [:]
    /// The numbers of the calls, in the order in which they came.
    var numbers: [UInt64] = []
    private let onDeinit: () -> Void

    init(_ methods: [UInt16: (CellCall) throws -> Void] = [:], onDeinit: @escaping () -> Void = {}) {
        self.methods = methods
        self.onDeinit = onDeinit
    }

    func handle(_ call: IncomingCall) {
        call.answer {
            let cellCall = try CellCall(call)
            numbers.append(cellCall.params.number)
            guard let method = methods[call.methodID] else { throw call.unknownMethod }
            try method(cellCall)
        }
    }

    deinit { onDeinit() }

    /// Method 0: answers with the number that came, plus one.
    static var adding: [UInt16: (CellCall) throws -> Void] {
        [0: { call in
            let number = call.params.number
            call.reply { $0.number = number + 1 }
        }]
    }
}
