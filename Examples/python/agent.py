"""An agent of the mesh in Python, over nothing but Cap'n Proto (PyPI pycapnp) and `cryptography`.

    agent.py run    [--addr unix:PATH] [--name N] [--role R] [--to NAME --text T] [--claim TASK] [--commit TEXT]
    agent.py verify --network ID FILE [FILE ...]       checks proof bundles offline, trusting only the network's id

What is signed and hashed is drawn in docs/protocols/state.md; the interfaces are schema/zap.capnp.
"""
import argparse, asyncio, hashlib, json, os, struct, sys, time, uuid
import capnp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.environ.get("AGENT_MESH_SCHEMA", os.path.join(HERE, "..", "..", "schema"))
IMPORTS = [os.path.dirname(os.path.dirname(capnp.__file__))]
mesh, state, zap = (capnp.load(os.path.join(SCHEMA, name + ".capnp"), imports=IMPORTS) for name in ("agent-mesh", "state", "zap"))

def H(*parts): return hashlib.sha256(b"".join(parts)).digest()
def u32(n): return n.to_bytes(4, "little")
def u64(n): return n.to_bytes(8, "little")
def signed(tag, scope, *content): return bytes([len(tag)]) + tag + scope + b"".join(content)

# RFC 9162 trees: batches, payloads, history.
def merkle_path_root(leaf, index, count, path):
    """The root that `path` leads to; refuses a path of another length than index and count ask for."""
    if not 0 <= index < count: raise ValueError("index outside the tree")
    if count == 1:
        if path: raise ValueError("batch path too long")
        return leaf
    if not path: raise ValueError("batch path too short")
    split = 1 << (count - 1).bit_length() - 1
    if index < split: return H(b"\x01", merkle_path_root(leaf, index, split, path[:-1]), path[-1])
    return H(b"\x01", path[-1], merkle_path_root(leaf, index - split, count - split, path[:-1]))
def merkle_root(leaves):
    if len(leaves) == 1: return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return H(b"\x01", merkle_root(leaves[:split]), merkle_root(leaves[split:]))
def leaf_hash(network, agent, leaf): return H(b"\x00", network, agent, u64(leaf.nonce), u64(leaf.expiryHeight), leaf.body)

# The state tree (hash suite penumbra).
def state_root(key, value, present, path):
    key_hash = H(key)
    if present: node = H(b"JMT::LeafNode", key_hash, H(value))
    elif len(path.leafKey) == 0: node = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"
    else:
        depth = len(path.siblings)
        other, mine = int.from_bytes(path.leafKey, "big"), int.from_bytes(key_hash, "big")
        if path.leafKey == key_hash or other >> (256 - depth) != mine >> (256 - depth): raise ValueError("the leaf excludes nothing")
        node = H(b"JMT::LeafNode", path.leafKey, path.leafValue)
    for level, sibling in enumerate(path.siblings):
        bit = len(path.siblings) - 1 - level
        right = key_hash[bit >> 3] >> (7 - (bit & 7)) & 1
        node = H(b"JMT::IntrnalNode", sibling, node) if right else H(b"JMT::IntrnalNode", node, sibling)
    return node
def canonical_bundle(b): return b.ed25519 + b.x25519 + b.mldsa65 + b.mlkem768
def bundle_digest(canonical): return H(b"hanzo/bundle/v1", canonical)
def check_signatures(canonical, message, ed, pq, scheme=3):
    if scheme in (1, 3): ed25519.Ed25519PublicKey.from_public_bytes(canonical[:32]).verify(ed, message)
    if scheme in (2, 3): mldsa.MLDSA65PublicKey.from_public_bytes(canonical[64:2016]).verify(pq, message)

