import CapnProto
import CapnProtoDynamic
import CapnProtoSchema
import Primitives
import Testing

/// Nodes are hostile bytes: whatever is wrong with them is said, by node and fault, and nothing that loads can trap.
@Suite struct SchemaTests {
    private static let source = """
        enum E { a @0; b @1; }
        struct S {
          x @0 :UInt32 = 5;
          t @1 :Text;
          l @2 :List(E);
          union { u @3 :Int16; g :group { p @4 :Bool; q @5 :S; } }
          b @6 :Box(Text);
        }
        struct Box(T) { value @0 :T; }
        interface A { m @0 (x :Int32) -> (); }
        interface B extends(A) { n @0 () -> (); }
        """
    private static let request = Judge.required { try Judge.request(text: source) }
    private static let schemas = Judge.required { try Schemas(framedRequest: request) }

    private func id(_ name: String) throws -> UInt64 {
        try #require(Self.schemas.declaration(named: name)?.header.id)
    }

    /// What loading says after one node was changed.
    private func fault(_ name: String, _ edit: (inout Node.Builder) throws -> Void) throws -> SchemaError? {
        let id = try id(name)
        let message = try Message(framed: Self.request)
        var builder = MessageBuilder()
        let root = try message.rootPointer.structure()
        try builder.copyRoot(root)
        var request = try builder.root(CodeGeneratorRequest.self)
        var nodes = try request.nodes
        for index in nodes.indices {
            var node = nodes[index]
            if node.id == id { try edit(&node) }
        }
        do throws(SchemaError) {
            _ = try Schemas(framedRequest: builder.framed())
            return nil
        } catch {
            return error
        }
    }

    private func structFault(_ edit: (inout Node.Struct.Builder) throws -> Void) throws -> SchemaFault? {
        try invalid(
            fault("S") { node in
                var body = node.struct
                try edit(&body)
            })
    }

    private func fieldFault(_ index: Int, _ edit: (inout Field.Builder) throws -> Void) throws -> SchemaFault? {
        try structFault { body in
            var fields = try body.fields
            var field = fields[index]
            try edit(&field)
        }
    }

    private func invalid(_ error: SchemaError?) throws -> SchemaFault? {
        guard let error else { return nil }
        guard case .invalid(_, let fault) = error else { throw error }
        return fault
    }

    @Test func aSoundSchemaLoads() throws {
        #expect(try fault("S") { _ in } == nil)
        #expect(Self.schemas.structure(named: "S")?.fields.map(\.name) == ["x", "t", "l", "u", "g", "b"])
    }

