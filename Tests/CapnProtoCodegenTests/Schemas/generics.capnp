@0xe1b7a2c94d03f586;
# Generic structs and interfaces, and annotations.

using Swift = import "/swift.capnp";
using Everything = import "everything.capnp";
$Swift.module("CapnProtoCodegenTests");
$title("generics");

annotation title(*) :Text;
# What people call it.
annotation weight(struct, field, enumerant, method) :UInt16;
annotation sealed(struct, interface, enum) :Void;
annotation sample(struct, field) :Everything.Point;
annotation tags(struct) :List(Text);

struct Box(T) $title("a box") $sealed {
  # Holds one thing.
  value @0 :T $weight(3) $title("what is in it");
  label @1 :Text = "box";
}

struct Pair(First, Second) {
  first @0 :First;
  second @1 :Second;
  swapped @2 :Pair(Second, First);
  boxes @3 :List(Box(First));
  union {
    neither @4 :Void;
    either @5 :First;
    both :group {
      left @6 :First;
      right @7 :Box(Second);
      count @8 :UInt8 = 2;
    }
  }
  inner @9 :Inner;
  other @10 :Inner2(Text);
  loose @11 :Pair.Inner;

  struct Inner {
    first @0 :First;
    second @1 :Second;
  }
  struct Inner2(Third) {
    second @0 :Second;
    third @1 :Third;
    inner @2 :Inner;
    bound @3 :Pair(Text, Third).Inner;
    kind @4 :Kind = round;
    defaults @5 :List(UInt16) = [1, 2];

    struct Deep(Fourth) {
      first @0 :First;
      third @1 :Third;
      fourth @2 :Fourth;
    }
  }
  enum Kind {
    square @0;
    round @1 $weight(7);
  }
  using Alias = Inner2(Data);
  aliased @12 :Alias;
  const answer :UInt32 = 42;
  const origin :Everything.Point = (x = 5);
}

struct Uses $tags(["a", "b"]) $sample((x = 1, y = 2)) {
  text @0 :Box(Text);
  data @1 :Box(Data);
  point @2 :Box(Everything.Point);
  numbers @3 :Box(List(UInt32));
  nested @4 :Box(Box(List(Text)));
  unbound @5 :Box;
  pair @6 :Pair(Text, Data);
  deep @7 :Pair(Text, Everything.Point).Inner2(Data).Deep(List(Bool));
  boxes @8 :List(Box(Text));
  preset @9 :Box(Text) = (value = "preset", label = "given");
  itself @10 :Box(Uses);
  untyped @11 :Box(AnyPointer);
  store @12 :Box(Store(Text));
  anyList @13 :AnyList;
  anything @14 :AnyPointer;
  capabilities @15 :List(Store(Data));
  kind @16 :Pair(Text, Text).Kind;
  capability @17 :Capability;
}

const filled :Box(Everything.Point) = (value = (x = 3, y = 0.5));
const pairs :List(Pair(Text, List(Int8))) = [(first = "a", second = [1, -1], both = (left = "l", right = (value = [3])))];

interface Store(T) $title("keeps things") {
  get @0 (key :Text) -> (value :T);
  put @1 (key :Text, value :T) -> () $weight(2);
  swap @2 [U] (value :U, box :Box(T)) -> (value :U, pair :Pair(T, U));
  whole @3 Box(T) -> Box(Box(T));
  echo @4 [U] Box(U) -> Box(U);
  watch @5 (watcher :Watcher(T)) -> stream;
  fork @6 () -> (store :Box(Store(T)), same :Store(T));

  struct Entry {
    key @0 :Text;
    value @1 :T;
  }
  interface Watcher(Reason) {
    changed @0 (entry :Entry, reason :Reason) -> ();
  }
}

interface Named {
  name @0 () -> (name :Text);
  sendName @1 (name :Text) -> ();
}

interface TextStore extends(Store(Text), Named) $sealed {
  count @0 () -> (count :UInt32);
}

interface ListStore(E) extends(Store(Box(E))) {
  append @0 (key :Text, list :List(Box(E))) -> ();
}

interface Registry {
  open @0 [T] (name :Text, like :T) -> (store :Store(T));
}