def verify_bundle(data, network):
    """Checks a proof bundle in the order of docs/protocols/state.md and returns it; raises ValueError or InvalidSignature."""
    with state.ProofBundle.from_bytes(data, traversal_limit_in_words=1 << 20) as b:
        if b.version != 1: raise ValueError("unknown version")
        if H(b.genesis) != network: raise ValueError("the genesis is another network's")
        name = struct.unpack_from("<I", b.genesis, 2)[0]                  # u16 version, text name, engine, scheme, suite
        engine, scheme, suite = b.genesis[6 + name:9 + name]
        if (engine, suite) != (1, 1): raise ValueError("only poa networks with the penumbra suite are understood here")
        validators = struct.unpack_from("<I", b.genesis, 25 + name)[0]
        if validators or b.genesis[29 + name] != 1: raise ValueError("a poa genesis has an authority and no validators")
        authority = b.genesis[30 + name:3230 + name]
        header = b.header
        if len(header) != 283 or header[:2] != b"\x01\x00" or header[2:34] != network or header[74] != 2: raise ValueError("header")
        message = signed(b"hanzo/finality/v1", network, H(b"hanzo/header/v1", header))
        if b.finality.which() != "authority": raise ValueError("no authority signature")
        check_signatures(authority, message, b.finality.authority.ed25519, b.finality.authority.mldsa65, scheme)
        root = header[147:179]
        if state_root(b.key, b.value, b.present, b.statePath) != root: raise ValueError("the state path doesn't lead to the root")
        if b.present and b.key.startswith(b"commit/"):
            _, agent, nonce = b.key.split(b"/")
            agent, c = bytes.fromhex(agent.decode()), b.commit
            leaf = leaf_hash(network, agent, c.leaf)
            if int(nonce, 16) != c.leaf.nonce or b.value[:32] != leaf: raise ValueError("the leaf is another commit's")
            top = merkle_path_root(leaf, c.index, c.count, list(c.path))
            if b.value[32:64] != top: raise ValueError("the batch path doesn't lead to the batch root")
            canonical = canonical_bundle(c.agent)
            if bundle_digest(canonical) != agent: raise ValueError("the keys are not the agent's")
            check_signatures(canonical, signed(b"hanzo/commit-batch/v1", network, agent, u32(c.count), top), c.ed25519, c.mldsa65)
        return {"key": b.key.decode(), "present": b.present, "value": b.value.hex(), "height": struct.unpack_from("<Q", header, 34)[0]}

class Keys:
    def __init__(self):
        self.ed, self.x = ed25519.Ed25519PrivateKey.generate(), x25519.X25519PrivateKey.generate()
        self.pq, self.kem = mldsa.MLDSA65PrivateKey.generate(), mlkem.MLKEM768PrivateKey.generate()
        self.bundle = dict(zip(("ed25519", "x25519", "mldsa65", "mlkem768"),
                               (k.public_key().public_bytes_raw() for k in (self.ed, self.x, self.pq, self.kem))))
        self.id = bundle_digest(b"".join(self.bundle.values()))

class Inbox(zap.Inbox.Server):
    def __init__(self, agent): self.agent = agent
    async def deliver(self, network, envelope, sender, senderName, redelivered, _context, **_):
        canonical, body = canonical_bundle(sender), envelope.body
        for s in envelope.signatures:
            if str(s.algorithm) == "ed25519" and s.batch.which() == "none":
                check_signatures(canonical, signed(b"hanzo/envelope/v1", network, body), s.bytes, b"", scheme=1)
                break
        else: raise ValueError("no Ed25519 signature")
        with mesh.AgentMessage.from_bytes(body) as m:
            if bundle_digest(canonical) != getattr(m, "from"): raise ValueError("the sender's keys are not the sender's")
            text = m.payload.content.decode(errors="replace") if m.payload.which() == "content" else m.payload.which()
            ack = {"from": getattr(m, "from"), "homeEpoch": m.homeEpoch, "counter": m.counter, "digest": H(body)}
        self.agent.say(event="message", sender=senderName, text=text, redelivered=redelivered)
        self.agent.acknowledgements.put_nowait(ack)
    async def receipts(self, receipts, **_):
        for r in receipts: self.agent.say(event="receipt", id=r.id, tier=str(r.tier))
    async def fenced(self, homeEpoch, **_): self.agent.say(event="fenced", homeEpoch=homeEpoch)

