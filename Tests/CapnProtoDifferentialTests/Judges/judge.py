"""pycapnp as a judge, for as long as its standard input is open.

A request and an answer are a length (4 bytes, little-endian) and that many bytes:
    a length and JSON, then any number of blobs, each a length and bytes.

Requests: {"do": "check", "type": NAME, "trees": [...], "forms": [[FORM...]...]}, with the blobs of all forms in their order.
    Every form must read as its tree. The answer has {"failures": [...]}, and for every tree the message that pycapnp builds of it:
    framed, packed, and its segments (how many is in "segments").
{"do": "defaults", "type": NAME, "trees": [...]}: the same for a struct without any field on the wire, with defaults in the trees.

Trees: true and false; numbers; {"f": bits} and {"d": bits} of floats; "text"; {"x": hex} of data; {"e": number} of enums; lists;
{"n": count} of lists of Void; {"s": {field: tree}} of structs and groups, with the one member of a union that is set; {"v": 0} of Void;
null of null pointers; {"a": kind, "t": tree} of untyped pointers, whose kind is "Text" or a struct's name.
"""
import json, struct, sys, warnings
import capnp

warnings.simplefilter("ignore")  # A message is written in several forms on purpose.
capnp.remove_import_hook()
schema = capnp.load(sys.argv[1], imports=sys.argv[2:])


class Difference(Exception):
    pass


def bits(form, value):
    return int.from_bytes(struct.pack(form, value), "little")


def expect(condition, path, ours, read):
    if not condition:
        raise Difference(f"{path}: expected {ours!r}, read {read!r}")


def check(read, tree, path):
    if tree is None:  # A null element: pycapnp doesn't tell it from an empty one.
        return expect(len(read) == 0, path, "nothing", read)
    if isinstance(tree, (bool, int, str)):
        return expect(type(read) is type(tree) and read == tree, path, tree, read)
    if isinstance(tree, list):
        expect(len(read) == len(tree), path, f"{len(tree)} elements", len(read))
        for index, item in enumerate(tree):
            check(read[index], item, f"{path}[{index}]")
        return
    (tag, value), = ((tag, value) for tag, value in tree.items() if tag != "t")
    if tag == "s":
        check_struct(read, value, path)
    elif tag == "f":
        expect(bits("<f", read) == value, path, tree, read)
    elif tag == "d":
        expect(bits("<d", read) == value, path, tree, read)
    elif tag == "x":
        expect(bytes(read) == bytes.fromhex(value), path, tree, read)
    elif tag == "e":
        expect(read.raw == value, path, tree, read)
    elif tag == "n":
        expect(len(read) == value, path, tree, read)
    elif tag == "v":
        expect(read is None, path, tree, read)
    elif value == "Text":
        expect(read.as_text() == tree["t"], path, tree, read)
    else:
        check(read.as_struct(getattr(schema, value)), tree["t"], path)


def check_struct(read, fields, path):
    union = read.schema.union_fields
    if union:
        member = read._which_str()
        expect(member in fields, path, f"a member of {list(fields)}", member)
        expect(sum(name in fields for name in union) == 1, path, "one member", union)
    for name, tree in fields.items():
        if tree is None:
            expect(not read._has(name), f"{path}.{name}", "null", "not null")
        else:
            if isinstance(tree, (str, list)) or isinstance(tree, dict) and tree.keys() & {"x", "n", "a"}:
                expect(missing_is_fine or read._has(name), f"{path}.{name}", "not null", "null")
            check(getattr(read, name), tree, f"{path}.{name}")


missing_is_fine = False


def build(builder, fields):
    # Numbers that equal their defaults are written too: on the wire they are zeros either way.
    for name, tree in fields.items():
        if tree is None:
            continue
        if isinstance(tree, dict) and "s" in tree:
            build(builder.init(name), tree["s"])
        elif isinstance(tree, dict) and "n" in tree:
            builder.init(name, tree["n"])
        elif isinstance(tree, dict) and "a" in tree:
            setattr(builder, name, tree["t"] if tree["a"] == "Text" else built(tree["a"], tree["t"]))
        elif isinstance(tree, list):
            fill(builder.init(name, len(tree)), tree)
        else:
            setattr(builder, name, plain(tree))


