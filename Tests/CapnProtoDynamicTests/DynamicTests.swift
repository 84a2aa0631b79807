import CapnProto
import CapnProtoDynamic
import Testing

/// Reading and building by field name, without generated code.
@Suite struct DynamicTests {
    private static let schema = """
        enum Color { red @0; green @1; }
        struct Person {
          name @0 :Text;
          age @1 :UInt8 = 18;
          height @2 :Float32;
          friends @3 :List(Person);
          home @4 :Address = (street = "nowhere", number = 7);
          color @5 :Color;
          union { work :group { title @6 :Text; pay @7 :Int64; } school @8 :Text; none @9 :Void; }
          tags @10 :List(List(Text)) = [["a"], []];
          blob @11 :Data;
          anything @12 :AnyPointer;
          box @13 :Box(Address);
        }
        struct Address { street @0 :Text; number @1 :UInt16; }
        struct Box(T) { value @0 :T; inner @1 :Box(Box(T)); }
        const answer :UInt32 = 42;
        interface Greeter { greet @0 (name :Text) -> (greeting :Text); }
        """

    private func person() throws -> StructType {
        try #require(try Judge.schemas(text: Self.schema).structure(named: "Person"))
    }

    @Test func whatIsSetByNameIsReadByName() throws {
        let type = try person()
        var message = MessageBuilder()
        var builder = DynamicStruct.Builder(&message, as: type)
        try builder.set("name", "Ada")
        try builder.set("age", 36)
        try builder.set("height", 1.5)
        try builder.set("color", .enumerant("green"))
        try builder.set("blob", .data([1, 2, 3]))
        var work = try builder.initStructure("work")
        try work.set("title", "analyst")
        try work.set("pay", -5)
        var friends = try builder.initList("friends", count: 2)
        var friend = try friends.structure(at: 1)
        try friend.set("name", "\("Charles")")
        var tags = try builder.initList("tags", count: 1)
        var few = try tags.initList(at: 0, count: 2)
        try few.set("engine", at: 1)
        #expect(
            try builder.asReader.textString(.short) == """
                (name = "Ada", age = 36, height = 1.5, friends = [(age = 18, height = 0, color = red, work = (pay = 0)), \
                (name = "Charles", age = 18, height = 0, color = red, work = (pay = 0))], color = green, \
                work = (title = "analyst", pay = -5), tags = [["", "engine"]], blob = "\\001\\002\\003")
                """)
        let finished = message.finish()
        #expect(try DynamicStruct.Reader(finished, as: type).which?.name == "work")
    }

    @Test func defaultsAreReadInPlaceAndCopiedToBeEdited() throws {
        let type = try person()
        var message = MessageBuilder()
        var builder = DynamicStruct.Builder(&message, as: type)
        let age = try builder.get("age")
        guard case .unsigned(18) = age else { return #expect(Bool(false)) }
        let home = try builder.get("home")
        guard case .structure(let address) = home else { return #expect(Bool(false)) }
        #expect(try address.textString(.short) == #"(street = "nowhere", number = 7)"#)
        #expect(try !builder.asReader.has("home"))
        var own = try builder.structure("home")
        try own.set("number", 8)
        let edited = try builder.structure("home")
        #expect(try edited.asReader.textString(.short) == #"(street = "nowhere", number = 8)"#)
    }

    @Test func membersOfTheUnionAreSetOneAtATime() throws {
        let type = try person()
        var message = MessageBuilder()
        var builder = DynamicStruct.Builder(&message, as: type)
        try builder.set("school", "of thought")
        #expect(builder.which?.name == "school")
        #expect(throws: DynamicError.notSet("work")) { _ = try builder.structure("work") }
        try builder.set("none", .void)
        #expect(throws: DynamicError.notSet("school")) { _ = try builder.get("school") }
        try builder.clear("work")
        #expect(builder.which?.name == "work")
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let type = try person()
        var message = MessageBuilder()
        var builder = DynamicStruct.Builder(&message, as: type)
        #expect(throws: DynamicError.noSuchField("nme")) { try builder.set("nme", "x") }
        #expect(throws: DynamicError.outOfRange("age")) { try builder.set("age", 256) }
        #expect(throws: DynamicError.outOfRange("age")) { try builder.set("age", -1) }
        #expect(throws: DynamicError.wrongType("age")) { try builder.set("age", "old") }
        #expect(throws: DynamicError.wrongType("age")) { try builder.set("age", 1.5) }
        #expect(throws: DynamicError.wrongType("name")) { try builder.set("name", 1) }
        #expect(throws: DynamicError.wrongType("friends")) { try builder.set("friends", 1) }
        #expect(throws: DynamicError.noSuchEnumerant("blue")) { try builder.set("color", .enumerant("blue")) }
        #expect(throws: DynamicError.wrongType("name")) { _ = try builder.initStructure("name") }
        #expect(throws: DynamicError.wrongType("home")) { _ = try builder.initList("home", count: 1) }
        #expect(throws: DynamicError.wrongType("work")) { try builder.set("work", 1) }
    }

    @Test func argumentsOfGenericStructsReachTheirFields() throws {
        let type = try person()
        var message = MessageBuilder()
        var builder = DynamicStruct.Builder(&message, as: type)
        var box = try builder.initStructure("box")
        var first = try box.initStructure("value")
        try first.set("number", 1)
        var inner = try box.initStructure("inner")
        var middle = try inner.initStructure("value")
        var last = try middle.initStructure("value")
        try last.set("number", 2)
        #expect(
            try box.asReader.textString(.short)
                == "(value = (number = 1), inner = (value = (value = (number = 2))))")
        let unbound = try #require(type.schemas.structure(named: "Box"))
        #expect(unbound.type(of: unbound.fields[0]) == .anyPointer(.any))
    }

    @Test func orphansMoveBetweenFieldsOfTheirType() throws {
        let type = try person()
        var message = MessageBuilder()
        var builder = DynamicStruct.Builder(&message, as: type)
        var friends = try builder.initList("friends", count: 1)
        var friend = try friends.structure(at: 0)
        try friend.set("name", "Charles")
        let name = try friend.disown("name")
        try builder.adopt("name", name)
        #expect(try !friend.asReader.has("name"))
        #expect(try friend.disown("name").isNull)
        let list = try builder.disown("friends")
        #expect(try !builder.asReader.has("friends"))
        try builder.adopt("friends", list)
        try friend.set("school", "of thought")
        let text = try friend.disown("school")
        #expect(throws: DynamicError.notSet("work")) { _ = try friend.disown("work") }
        #expect(throws: DynamicError.wrongType("age")) { _ = try friend.disown("age") }
        do throws(DynamicError) {
            try builder.adopt("blob", text)
            Issue.record("a text became a data")
        } catch {
            #expect(error == .wrongType("blob"))
        }
        #expect(try builder.asReader.textString(.short).hasPrefix(#"(name = "Charles", age = 18"#))
    }

    @Test func declarationsAreFoundByNameAndId() throws {
        let schemas = try person().schemas
        let id = try #require(schemas.structure(named: "test.capnp:Person")).id
        #expect(schemas.declaration(id)?.header.name == "Person")
        #expect(schemas.declaration(named: "Nobody") == nil)
        guard case .constant(let answer) = schemas.declaration(named: "answer") else { return #expect(Bool(false)) }
        #expect(answer.value == .unsigned(42))
        guard case .interface(let greeter) = schemas.declaration(named: "Greeter") else {
            return #expect(Bool(false))
        }
        #expect(greeter.method(named: "greet")?.number == 0)
        #expect(schemas.declaration(named: "Person", in: 0xb1c2_d3e4_f506_1728)?.header.id == id)
    }
}
