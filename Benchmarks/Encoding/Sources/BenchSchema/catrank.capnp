@0xc5a7d2b1f0e94a36;
# What a search returns, to be ranked again: long texts. After Cap'n Proto's own catrank benchmark.
struct Hits { hits @0 :List(Hit); }
struct Hit { url @0 :Text; score @1 :Float64; snippet @2 :Text; }
