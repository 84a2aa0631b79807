@0xe6d2a917c05b83f4;
# Generated with its schema inside.

using Swift = import "/swift.capnp";
using Json = import "/capnp/compat/json.capnp";
$Swift.module("CapnProtoDynamicTests");
$Swift.schema;

enum Mood { calm @0; eager @1 $Json.name("very eager"); }

struct Person {
  name @0 :Text;
  age @1 :UInt8 = 18;
  mood @2 :Mood;
  friends @3 :List(Person);
  home @4 :Place $Json.name("address");
  union {
    idle @5 :Void;
    work :group { title @6 :Text; pay @7 :Int64; }
  }
  shelf @8 :Shelf(Place);

  struct Place { street @0 :Text; number @1 :UInt16; }
}

struct Shelf(T) {
  first @0 :T;
}