    @Test func fieldsLieInsideOfTheirStruct() throws {
        #expect(try structFault { $0.dataWordCount = 0 } == .outsideOfStruct)
        #expect(try structFault { $0.pointerCount = 2 } == .outsideOfStruct)
        #expect(try structFault { $0.discriminantOffset = 4 } == .outsideOfStruct)
        #expect(try structFault { $0.discriminantOffset = .max } == .outsideOfStruct)
        #expect(
            try fieldFault(0) {
                var slot = $0.slot
                slot.offset = .max
            } == .outsideOfStruct)
        #expect(
            try fieldFault(1) {
                var slot = $0.slot
                slot.offset = 4
            } == .outsideOfStruct)
    }

    @Test func tagsNumberTheUnionsMembers() throws {
        #expect(try structFault { $0.discriminantCount = 1 } == .badDiscriminant)
        #expect(try structFault { $0.discriminantCount = 0 } == .badDiscriminant)
        #expect(try structFault { $0.discriminantCount = 3 } == .badDiscriminant)
        #expect(try structFault { $0.discriminantCount = .max } == .badDiscriminant)
        #expect(try fieldFault(3) { $0.discriminantValue = 1 } == .badDiscriminant)
        #expect(try fieldFault(3) { $0.discriminantValue = 0xFFFF } == .badDiscriminant)
        #expect(try fieldFault(0) { $0.discriminantValue = 0 } == .badDiscriminant)
    }

    @Test func namesAndOrdersAreWhatTheyMustBe() throws {
        #expect(try fieldFault(0) { $0.setName("") } == .badName)
        #expect(try fieldFault(0) { $0.setName("a = 1, b") } == .badName)
        #expect(try fieldFault(0) { $0.setName("t") } == .duplicateName)
        #expect(try fieldFault(0) { $0.codeOrder = 99 } == .badOrder)
        #expect(try fieldFault(0) { $0.codeOrder = 1 } == .badOrder)
        #expect(try invalid(fault("S") { $0.displayNamePrefixLength = 1000 }) == .badName)
        #expect(
            try invalid(
                fault("E") { node in
                    var body = node.enum
                    var list = try body.enumerants
                    var enumerant = list[0]
                    enumerant.setName("b")
                }) == .duplicateName)
    }

    @Test func typesAndValuesMatch() throws {
        #expect(
            try fieldFault(0) {
                var slot = $0.slot
                let type = try slot.type
                type.raw.setInteger(0, 12 as UInt16)
            } == .badValue)
        #expect(
            try fieldFault(0) {
                var slot = $0.slot
                let value = try slot.defaultValue
                value.raw.setInteger(0, 7 as UInt16)
            } == .badValue)
        #expect(
            try fieldFault(0) {
                var slot = $0.slot
                let type = try slot.type
                type.raw.setInteger(0, 99 as UInt16)
            } == .unknownKind)
        #expect(try invalid(fault("E") { $0.raw.setInteger(6, 9 as UInt16) }) == .unknownKind)
    }

    @Test func whatIsReferredToIsThereAndOfTheRightKind() throws {
        let (structure, enumeration) = (try id("S"), try id("E"))
        let interface = try id("B")
        #expect(
            try fault("E") { $0.id = 77 } == .missing(enumeration, neededBy: structure))
        #expect(
            try fault("S") { node in
                var body = node.struct
                var fields = try body.fields
                var field = fields[4]
                var group = field.group
                group.typeId = enumeration
            } == .wrongKind(enumeration, neededBy: structure))
        #expect(
            try fault("B") { node in
                var body = node.interface
                var parents = try body.superclasses
                var parent = parents[0]
                parent.id = structure
            } == .wrongKind(structure, neededBy: interface))
    }

    @Test func groupsBelongToOneStructAndHaveNoCircles() throws {
        let structure = try id("S")
        guard case .group(let group) = Self.schemas.structure(named: "S")?.fields[4].kind else {
            return #expect(Bool(false))
        }
        let name = try #require(Self.schemas.declaration(group)?.header.displayName)
        #expect(try fault(name) { $0.scopeId = 5 } == .invalid(node: structure, .badGroup))
        #expect(
            try invalid(
                fault(name) {
                    var body = $0.struct
                    body.isGroup = false
                }) == .badGroup)
        #expect(
            try invalid(
                fault(name) {
                    var body = $0.struct
                    body.dataWordCount = 9
                }) == .badGroup)
        // A group whose field is the group itself.
        #expect(
            try invalid(
                fault(name) { node in
                    node.scopeId = group
                    var body = node.struct
                    var fields = try body.fields
                    var field = fields[0]
                    var inner = field.initGroup()
                    inner.typeId = group
                }) == .groupsTooDeep)
    }

    @Test func interfacesDoNotExtendThemselves() throws {
        let (first, second) = (try id("A"), try id("B"))
        let error = try fault("A") { node in
            var body = node.interface
            var parents = body.initSuperclasses(1)
            var parent = parents[0]
            parent.id = second
        }
        #expect(error == .invalid(node: min(first, second), .cyclicSuperclasses))
    }

    @Test func argumentsAndParametersAreThoseOfTheDeclaration() throws {
        #expect(
            try invalid(
                fault("Box") { node in
                    _ = node.initParameters(0)
                }) == .badParameter)
        #expect(
            try fieldFault(5) { field in
                var slot = field.slot
                var type = try slot.type
                var named = type.struct
                var brand = try named.brand
                var scopes = try brand.scopes
                var scope = scopes[0]
                var bindings = try scope.bind
                var binding = bindings[0]
                let argument = try binding.type
                argument.raw.setInteger(0, 4 as UInt16)
            } == .badParameter)
    }

    @Test func whatIsTooMuchIsRefused() throws {
        let message = try Message(framed: Self.request)
        let request = try message.root(CodeGeneratorRequest.self)
        #expect(throws: SchemaError.tooLarge) { try Schemas(request, limits: SchemaLimits(nodes: 3)) }
        #expect(throws: SchemaError.tooLarge) { try Schemas(request, limits: SchemaLimits(members: 10)) }
    }

    /// Every byte of a schema, changed a few times: it loads or is refused, and what loads can be read by.
    @Test func changedBytesNeverTrap() throws {
        let frame = Self.request
        var random = PRNG(seed: 7)
        var loaded = 0
        let count = min(frame.count, 6000)
        for position in stride(from: 8, to: count, by: 5) {
            var bytes = frame
            bytes[position] ^= UInt8.random(in: 1...255, using: &random)
            do throws(SchemaError) {
                let schemas = try Schemas(framedRequest: bytes)
                loaded += 1
                if position % 8 == 0 { try walk(schemas, seed: UInt64(position)) }
            } catch {
                continue
            }
        }
        #expect(loaded > 0 && loaded < count / 2)
    }

    /// Reads random words by every struct of some schemas, and writes text and JSON of them.
    private func walk(_ schemas: Schemas, seed: UInt64) throws(SchemaError) {
        let codec = JSONCodec(schemas)
        var random = PRNG(seed: seed)
        for id in schemas.ids {
            guard let type = schemas.structure(id) else { continue }
            let words: [UInt64] = [0x0004_0004_0000_0000] + (0..<40).map { _ in random.next() & 0x0001_0003_0000_001F }
            let segment = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
            do {
                let message = try Message(segments: [segment])
                let reader = try DynamicStruct.Reader(message, as: type)
                _ = try reader.text(TextFormat(maxBytes: 1 << 16))
                _ = try codec.encode(reader, JSONFormat(maxBytes: 1 << 16))
            } catch {
                continue
            }
        }
    }
}
