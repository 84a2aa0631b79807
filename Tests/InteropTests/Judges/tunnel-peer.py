"""The tunnel of docs/protocols/tunnel.md from the page alone, over standard input and output (u32 length, little-endian, before each message).

    tunnel-peer.py initiator|responder SEED-HEX PEER-DIGEST-HEX|- BINDING-HEX [known]

Says what it was told, in upper case, rekeys once as initiator, and prints what it found on standard error.
"""
import hashlib, hmac, os, struct, sys
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

ROLE, OTHER = (1, 2) if sys.argv[1] == "initiator" else (2, 1)
SEEDS, BINDING = bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[4])
EXPORTER = BINDING[17:] if BINDING[0] == 1 else b""
KNOWN = "known" in sys.argv
PURPOSE = {1: b"hanzo/tunnel-initiator/v1", 2: b"hanzo/tunnel-responder/v1"}
H = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
u16, u32 = (lambda n: struct.pack("<H", n)), (lambda n: struct.pack("<I", n))
LV = lambda b: u32(len(b)) + b


def send(message):
    sys.stdout.buffer.write(LV(message))
    sys.stdout.buffer.flush()


def receive():
    head = sys.stdin.buffer.read(4)
    if len(head) < 4: sys.exit("the other side is gone")
    return sys.stdin.buffer.read(struct.unpack("<I", head)[0])


# X-Wing (draft-connolly-cfrg-xwing-kem) from its two parts.
LABEL = b"\\.//^\\"
combine = lambda ssm, ssx, ctx, pkx: hashlib.sha3_256(ssm + ssx + ctx + pkx + LABEL).digest()


class XWing:
    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        self.m = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self.x = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
        self.pkx = self.x.public_key().public_bytes_raw()
        self.public = self.m.public_key().public_bytes_raw() + self.pkx

    def decapsulate(self, ct):
        ssx = self.x.exchange(x25519.X25519PublicKey.from_public_bytes(ct[1088:]))
        return combine(self.m.decapsulate(ct[:1088]), ssx, ct[1088:], self.pkx)


def encapsulate(public):
    ssm, ctm = mlkem.MLKEM768PublicKey.from_public_bytes(public[:1184]).encapsulate()
    x = x25519.X25519PrivateKey.generate()
    ctx = x.public_key().public_bytes_raw()
    ssx = x.exchange(x25519.X25519PublicKey.from_public_bytes(public[1184:]))
    return combine(ssm, ssx, ctx, public[1184:]), ctm + ctx


ed = ed25519.Ed25519PrivateKey.from_private_bytes(SEEDS[:32])
xk = x25519.X25519PrivateKey.from_private_bytes(SEEDS[32:64])
dsa = mldsa.MLDSA65PrivateKey.from_seed_bytes(SEEDS[64:96])
kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(SEEDS[96:])
BUNDLE = b"".join(k.public_key().public_bytes_raw() for k in (ed, xk, dsa, kem))
digest_of = lambda bundle: H(b"hanzo/bundle/v1", bundle)
extract = lambda salt, secret: hmac.new(salt, secret, "sha256").digest()
expand = lambda key, info: HKDFExpand(SHA256(), 32, info).derive(key)
derive = lambda prk, name, context: expand(prk, b"hanzo/tunnel/v1 " + name + context)
signed = lambda role, content: bytes([len(PURPOSE[role])]) + PURPOSE[role] + bytes(32) + content


def seal_identity(prk, t2, t, whole, payload):
    content = t + digest_of(BUNDLE) + H(payload)
    message = signed(ROLE, content)
    mac = hmac.new(derive(prk, b"mac", bytes([ROLE]) + t2), bytes([ROLE]) + content, "sha256").digest()
    claim = b"\1" + BUNDLE if whole else b"\0" + digest_of(BUNDLE)
    proof = claim + LV(payload) + ed.sign(message) + dsa.sign(message) + mac
    return AESGCM(derive(prk, b"identity", bytes([ROLE]) + t2)).encrypt(bytes(12), proof, t)


def open_identity(prk, t2, t, sealed, known=None):
    proof = AESGCM(derive(prk, b"identity", bytes([OTHER]) + t2)).decrypt(bytes(12), sealed, t)
    if proof[0] == 1: bundle, rest = proof[1:3201], proof[3201:]
    else: bundle, rest = known, proof[33:]
    if proof[0] == 0 and digest_of(bundle) != proof[1:33]: sys.exit("another bundle than the known one")
    count = struct.unpack("<I", rest[:4])[0]
    payload, rest = rest[4:4 + count], rest[4 + count:]
    assert len(rest) == 64 + 3309 + 32
    content = t + digest_of(bundle) + H(payload)
    ed25519.Ed25519PublicKey.from_public_bytes(bundle[:32]).verify(rest[:64], signed(OTHER, content))
    mldsa.MLDSA65PublicKey.from_public_bytes(bundle[64:2016]).verify(rest[64:3373], signed(OTHER, content))
    mac = hmac.new(derive(prk, b"mac", bytes([OTHER]) + t2), bytes([OTHER]) + content, "sha256").digest()
    assert hmac.compare_digest(mac, rest[3373:])
    return bundle, payload


