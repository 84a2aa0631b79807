@0x9d3f6b1ec8a25407;
# Interfaces: methods of all shapes, inheritance, streams, capabilities in structs, pipelines through structs and groups.

using Swift = import "/swift.capnp";
using Everything = import "everything.capnp";
$Swift.module("CapnProtoCodegenTests");

interface Base {
  ping @0 (text :Text = "hi") -> (text :Text);
  # Answers what it was told.
}

interface Other {
  dispatch @0 ();
}

interface Directory extends(Base, Other) {
  open @0 (name :Text, create :Bool) -> (file :File, entry :Entry);
  list @1 () -> (entries :List(Entry));
  watch @2 (observer :Observer, context :AnyPointer) -> (handle :Capability);
  point @3 Everything.Point -> Everything.Shape;
  import @4 () -> ();

  struct Entry {
    name @0 :Text;
    file @1 :File;
    meta :group {
      size @2 :UInt64;
      owner @3 :Base;
    }
    union {
      none @4 :Void;
      link @5 :Directory;
      any @6 :Capability;
    }
  }
}

interface File {
  read @0 (offset :UInt64, count :UInt32) -> (data :Data);
  write @1 (data :Data) -> stream;
}

interface Observer {
  changed @0 (entry :Directory.Entry) -> stream;
}
