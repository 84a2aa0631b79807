@0x9e2c61f7b0d83a45;
# schema/capnp/persistence.capnp, for objects that are counters.

using import "peer.capnp".Counter;

struct SturdyRef {
  owner @0 :Data;
  object @1 :Data;
  secret @2 :Data;
}

interface Persistent @0xc8cb212fcd9f5691 {
  save @0 (sealFor :Data) -> (sturdyRef :SturdyRef);
}

interface Restorer @0xe8a6b5d1f03c7a92 {
  restore @0 (reference :SturdyRef) -> (object :Counter);
}