def transcript(*messages):
    t = H(b"hanzo/tunnel/v1", LV(BINDING))
    for m in messages: t = H(t, LV(m))
    return t


class Records:
    def __init__(self, number, initiator, responder, rekey):
        mine, theirs = (initiator, responder) if ROLE == 1 else (responder, initiator)
        self.number, self.out, self.into, self.rekey, self.counter = number, AESGCM(mine), AESGCM(theirs), rekey, 0

    def seal(self, content):
        header = bytes([0x81, self.number & 255]) + struct.pack(">Q", self.counter)
        nonce = struct.pack(">IQ", self.number, self.counter)
        self.counter += 1
        return header + self.out.encrypt(nonce, content, header)

    def open(self, record):
        assert record[0] == 0x81 and record[1] == self.number & 255, record[:2]
        counter = record[2:10]
        return self.into.decrypt(struct.pack(">I", self.number) + counter, record[10:], record[:10])

    def next(self, secret, public, ct):
        prk = extract(self.rekey, secret)
        context = H(u32(self.number + 1), public, ct)
        names = (b"records\1", b"records\2", b"rekey")
        return Records(self.number + 1, *(derive(prk, name, context) for name in names))


def epoch_zero(prk, t):
    return Records(0, derive(prk, b"records", b"\1" + t), derive(prk, b"records", b"\2" + t), derive(prk, b"rekey", t))


if ROLE == 1:
    key = XWing(os.urandom(32))
    known = sys.stdin.buffer.read(3200) if KNOWN else None
    hello = b"\1" + u16(1) + u32(2) + u16(99) + u16(1) + os.urandom(32) + key.public + bytes([KNOWN]) + u32(0)
    send(hello)
    response = receive()
    if response[0] == 2:
        hello = hello[:-4] + LV(response[1:])
        send(hello)
        response = receive()
    clear, sealed = response[:1155], response[1155:]
    assert clear[0] == 3 and clear[1:3] == u16(1)
    t2 = transcript(hello, clear)
    prk = extract(t2, key.decapsulate(clear[35:]) + EXPORTER)
    bundle, payload = open_identity(prk, t2, t2, sealed, known)
    assert sys.argv[3] == "-" or digest_of(bundle).hex() == sys.argv[3]
    t3 = H(t2, LV(sealed))
    finish = b"\4" + seal_identity(prk, t2, t3, not KNOWN, b"python asks")
    send(finish)
    records = epoch_zero(prk, H(t3, LV(finish)))
    print("peer", digest_of(bundle).hex(), payload.decode(), file=sys.stderr)
    fresh = XWing(os.urandom(32))
    send(records.seal(b"\1" + u32(1) + fresh.public))
else:
    hello = receive()
    suites = struct.unpack("<I", hello[3:7])[0]
    assert hello[:3] == b"\1" + u16(1) and u16(1) in [hello[7 + 2 * i:9 + 2 * i] for i in range(suites)]
    at = 7 + 2 * suites + 32
    secret, ct = encapsulate(hello[at:at + 1216])
    clear = b"\3" + u16(1) + os.urandom(32) + ct
    t2 = transcript(hello, clear)
    prk = extract(t2, secret + EXPORTER)
    sealed = seal_identity(prk, t2, t2, hello[at + 1216] == 0, b"python answers")
    send(clear + sealed)
    finish = receive()
    assert finish[0] == 4
    t3 = H(t2, LV(sealed))
    bundle, payload = open_identity(prk, t2, t3, finish[1:])
    records = epoch_zero(prk, H(t3, LV(finish)))
    print("peer", digest_of(bundle).hex(), payload.decode(), file=sys.stderr)

answered = None
while True:
    record = receive()
    if answered and record[1] == answered.number & 255: records, answered = answered, None
    content = records.open(record)
    kind, body = content[0], content[1:]
    if kind == 0: send(records.seal(b"\0" + body.upper()))
    elif kind == 1:
        secret, ct = encapsulate(body[4:])
        send(records.seal(b"\2" + body[:4] + ct))
        answered = records.next(secret, body[4:], ct)
    elif kind == 2:
        records = records.next(fresh.decapsulate(body[4:]), fresh.public, body[4:])
        send(records.seal(b"\3"))
    elif kind == 5: send(records.seal(b"\6" + BUNDLE))
    elif kind == 7: break
print("epoch", records.number, file=sys.stderr)
