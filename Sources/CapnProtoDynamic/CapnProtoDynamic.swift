// Cap'n Proto without generated code: schemas that are known at run time only, structs that are read and built by them,
// and the two forms that people read, text and JSON.
//
// # Vocabulary (the field's own)
//
//   node          a declaration as schema.capnp describes it: what a compiler, generated code or a peer hands over
//   declaration   a node that was checked: struct, enum, interface, constant, annotation, file
//   brand         the arguments of generic declarations at a place where one is used
//   slot          a field's place in the sections of its struct; a group has none, its fields have theirs
//   tag           the number that says which member of a union is set
//   tape          a parsed document as a row of nodes in the order of the text
//   plan          what json.capnp's annotations make of a struct, worked out once
//
// # The way through
//
//     bytes of nodes ─▶ SchemaLoader ─▶ Schemas ─▶ StructType ─▶ DynamicStruct.Reader ─▶ text, JSON
//                        each checked    all checked             DynamicStruct.Builder ◀─ tape ◀─ text, JSON
//
//     let schemas = try Schemas(framedRequest: bytes)             // of `capnp compile -o- person.capnp`
//     guard let type = schemas.structure(named: "Person") else { … }
//     let person = try DynamicStruct.Reader(message, as: type)
//     print(try person.textString())
//     let json = try JSONCodec(schemas).encodeString(person)
//
// # What is trusted
//
// Neither nodes nor messages nor documents. `SchemaLoader` refuses, with the node and the fault, what would lead a reader
// outside of a struct or around in circles; after that, reading by the schemas can throw and nothing else. Types of
// generic structs are closed step by step as a message is followed (see TypeBrand), so a schema whose types grow without
// end costs only what is read. Documents are bounded in bytes, nesting, and words of the message that they become;
// messages in nesting and bytes of the document.
//
// A `Schemas` owns the defaults that readers hand out in place. So a dynamic reader or builder lives no longer than the
// `StructType` that it was made with, which holds the schemas.
//
// # Judged by
//
// Debian's `capnp` 0.9.2: `decode`, `decode --short` and `convert` to JSON give the same bytes for random messages, and the
// reverse the same messages. Where this is more exact than 0.9.2: JSON's integers of 64 bits aren't rounded, keys may come
// before the discriminator that they depend on, escapes like `\u000b` keep their digits, a negative zero its sign. Where
// 0.9.2 would print without end (a union's member that is set, null, and of the struct's own type), JSON has `null`.
