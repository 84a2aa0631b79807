"""PyPI's libra-core as the judge of state proofs.

Standard input: a JSON list of {root, key, value?, leafKey?, leafValue?, siblings, holds}, bytes in hexadecimal. `key` is the key's
hash, siblings stand from the leaf's level up, `holds` is the verdict that is expected. Prints each case that is judged otherwise,
then a line of counts.
"""
import json
import sys

from libra.account_state_blob import AccountStateBlob
from libra.proof.definition import SparseMerkleProof
from libra.proof.merkle_tree import SparseMerkleLeafNode

unhex = bytes.fromhex
wrong = held = refused = 0
for number, c in enumerate(json.load(sys.stdin)):
    leaf = SparseMerkleLeafNode(unhex(c["leafKey"]), unhex(c["leafValue"])) if "leafKey" in c else None
    blob = AccountStateBlob(unhex(c["value"])) if "value" in c else None
    try:
        SparseMerkleProof(leaf, [unhex(s) for s in c["siblings"]]).verify(unhex(c["root"]), unhex(c["key"]), blob)
        holds = True
    except Exception:
        holds = False
    if holds != c["holds"]:
        wrong += 1
        print("case", number, "expected", c["holds"], "judged", holds)
    held += holds
    refused += not holds
print("held", held, "refused", refused, "wrong", wrong)