class Agent:
    def __init__(self, name, role):
        self.name, self.role, self.keys, self.counter = name, role, Keys(), 0
        self.mail, self.acknowledgements = {}, asyncio.Queue()
    def say(self, **event): print(json.dumps(event), flush=True)
    async def join(self, addr):
        connect = capnp.AsyncIoStream.create_unix_connection(addr[5:]) if addr.startswith("unix:") else \
            capnp.AsyncIoStream.create_connection(*addr.rsplit(":", 1))
        self.client = capnp.TwoPartyClient(await connect)
        hanzod = self.client.bootstrap().cast_as(zap.Hanzod)
        info = (await hanzod.info()).info
        self.network = next(n.id for n in info.networks if n.isDefault)
        nonce = os.urandom(32)
        c = (await hanzod.challenge(self.network, self.keys.id, nonce)).challenge
        if os.environ.get("HANZOD_NODE_ID", c.node.hex()) != c.node.hex(): raise ValueError("another node answers at this address")
        self.epoch, self.height = c.homeEpoch + 1, c.height
        batch = self.batch([{"register": {"bundle": self.keys.bundle, "node": c.node, "nodeNonce": c.nonce, "agentNonce": nonce,
                                          "homeEpoch": self.epoch, "name": self.name, "role": self.role}}])
        answer = await hanzod.register(self.network, batch, Inbox(self), b"", [])
        self.session = answer.session
        self.say(event="joined", agent=self.keys.id.hex(), network=self.network.hex(), height=answer.registered.height)
        asyncio.get_running_loop().create_task(self.acknowledge())
    async def acknowledge(self):
        while True: await self.session.acknowledge(self.network, [await self.acknowledgements.get()])
    def batch(self, transactions):
        """One signed batch of transactions, numbered `homeEpoch << 32 | counter`."""
        b = state.CommitBatch.new_message(network=self.network, agent=self.keys.id)
        leaves = b.init("leaves", len(transactions))
        for leaf, transaction in zip(leaves, transactions):
            self.counter += 1
            leaf.nonce, leaf.expiryHeight = self.epoch << 32 | self.counter, self.height + 10_000
            leaf.body = state.Transaction.new_message(**transaction).to_bytes()
        root = merkle_root([leaf_hash(self.network, self.keys.id, leaf) for leaf in leaves])
        message = signed(b"hanzo/commit-batch/v1", self.network, self.keys.id, u32(len(transactions)), root)
        b.ed25519, b.mldsa65 = self.keys.ed.sign(message), self.keys.pq.sign(message)
        return b
    async def transact(self, *transactions):
        return [{"reason": "", **r.to_dict()} for r in (await self.session.commit(self.batch(transactions))).receipts]
    async def send(self, name, text):
        to = (await self.session.resolve(self.network, name, b"")).record.agent
        counter = self.mail[to] = self.mail.get(to, 0) + 1
        m = mesh.AgentMessage.new_message(id=str(uuid.uuid4()), to=to, timestamp=int(time.time() * 1000), network=self.network,
                                          homeEpoch=self.epoch, counter=counter, contentType="text/plain", payload={"content": text.encode()})
        setattr(m, "from", self.keys.id)
        body = m.to_bytes()
        signature = {"algorithm": "ed25519", "keyId": self.keys.id[:16], "bytes": self.keys.ed.sign(signed(b"hanzo/envelope/v1", self.network, body))}
        return str((await self.session.send(self.network, {"body": body, "signatures": [signature]}, "stored")).receipt.tier)

async def run(options):
    agent = Agent(options.name, options.role)
    await agent.join(options.addr)
    if options.to: agent.say(event="sent", tier=await agent.send(options.to, options.text))
    if options.claim:
        claim, = await agent.transact({"claimTask": {"taskId": options.claim}})
        agent.say(event="claimed", task=options.claim, state=claim["state"], fence=claim["fence"], reason=claim["reason"])
        done, = await agent.transact({"completeTask": {"taskId": options.claim, "fence": claim["fence"], "result": b"done"}})
        agent.say(event="completed", task=options.claim, state=done["state"], reason=done["reason"])
    if options.commit:
        receipt, = await agent.transact({"commit": {"result": options.commit}})
        agent.say(event="committed", nonce=receipt["nonce"], state=receipt["state"], height=receipt["height"],
                  key=f"commit/{agent.keys.id.hex()}/{receipt['nonce']:016x}")
    if options.stay: await asyncio.sleep(options.stay)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    r = commands.add_parser("run")
    for name, default in (("addr", "unix:" + os.path.expanduser("~/.hanzod/hanzod.sock")), ("name", "python-agent"), ("role", "developer"),
                          ("to", ""), ("text", "hello"), ("claim", ""), ("commit", "")): r.add_argument("--" + name, default=default)
    r.add_argument("--stay", type=float, default=0, help="seconds to stay and receive")
    v = commands.add_parser("verify"); v.add_argument("--network", required=True); v.add_argument("files", nargs="+")
    options = parser.parse_args()
    if options.command == "run": return asyncio.run(capnp.run(run(options)))
    failed = 0
    for path in options.files:
        try: print(json.dumps({"file": path, "valid": True, **verify_bundle(open(path, "rb").read(), bytes.fromhex(options.network))}))
        except (ValueError, InvalidSignature, capnp.KjException) as error:
            failed += 1
            print(json.dumps({"file": path, "valid": False, "reason": str(error) or type(error).__name__}))
    sys.exit(1 if failed else 0)

if __name__ == "__main__": main()
