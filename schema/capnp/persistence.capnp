@0xb6d1a4f03c9e7258;
# References that outlive connections: level 2 of Cap'n Proto RPC, as CapnProtoRPC seals them. The Swift of these few types is
# written by hand (Sources/CapnProtoRPC/Persistence); for other languages, this is the schema.

struct SturdyRef {
  # A reference that may be kept on disk. Of no use to anybody but its owner.

  owner @0 :Data;
  # Who may use it: an identity, as the vat that made the reference knows its peers.

  object @1 :Data;
  # Which object it is: a name that the vat understands.

  secret @2 :Data;
  # Shows that the vat has made it for this owner.
}

interface Persistent @0xc8cb212fcd9f5691 {
  # `Persistent(SturdyRef, Data)` of Cap'n Proto's persistent.capnp: the same identifier, the same bytes.

  save @0 (sealFor :Data) -> (sturdyRef :SturdyRef);
}

interface Restorer @0xe8a6b5d1f03c7a92 {
  # What a peer gets once it has shown who it is. All that is wrong with a reference fails in the same way.

  restore @0 (reference :SturdyRef) -> (object :Capability);
}
