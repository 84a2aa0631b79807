"""Writes certificates.json from docs/protocols/state.md alone: an implementation of its own of all that is hashed and signed.

Usage: .build-python/bin/python3 Tests/CertificatesTests/Vectors/make_vectors.py > Tests/CertificatesTests/Vectors/certificates.json
"""
import hashlib
import json
import struct

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dilithium_py.ml_dsa import ML_DSA_65


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u8(n): return struct.pack("<B", n)
def u16(n): return struct.pack("<H", n)
def u32(n): return struct.pack("<I", n)
def u64(n): return struct.pack("<Q", n)
def i64(n): return struct.pack("<q", n)
def data(b): return u32(len(b)) + b
def text(s): return data(s.encode())
def listed(items): return u32(len(items)) + b"".join(items)


class Identity:
    def __init__(self, seeds):
        self.seeds = seeds
        self.ed = ed25519.Ed25519PrivateKey.from_private_bytes(seeds[0:32])
        x = x25519.X25519PrivateKey.from_private_bytes(seeds[32:64])
        dsa = mldsa.MLDSA65PrivateKey.from_seed_bytes(seeds[64:96])
        kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(seeds[96:160])
        pk, self.dsa_secret = ML_DSA_65.key_derive(seeds[64:96])
        assert pk == dsa.public_key().public_bytes_raw()
        raw = (Encoding.Raw, PublicFormat.Raw)
        self.ed_public = self.ed.public_key().public_bytes(*raw)
        self.x_public = x.public_key().public_bytes(*raw)
        self.bundle = self.ed_public + self.x_public + pk + kem.public_key().public_bytes_raw()
        assert len(self.bundle) == 3200
        self.digest = H(b"hanzo/bundle/v1", self.bundle)
        self.identity_hash = H(self.x_public, self.ed_public)[:16]

    def destination(self, name):
        return H(H(name)[:10], self.identity_hash)[:16]

    def sign(self, message):
        return self.ed.sign(message), ML_DSA_65.sign(self.dsa_secret, message, deterministic=True)


def message(tag, scope, content):
    return u8(len(tag)) + tag + scope + content


def root(leaves):
    if not leaves:
        return H(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return H(b"\x01", root(leaves[:split]), root(leaves[split:]))


agent = Identity(bytes(range(160)))
authority = Identity(bytes((7 * i + 3) & 255 for i in range(160)))
node = Identity(bytes((255 - i) & 255 for i in range(160)))

genesis = (
    u16(1) + text("vectors") + u8(1) + u8(3) + u8(1) + i64(1_700_000_000_000) + u32(2) + u32(3) + listed([])
    + u8(1) + authority.bundle + listed([node.digest])
    + listed([agent.digest + text("gold") + data(b"\x01\x00"), agent.digest + text("silver") + data(b"")])
    + listed([text("heartbeat_ms") + u64(500), text("max_expiry_height_span") + u64(1000)])
)
network = H(genesis)

validators = [authority.bundle + u64(3), node.bundle + u64(4)]
bft_genesis = (
    u16(1) + text("council") + u8(2) + u8(1) + u8(2) + i64(-1) + u32(2) + u32(3) + listed(validators)
    + u8(0) + listed([]) + listed([]) + listed([])
)

leaves = [(1 << 32 | n, 50 + n, bytes([n]) * (n * 40)) for n in range(5)]
leaf_hashes = [H(b"\x00", network, agent.digest, u64(n), u64(e), b) for n, e, b in leaves]
batch_root = root(leaf_hashes)
batch_message = message(b"hanzo/commit-batch/v1", network, agent.digest + u32(5) + batch_root)
batch_ed, batch_dsa = agent.sign(batch_message)
batch_id = H(b"hanzo/batch/v1", network, agent.digest, u32(5), batch_root)
other_id = H(b"other")
payload_root = root([H(b"\x00", i) for i in (batch_id, other_id)])

next_validators = H(b"hanzo/authority/v1", authority.digest)
roots = [H(bytes([n])) for n in range(4)]
def header(variant): return (
    u16(1) + network + u64(7) + H(b"parent") + variant + b"".join(roots) + next_validators + i64(1_700_000_123_456))
poa = header(u8(2) + u64(3) + node.digest)
bft = header(u8(1) + u64(9) + u64(12))
finality_message = message(b"hanzo/finality/v1", network, H(b"hanzo/header/v1", poa))
finality_ed, finality_dsa = authority.sign(finality_message)

bodies = [b"", b"one", b"two" * 100]
envelope_leaves = [H(b"\x00", network, b) for b in bodies]
envelope_batch_message = message(
    b"hanzo/envelope-batch/v1", network, agent.digest + u32(3) + root(envelope_leaves))

vectors = {
    "agent.bundleSHA256": H(agent.bundle),
    "agent.id": agent.digest,
    "agent.identityHash": agent.identity_hash,
    "agent.destination": agent.destination(b"hanzo.agent"),
    "agent.nodeDestination": agent.destination(b"hanzo.node"),
    "authority.id": authority.digest,
    "node.id": node.digest,
    "genesis": genesis,
    "network": network,
    "bftNetwork": H(bft_genesis),
    "bftValidatorsHash": H(b"hanzo/validators/v1", listed(validators)),
    "leafHashes": b"".join(leaf_hashes),
    "batchRoot": batch_root,
    "batchMessage": batch_message,
    "batchEd25519": batch_ed,
    "batchMLDSA65": batch_dsa,
    "batchID": batch_id,
    "payloadRoot": payload_root,
    "nextValidatorsHash": next_validators,
    "poaHeader": poa,
    "poaHeaderDigest": H(b"hanzo/header/v1", poa),
    "bftHeader": bft,
    "bftHeaderDigest": H(b"hanzo/header/v1", bft),
    "finalityMessage": finality_message,
    "finalityEd25519": finality_ed,
    "finalityMLDSA65": finality_dsa,
    "envelopeMessage": message(b"hanzo/envelope/v1", network, bodies[1]),
    "envelopeEd25519": agent.ed.sign(message(b"hanzo/envelope/v1", network, bodies[1])),
    "envelopeLeaves": b"".join(envelope_leaves),
    "envelopeBatchMessage": envelope_batch_message,
    "envelopeBatchEd25519": agent.ed.sign(envelope_batch_message),
}
print(json.dumps({name: value.hex() for name, value in vectors.items()}, indent=1))
