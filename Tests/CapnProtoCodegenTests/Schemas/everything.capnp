@0xf5ea3c9b0d417268;
# Every construct of the schema language but generics and interfaces.

using Swift = import "/swift.capnp";
$Swift.module("CapnProtoCodegenTests");

const answer :UInt32 = 42;
# The answer.
const greeting :Text = "hello \"world\"\né";
const blob :Data = 0x"00 ff 80";
const primes :List(UInt16) = [2, 3, 5, 65521];
const origin :Point = (x = -1, y = 2.5);
const path :List(Point) = [(x = 1), (y = -0.5), ()];
const shade :Color = green;

enum Color {
  # What a pixel looks like.
  red @0;     # Warm
  green @1;
  unknown @2; # Even this name is taken by the schema
  class @3;
  darkBlue @4 $Swift.name("navy");
}

struct Point {
  x @0 :Int32;
  y @1 :Float64;
}

struct Numbers {
  nothing @0 :Void;
  flag @1 :Bool;
  int8 @2 :Int8;
  int16 @3 :Int16;
  int32 @4 :Int32;
  int64 @5 :Int64;
  uint8 @6 :UInt8;
  uint16 @7 :UInt16;
  uint32 @8 :UInt32;
  uint64 @9 :UInt64;
  float32 @10 :Float32;
  float64 @11 :Float64;
  color @12 :Color;
}

struct Defaults {
  flag @0 :Bool = true;
  int8 @1 :Int8 = -128;
  int16 @2 :Int16 = -12345;
  int32 @3 :Int32 = -12345678;
  int64 @4 :Int64 = -9223372036854775808;
  uint8 @5 :UInt8 = 255;
  uint16 @6 :UInt16 = 65535;
  uint32 @7 :UInt32 = 4294967295;
  uint64 @8 :UInt64 = 18446744073709551615;
  float32 @9 :Float32 = 1.5;
  float64 @10 :Float64 = -inf;
  color @11 :Color = darkBlue;
  text @12 :Text = "default";
  data @13 :Data = 0x"01 02 03";
  numbers @14 :List(Int16) = [1, -2, 3];
  flags @15 :List(Bool) = [true, false, true, true];
  texts @16 :List(Text) = ["a", "", "c"];
  point @17 :Point = (x = 7, y = 0.25);
  points @18 :List(Point) = [(x = 1), (x = 2, y = 3)];
  colors @19 :List(Color) = [green, darkBlue];
  nested @20 :List(List(UInt8)) = [[1, 2], [], [3]];
  nan @21 :Float32 = nan;
  shape @22 :Shape = (circle = (radius = 2));
}

struct Lists {
  voids @0 :List(Void);
  flags @1 :List(Bool);
  int8s @2 :List(Int8);
  int16s @3 :List(Int16);
  int32s @4 :List(Int32);
  int64s @5 :List(Int64);
  uint8s @6 :List(UInt8);
  uint16s @7 :List(UInt16);
  uint32s @8 :List(UInt32);
  uint64s @9 :List(UInt64);
  float32s @10 :List(Float32);
  float64s @11 :List(Float64);
  texts @12 :List(Text);
  datas @13 :List(Data);
  colors @14 :List(Color);
  points @15 :List(Point);
  matrix @16 :List(List(Float32));
  cube @17 :List(List(List(Text)));
  shapes @18 :List(Shape);
}

struct Shape {
  # A union without a name, groups in it, and fields around it.
  name @0 :Text;
  union {
    empty @1 :Void;
    circle :group {
      radius @2 :Float64;
      filled @3 :Bool = true;
    }
    polygon @4 :List(Point);
    label @5 :Text;
    raw @6 :Data;
    point @7 :Point;
    area @8 :UInt32 = 9;
    tint @9 :Color;
    untyped @10 :AnyPointer;
  }
  style :group {
    width @11 :UInt16 = 1;
    outline :union {
      none @12 :Void;
      solid @13 :Color;
      dashed :group {
        on @14 :UInt8;
        off @15 :UInt8;
      }
    }
  }
  z @16 :Int8;
}

struct Tree {
  # Contains itself: directly, through a union, through another struct, and through a list.
  label @0 :Text;
  left @1 :Tree;
  right @2 :Tree;
  children @3 :List(Tree);
  owner @4 :Forest;
  union {
    negated @5 :Tree;
    leaf @6 :Int64;
    both :group {
      first @7 :Tree;
      second @8 :Tree;
    }
  }
}

struct Forest {
  name @0 :Text;
  oldest @1 :Tree;
}

struct Expression {
  # Every member of its union contains the struct itself.
  union {
    not @0 :Expression;
    same @1 :Expression;
  }
}

struct Keywords {
  # Names that mean something in Swift or to the generator.
  class @0 :Text;
  self @1 :UInt8;
  init @2 :Bool;
  default @3 :Int32;
  which @4 :UInt16;
  raw @5 :Data;
  description @6 :Text;
  hashValue @7 :UInt64;
  func @8 :Protocol;
  in :group {
    is @9 :Bool;
    as @10 :Bool;
  }
  type @11 :Type;
  plain @12 :Text $Swift.name("fancy");

  struct Type {
    value @0 :Value;
    struct Value {
      reader @0 :Text;
      builder @1 :Text;
    }
  }
  enum Protocol {
    none @0;
    some @1;
    init @2;
    self @3;
  }
}

struct Shadows {
  # Its own Point hides the file's; a struct and a group want the same name.
  outer @0 : .Point;
  inner @1 :Point;
  part :group {
    count @2 :UInt8;
  }
  other @3 :Part;

  struct Point { name @0 :Text; }
  struct Part { size @0 :UInt64; }
  const limit :UInt16 = 512;
}

struct Pointers {
  anything @0 :AnyPointer;
  anyList @1 :AnyList;
  anyStruct @2 :AnyStruct;
}

struct Empty {}
