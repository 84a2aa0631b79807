import CapnProto
import CapnProtoDynamic
import Testing

/// Generated structs whose module carries their schema have text and JSON of their own.
@Suite struct GeneratedTests {
    private let ada = Person.Value(
        name: "Ada", age: 36, mood: .eager, friends: [Person.Value(name: "Charles")],
        home: Person.Place.Value(street: "St James's Square", number: 12),
        which: .work(Person.Work.Value(title: "analyst", pay: -5)))

    @Test func aValueIsTextAndBack() throws {
        let text = try ada.text(.short)
        #expect(
            text == """
                (name = "Ada", age = 36, mood = eager, friends = [(name = "Charles", age = 18, mood = calm, \
                idle = void)], home = (street = "St James\\'s Square", number = 12), work = (title = "analyst", pay = -5))
                """)
        #expect(try Person.Value(text: text) == ada)
        #expect(throws: ParseError.self) { try Person.Value(text: "(nobody = 1)") }
    }

    @Test func aValueIsJSONAndBackWithItsAnnotations() throws {
        let json = try ada.json()
        #expect(
            json == """
                {"name":"Ada","age":36,"mood":"very eager","friends":[{"name":"Charles","age":18,"mood":"calm",\
                "idle":null}],"address":{"street":"St James's Square","number":12},"work":{"title":"analyst","pay":"-5"}}
                """)
        #expect(try Person.Value(json: json) == ada)
        #expect(throws: ParseError.self) { try Person.Value(json: "[]") }
    }

    @Test func aReaderInPlaceIsTextAndJSON() throws {
        let message = try Message(framed: ada.framed())
        let person = try message.root(Person.self)
        #expect(try Person.text(person, .short) == ada.text(.short))
        #expect(try Person.json(person, .pretty) == ada.json(.pretty))
        let home = try person.home
        #expect(try Person.Place.text(home, .short) == #"(street = "St James\'s Square", number = 12)"#)
    }

    /// The nodes that generated code carries say what the compiler says.
    @Test func theNodesAreThoseOfTheCompiler() throws {
        let compiled = try Judge.schemas("described.capnp")
        let carried = Person.structType.schemas
        #expect(carried.ids.count < compiled.ids.count)
        for id in carried.ids {
            let (left, right) = (try #require(carried.declaration(id)), try #require(compiled.declaration(id)))
            #expect(Compatibility(of: left, with: right) == .equivalent)
            #expect(left.header.displayName == right.header.displayName)
        }
        #expect(carried.structure(named: "Shelf") != nil)
        #expect(Person.structType.schemas === Person.Place.structType.schemas)
    }
}