def built(kind, tree):
    message = getattr(schema, kind).new_message()
    build(message, tree["s"])
    return message


def fill(builder, trees):
    for index, tree in enumerate(trees):
        if tree is None:
            continue
        if isinstance(tree, dict) and "s" in tree:
            build(builder[index], tree["s"])
        elif isinstance(tree, list):
            fill(builder.init(index, len(tree)), tree)
        elif isinstance(tree, dict) and "n" in tree:
            builder.init(index, tree["n"])
        elif isinstance(tree, dict) and "e" in tree:
            builder[index] = names_of(builder)[tree["e"]]
        else:
            builder[index] = plain(tree)


kinds = {number: name for name, number in schema.Kind.schema.enumerants.items()}


def names_of(builder):
    return kinds


def plain(tree):
    if not isinstance(tree, dict):
        return tree
    (tag, value), = tree.items()
    if tag == "f":
        return struct.unpack("<f", value.to_bytes(4, "little"))[0]
    if tag == "d":
        return struct.unpack("<d", value.to_bytes(8, "little"))[0]
    if tag == "x":
        return bytes.fromhex(value)
    return None if tag == "v" else value


def reader(kind, form, blob):
    if form == "packed":
        return kind.from_bytes_packed(blob)
    if form.startswith("segments"):
        # One blob: the segments' lengths are in the form.
        segments, start = [], 0
        for count in map(int, form.split(":")[1].split(",")):
            segments.append(blob[start:start + count])
            start += count
        return kind.from_segments(segments)
    return kind.from_bytes(blob)


def answer_check(request, blobs):
    kind, failures, counts, out = getattr(schema, request["type"]), [], [], []
    blobs = iter(blobs)
    for number, (tree, forms) in enumerate(zip(request["trees"], request["forms"])):
        for form in forms:
            blob = next(blobs)
            try:
                read = reader(kind, form, blob)
                if hasattr(read, "__enter__"):
                    with read as message:
                        check(message, tree, f"{number} {form}")
                else:
                    check(read, tree, f"{number} {form}")
            except (Difference, capnp.KjException) as failure:
                failures.append(str(failure)[:500])
        message = kind.new_message(num_first_segment_words=1 << number % 12)
        build(message, tree["s"])
        segments = message.to_segments()
        counts.append(len(segments))
        out += [message.to_bytes(), message.to_bytes_packed(), *segments]
    return {"failures": failures, "segments": counts}, out


def answer_defaults(request):
    global missing_is_fine
    kind, failures = getattr(schema, request["type"]), []
    missing_is_fine = True
    for tree in request["trees"]:
        try:
            with kind.from_bytes(bytes([0, 0, 0, 0, 1, 0, 0, 0, 0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])) as read:
                check(read, tree, request["type"])
        except Difference as failure:
            failures.append(str(failure))
    missing_is_fine = False
    return {"failures": failures}, []


def blob(bytes_):
    return len(bytes_).to_bytes(4, "little") + bytes_


def parts(body):
    start = 0
    while start < len(body):
        end = start + 4 + int.from_bytes(body[start:start + 4], "little")
        yield body[start + 4:end]
        start = end


while len(header := sys.stdin.buffer.read(4)) == 4:
    first, *blobs = parts(sys.stdin.buffer.read(int.from_bytes(header, "little")))
    request = json.loads(first)
    reply, out = answer_check(request, blobs) if request["do"] == "check" else answer_defaults(request)
    sys.stdout.buffer.write(blob(b"".join(map(blob, [json.dumps(reply).encode(), *out]))))
    sys.stdout.buffer.flush()
