"""Prints each message of a stream as libcapnp of pycapnp writes it as text.

text.py SCHEMA TYPE < messages > text
"""
import os
import sys

import capnp

capnp.remove_import_hook()
schema = capnp.load(sys.argv[1], imports=["/usr/include"])
for message in getattr(schema, sys.argv[2]).read_multiple(os.fdopen(0, "rb"), traversal_limit_in_words=1 << 40):
    print(str(message))
