@0xd6a8c1f3927b5e04;
# What random messages are made of: every type, default, list, union and generic use that other implementations can build and read.

using Swift = import "/swift.capnp";
$Swift.module("CapnProtoDifferentialTests");

enum Kind {
  none @0;
  first @1;
  second @2;
  last @3;
}

struct Everything {
  nothing @0 :Void;
  flag @1 :Bool;
  i8 @2 :Int8;
  i16 @3 :Int16;
  i32 @4 :Int32;
  i64 @5 :Int64;
  u8 @6 :UInt8;
  u16 @7 :UInt16;
  u32 @8 :UInt32;
  u64 @9 :UInt64;
  f32 @10 :Float32;
  f64 @11 :Float64;
  text @12 :Text;
  data @13 :Data;
  inner @14 :Everything;
  kind @15 :Kind;
  other @16 :Defaulted;
  lists @17 :Lists;
  choice @18 :Choice;
  late @19 :Bool = true;
}

struct Defaulted {
  flag @0 :Bool = true;
  i8 @1 :Int8 = -128;
  i16 @2 :Int16 = -12345;
  i32 @3 :Int32 = -12345678;
  i64 @4 :Int64 = -123456789012345;
  u8 @5 :UInt8 = 234;
  u16 @6 :UInt16 = 45678;
  u32 @7 :UInt32 = 3456789012;
  u64 @8 :UInt64 = 12345678901234567890;
  f32 @9 :Float32 = 1234.5;
  f64 @10 :Float64 = -1.23e47;
  text @11 :Text = "foo";
  data @12 :Data = 0x"62 61 72";
  kind @13 :Kind = second;
  point @14 :Small = (x = 3, name = "preset");
  numbers @15 :List(Int32) = [111111111, -111111111];
  flags @16 :List(Bool) = [true, true, false];
  texts @17 :List(Text) = ["plugh", "", "xyzzy"];
  points @18 :List(Small) = [(x = 1), (name = "two"), ()];
  nested @19 :List(List(UInt8)) = [[1, 2], [], [3]];
  kinds @20 :List(Kind) = [last, first];
  inf @21 :Float32 = inf;
  nan @22 :Float64 = nan;
}

struct Small {
  x @0 :Int16;
  name @1 :Text;
}

struct Lists {
  voids @0 :List(Void);
  flags @1 :List(Bool);
  i8s @2 :List(Int8);
  i16s @3 :List(Int16);
  i32s @4 :List(Int32);
  i64s @5 :List(Int64);
  u8s @6 :List(UInt8);
  u16s @7 :List(UInt16);
  u32s @8 :List(UInt32);
  u64s @9 :List(UInt64);
  f32s @10 :List(Float32);
  f64s @11 :List(Float64);
  texts @12 :List(Text);
  datas @13 :List(Data);
  smalls @14 :List(Small);
  kinds @15 :List(Kind);
  choices @16 :List(Choice);
  flagLists @17 :List(List(Bool));
  wordLists @18 :List(List(List(UInt16)));
  textLists @19 :List(List(Text));
  smallLists @20 :List(List(Small));
  kindLists @21 :List(List(Kind));
  dataLists @22 :List(List(Data));
  empties @23 :List(Empty);
  onlyPointers @24 :List(OnlyPointers);
  onlyBits @25 :List(OnlyBits);
}

struct Empty {}
struct OnlyPointers { a @0 :Text; b @1 :OnlyPointers; }
struct OnlyBits { a @0 :Bool; b @1 :UInt16; c @2 :Bool = true; }

struct Choice {
  before @0 :UInt8;
  union {
    nothing @1 :Void;
    bit @2 :Bool = true;
    word @3 :UInt64 = 77;
    text @4 :Text = "default";
    list @5 :List(Int32);
    small @6 :Small;
    circle :group {
      radius @7 :Float64;
      filled @8 :Bool = true;
      shade :union {
        plain @9 :Void;
        kind @10 :Kind = last;
        mixed :group {
          a @11 :Int8;
          b @12 :Data;
        }
      }
    }
    again @13 :Choice;
    float @14 :Float32 = -0.5;
  }
  style :group {
    width @15 :UInt16 = 1;
    outline :union {
      off @16 :Void;
      dash @17 :UInt8;
      named @18 :Text;
    }
  }
  after @19 :Int64;
}

struct Box(T) {
  value @0 :T;
  label @1 :Text = "box";
}
struct Pair(A, B) {
  a @0 :A;
  b @1 :B;
  swapped @2 :Pair(B, A);
  union {
    neither @3 :Void;
    either @4 :A;
    both :group {
      left @5 :Box(A);
      count @6 :UInt8 = 2;
    }
  }
  inner @7 :Inner;
  struct Inner {
    a @0 :A;
    bs @1 :List(Box(B));
  }
}

struct Generic {
  text @0 :Box(Text);
  data @1 :Box(Data);
  small @2 :Box(Small);
  numbers @3 :Box(List(UInt32));
  nested @4 :Box(Box(List(Text)));
  pair @5 :Pair(Text, Choice);
  boxes @6 :List(Box(Data));
  inner @7 :Pair(List(Kind), Small).Inner;
  preset @8 :Box(Text) = (value = "preset");
}

struct Untyped {
  anything @0 :AnyPointer;
  more @1 :AnyPointer;
  structure @2 :AnyStruct;
  union {
    nothing @3 :Void;
    some @4 :AnyPointer;
  }
  free @5 :Box(AnyPointer);
}

struct Recursive {
  name @0 :Text;
  children @1 :List(Recursive);
  union {
    leaf @2 :Int64;
    next @3 :Recursive;
  }
}
