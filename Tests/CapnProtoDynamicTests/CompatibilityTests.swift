import CapnProto
import CapnProtoDynamic
import Testing

/// What a schema may become, and what not.
@Suite struct CompatibilityTests {
    private func compare(_ new: String, _ old: String, _ name: String = "S") throws -> Compatibility {
        let (new, old) = (try Judge.schemas(text: new), try Judge.schemas(text: old))
        let (left, right) = (new.declaration(named: name), old.declaration(named: name))
        return Compatibility(of: try #require(left), with: try #require(right))
    }
    private func expect(
        _ result: Compatibility, _ new: String, _ old: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (new, old) = ("struct S { \(new) }", "struct S { \(old) }")
        #expect(try compare(new, old) == result, sourceLocation: sourceLocation)
        let reverse: Compatibility =
            switch result {
            case .newer: .older
            case .older: .newer
            default: result
            }
        #expect(try compare(old, new) == reverse, sourceLocation: sourceLocation)
    }

    @Test func structsGrow() throws {
        try expect(.equivalent, "a @0 :Int32;", "b @0 :Int32;")
        try expect(.newer, "a @0 :Int32; b @1 :Text;", "a @0 :Int32;")
        try expect(.newer, "union { a @0 :Int32; b @1 :Text; }", "a @0 :Int32;")
        try expect(.newer, "union { a @0 :Int32; b @1 :Void; c @2 :Void; }", "union { a @0 :Int32; b @1 :Void; }")
        try expect(.newer, "a @0 :Data;", "a @0 :Text;")
        try expect(.newer, "a @0 :AnyPointer;", "a @0 :Text;")
        try expect(.newer, "a @0 :List(T); struct T { x @0 :UInt8; }", "a @0 :List(UInt8);")
    }

    @Test func whatMovesOrChangesItsMeaningIsRefused() throws {
        try expect(.incompatible(.type), "a @0 :Int32;", "a @0 :Float32;")
        try expect(.incompatible(.type), "a @0 :Text;", "a @0 :Int32;")
        try expect(.incompatible(.type), "a @0 :List(Bool);", "a @0 :List(T); struct T { x @0 :Bool; }")
        try expect(.incompatible(.defaultValue), "a @0 :Int32 = 1;", "a @0 :Int32;")
        try expect(.incompatible(.discriminant), "union { b @1 :Void; a @0 :Int32; }", "a @0 :Int32; b @1 :Void;")
        try expect(.incompatible(.diverged), "a @0 :Text; b @1 :Int32;", "a @0 :Data;")
    }

    @Test func enumsAndInterfacesGrow() throws {
        #expect(try compare("enum S { a @0; b @1; }", "enum S { a @0; }") == .newer)
        #expect(try compare("enum S { a @0; }", "struct S {}") == .incompatible(.kind))
        #expect(
            try compare(
                "interface S { a @0 () -> (); b @1 () -> (); }", "interface S { a @0 () -> (); }") == .newer)
    }

    /// A loader keeps the newer of two versions, whichever comes first.
    @Test func theNewerOfTwoVersionsStays() throws {
        let old = try Judge.request(text: "struct S { a @0 :Int32; }")
        let new = try Judge.request(text: "struct S { a @0 :Int32; b @1 :Text; }")
        for (first, second) in [(old, new), (new, old)] {
            var loader = SchemaLoader()
            try loader.add(Message(framed: first))
            try loader.add(Message(framed: second))
            #expect(try Schemas(loader).structure(named: "S")?.fields.count == 2)
        }
        var loader = SchemaLoader()
        try loader.add(Message(framed: old))
        let other = try Judge.request(text: "struct S { a @0 :Text; }")
        #expect(throws: SchemaError.self) { try loader.add(Message(framed: other)) }
    }
}
