@0xd4b1f0c2a7e69358;
# What the text and JSON forms have to cope with: every type, unions and groups in one another, ordinals out of order,
# defaults of every kind, generics, lists of lists.

enum Color { red @0; green @1; darkBlue @2; }

struct Root {
  union {
    scalars @0 :Scalars;
    defaults @1 :Defaults;
    lists @2 :Lists;
    shape @3 :Shape;
    tree @4 :Tree;
    generic @5 :Generic;
    shuffled @6 :Shuffled;
    nothing @7 :Void;
  }
  note @8 :Text;
}

struct Scalars {
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
  text @13 :Text;
  data @14 :Data;
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
  nested @19 :List(List(UInt8)) = [[1, 2], [], [3]];
  nan @20 :Float32 = nan;
}

struct Point {
  x @0 :Int32;
  y @1 :Float64;
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
  empties @19 :List(Empty);
}

struct Empty {}

struct Shape {
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
  }
  style :group {
    width @10 :UInt16 = 1;
    outline :union {
      none @11 :Void;
      solid @12 :Color;
      dashed :group {
        on @13 :UInt8;
        off @14 :UInt8;
      }
    }
  }
  z @15 :Int8;
}

struct Tree {
  label @0 :Text;
  left @1 :Tree;
  right @2 :Tree;
  children @3 :List(Tree);
  union {
    leaf @4 :Int64;
    negated @5 :Tree;
    both :group {
      first @6 :Tree;
      second @7 :Tree;
    }
  }
}

struct Shuffled {
  # Neither the order of the text nor that of the union's tags is that of the ordinals.
  d @3 :Int32;
  b @1 :Text;
  union {
    z @9 :Int16;
    y @2 :Text;
    g :group {
      q @8 :Int8;
      p @4 :List(Int8);
    }
  }
  a @0 :UInt8;
  c :group {
    union {
      i @7 :Void;
      j @6 :Text;
    }
    h @5 :Bool;
  }
}

struct Generic {
  text @0 :Box(Text);
  number @1 :Box(Point);
  list @2 :Box(List(Color));
  pair @3 :Pair(Data, Shape);
  nested @4 :Box(Box(Pair(Text, List(Text))));
  inner @5 :Outer(Text).Inner;
}

struct Box(T) {
  value @0 :T;
  next @1 :Box(T);
  count @2 :Int32;
}

struct Pair(First, Second) {
  union {
    first @0 :First;
    second @1 :Second;
    both :group {
      left @2 :First;
      right @3 :Second;
    }
  }
}

struct Outer(T) {
  struct Inner {
    mine @0 :T;
    box @1 :Box(T);
  }
}

struct Batch {
  # Many at once, for a tool that reads one.
  roots @0 :List(Root);
}
