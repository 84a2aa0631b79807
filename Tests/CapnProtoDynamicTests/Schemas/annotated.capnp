@0xc83a61d05f9be274;
# Every annotation of json.capnp, alone and with others.

using Json = import "/capnp/compat/json.capnp";

enum Color { red @0; green @1 $Json.name("grün"); darkBlue @2 $Json.name("dark-blue"); }

struct Root {
  union {
    names @0 :Names;
    flat @1 :Flat;
    tagged @2 :Tagged;
    message @3 :Message;
    values @4 :Values;
  }
}

struct Names {
  plain @0 :Text;
  myField @1 :Int32 $Json.name("my_field");
  quoted @2 :Bool $Json.name("with \"quotes\"\n");
  group :group $Json.name("a group") {
    inner @3 :Color $Json.name("in");
    other @4 :UInt8;
  }
  union {
    first @5 :Void $Json.name("1st");
    second @6 :Text $Json.name("2nd");
  }
}

struct Flat {
  before @0 :Int32;
  open :group $Json.flatten() { a @1 :Int32; b @2 :Text $Json.name("B"); }
  prefixed :group $Json.flatten(prefix = "p_") { a @3 :Int32; sub :group { c @4 :UInt8; } }
  there @5 :Point $Json.flatten(prefix = "there.");
  deep :group $Json.flatten(prefix = "d_") {
    deeper :group $Json.flatten(prefix = "e_") { x @6 :Float64; point @7 :Point $Json.flatten(prefix = "f_"); }
  }
  after @8 :Text;
}

struct Point { x @0 :Int32; y @1 :Int32; }

struct Tagged {
  kind :union $Json.discriminator(name = "type") {
    none @0 :Void;
    number @1 :Int32;
    text @2 :Text $Json.name("string");
    point @3 :Point;
  }
  value :union $Json.discriminator(name = "tag", valueName = "value") {
    a @4 :Int32;
    b @5 :List(Text);
    c @6 :Void;
    d :group { x @7 :Int8; y @8 :Int8; }
  }
  flat :union $Json.flatten() $Json.discriminator() {
    one :group $Json.flatten() { p @9 :Int32; q @10 :Text; }
    two :group $Json.flatten(prefix = "two_") { p @11 :Int32; r @12 :Text; }
    three @13 :Void $Json.name("the-third");
    four @14 :Point $Json.flatten(prefix = "4");
    five @15 :Int32;
  }
  prefixed :union $Json.flatten(prefix = "z_") $Json.discriminator(name = "which") {
    i @16 :Int32;
    j @17 :Point $Json.flatten();
  }
}

struct Message $Json.discriminator(name = "kind") {
  id @0 :UInt64;
  union {
    ping @1 :Void;
    move @2 :Point $Json.flatten();
    say @3 :Say $Json.flatten(prefix = "say_");
    count @4 :Int32 $Json.name("number");
    both :group $Json.flatten() { left @5 :Text; right @6 :Text; }
    many @7 :List(Message);
  }
}

struct Say { text @0 :Text; tone :union $Json.flatten() { calm @1 :Void; loud @2 :UInt8; } }

struct Values {
  base64 @0 :Data $Json.base64;
  hex @1 :Data $Json.hex;
  plain @2 :Data;
  colors @3 :List(Color);
  both @4 :Data $Json.base64 $Json.name("b64");
}

struct Batch {
  # Many at once, for a tool that reads one.
  roots @0 :List(Root);
}
