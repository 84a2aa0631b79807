@0xe41b9c07d6a3f528;
# A message of 160 bytes, framed: what an agent sends all day.
enum Side { buy @0; sell @1; }
struct Order {
  id @0 :UInt64; account @1 :UInt64; price @2 :Float64; quantity @3 :UInt32; side @4 :Side; urgent @5 :Bool;
  symbol @6 :Text; legs @7 :List(UInt32); note @8 :Text;
}
