@0xc7d20e4f5a9b8136;
# Names that mean something in Swift, or that generated code has itself.

using Swift = import "/swift.capnp";
$Swift.module("CapnProtoCodegenTests");
$Swift.namespace("Names");

struct Members {
  raw @0 :Text;
  which @1 :Text;
  whichTag @2 :UInt8;
  asReader @3 :List(Text);
  text @4 :Text;
  hasText @5 :Bool;
  setText @6 :Text;
  initList @7 :Bool;
  list @8 :List(UInt8);
  adoptList @9 :UInt8;
  disownList @10 :Members;
  write @11 :Text;
  framed @12 :Bool;
  canonical @13 :UInt8;
  encode @14 :Text;
  hash @15 :Text;
  hashValue @16 :Text;
  value @17 :Text;
  reader @18 :Text;
  builder @19 :Text;
  root @20 :Text;
  size @21 :Text;
  segment @22 :UInt64;
  data @23 :Data;
  init @24 :Int8;
  self @25 :Int8;
  none @26 :UInt8;
  some @27 :UInt8;
  group :group {
    value @28 :Text;
    group @29 :Text;
  }
  copy @30 :Text;
  typeID @31 :Text;
  structSize @32 :UInt8;
  elementSize @33 :UInt8;
  schema @34 :Text;
  pointer @35 :AnyPointer;
  source @36 :Members;
  orphan @37 :Text;
  newValue @38 :Bool;
  capability @39 :Capability;
  table @40 :Capability;
  count @41 :Text;
  async @42 :Text;
  await @43 :Text;
  throws @44 :Text;
  try @45 :Text;
  actor @46 :Text;
  borrowing @47 :Text;
  consuming @48 :Text;
  isolated @49 :Text;
  each @50 :Text;
  some2 @51 :Text;
  repeat @52 :Text;
  get @53 :Bool;
  set @54 :Bool;
  willSet @55 :Bool;
  left @56 :Bool;
  operator @57 :Bool;
  package @58 :Text;
  macro @59 :Text;
  discard @60 :Text;
  dynamic @61 :Text;
  lazy @62 :Text;
  mutating @63 :Text;
  prefix @64 :Text;
  required @65 :Text;
  unowned @66 :Text;
  weak @67 :Text;
  tag @68 :Text;
  member @69 :Text;
  copying @70 :Text;
  bytes @71 :Text;
  description @72 :Text;
  default @73 :Text;
  super @74 :Text;
}

struct Cases {
  union {
    none @0 :Void;
    some @1 :Text;
    unknown @2 :Void;
    unrecognized @3 :Void;
    init @4 :Void;
    self @5 :Text;
    write @6 :Text;
    raw @7 :UInt8;
    which @8 :Cases;
    encode @9 :Void;
    hash @10 :Void;
    hashValue @11 :Void;
    default @12 :Bool;
    in :group { out @13 :Text; inout @14 :Text; }
    tag @15 :UInt8;
    member @16 :UInt8;
    reader @17 :UInt8;
    hasSome @18 :Bool;
    is @19 :Void;
    as @20 :Void;
    let @21 :Text;
    case @22 :Text;
  }
}

enum Enumerants {
  none @0;
  some @1;
  init @2;
  self @3;
  rawValue @4;
  typeID @5;
  read @6;
  write @7;
  value @8;
  elementSize @9;
  structSize @10;
  hash @11;
  encode @12;
  hashValue @13;
  unknown @14;
  unrecognized @15;
  default @16;
  allCases @17;
  number @18;
  rethrows @19;
  any @20;
}

struct Types {
  int @0 :Int;
  string @1 :String;
  optional @2 :Optional;
  array @3 :Array;
  void @4 :Nothing;
  reader @5 :Reader;
  type @6 :Type;
  selfType @7 :Self;
  list @8 :Listing;
  annotations @9 :Annotations;
  codingKeys @10 :CodingKeys;
  error @11 :Error;
  message @12 :Message;
  struct Int { x @0 :UInt8; }
  struct String { x @0 :Text; }
  struct Optional { x @0 :Text; }
  struct Array { x @0 :List(Text); }
  struct Nothing { x @0 :Text; }
  struct Reader { x @0 :Text; }
  struct Type { x @0 :Text; }
  struct Self { x @0 :Text; }
  struct Listing { x @0 :List(Int); }
  struct Annotations { x @0 :Text; }
  struct CodingKeys { x @0 :Text; }
  struct Error { x @0 :Text; }
  struct Message { x @0 :Text; }
  struct Hasher { x @0 :Text; }
  struct Encoder { x @0 :Text; }
  struct Decoder { x @0 :Text; }
  struct Codable { x @0 :Text; }
  struct Never { x @0 :Text; }
  struct Value { x @0 :Text; }
  struct Schema { x @0 :Types.Value; }
  const typeID :UInt8 = 1;
  const structSize :UInt8 = 2;
  const self :UInt8 = 3;
  const default :Text = "d";
}

interface Methods {
  init @0 () -> ();
  self @1 () -> (self :Methods);
  dispatch @2 () -> ();
  capability @3 (call :Text) -> (params :Text, results :Text);
  cast @4 () -> ();
  interfaceID @5 () -> ();
  sendDispatch @6 () -> ();
  handle @7 () -> (call :Methods, path :Methods);
  read @8 () -> ();
  write @9 (list :List(Methods)) -> (pipeline :Methods);
  client @10 () -> ();
  server @11 () -> ();
  copy @12 () -> ();
  edit @13 () -> ();
  value @14 () -> ();
  default @15 () -> ();
  import @16 () -> ();
  build @17 () -> (response :Methods);
  elementSize @18 () -> ();
  type @19 () -> ();
  protocol @20 () -> ();
  params @21 Members -> Members;
}
