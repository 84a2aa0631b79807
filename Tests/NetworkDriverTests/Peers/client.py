"""Speaks to a Mesh server, whoever made it, and checks every answer. usage: client.py HOST:PORT | unix:/path"""
import asyncio, os, sys, time
import capnp

here = os.path.dirname(os.path.abspath(__file__))
peer = capnp.load(os.path.join(here, "peer.capnp"), imports=[os.path.dirname(os.path.dirname(capnp.__file__))])
checks = 0


def check(holds, what):
    global checks
    assert holds, what
    checks += 1


class Counter(peer.Counter.Server):
    def __init__(self, value):
        self.value = value
        self.order = []

    async def increment(self, by, _context, **kw):
        self.value += by
        self.order.append(by)
        return self.value


class Observer(peer.Observer.Server):
    def __init__(self):
        self.ids = []

    async def notify(self, message, _context, **kw):
        self.ids.append(message.id)


async def echo(mesh):
    for payload in ({"none": None}, {"text": "gnirts"}, {"tags": ["a", "b", "c"]}, {"vote": {"round": 1 << 60, "yes": False}}):
        request = mesh.echo_request()
        request.message.id = "id"
        setattr(request.message, "from", b"\1\2\3")
        request.message.timestamp = -5
        request.message.payload = payload
        message = (await request.send()).message
        check(message.id == "id" and message.timestamp == -4 and message.hops == 6, "echo")
        kind = message.payload.which()
        if kind == "text":
            check(message.payload.text == "string", "echo of a text")
        if kind == "tags":
            check(list(message.payload.tags) == ["c", "b", "a"], "echo of tags")
        if kind == "vote":
            check(message.payload.vote.yes and message.payload.vote.round == 1 << 60, "echo of a vote")
    request = mesh.echo_request()
    request.message.payload.text = "x" * 300_000
    check((await request.send()).message.payload.text == "x" * 300_000, "echo of much")


async def capabilities(mesh):
    counter = (await mesh.getCounter(40)).counter
    check((await counter.increment(2)).value == 42, "a returned capability")
    check((await counter.increment()).value == 43, "a default parameter")
    promised = mesh.getCounter(10).counter
    forked = promised.fork().counter
    await promised.increment(100)
    check((await forked.increment(5)).value == 15, "pipelined calls, in order")
    deep = mesh.getCounter(1000).counter.fork().counter.fork().counter
    calls = [deep.increment(by) for by in range(1, 61)]
    total = 1000 + sum(range(1, 32))
    check((await calls[30]).value == total, "calls on what three calls will return")
    calls = calls[31:] + [deep.increment(by) for by in range(61, 121)]
    for by, call in zip(range(32, 121), calls):
        total += by
        assert (await call).value == total, f"the order of call {by}"
    check(total == 1000 + 120 * 121 // 2, "the order of many calls")


async def stream(mesh):
    sink = (await mesh.openSink(0)).sink
    for _ in range(60):
        await sink.write(b"\7" * 9_000)
    end = await sink.finish()
    check(end.bytes == 540_000 and end.chunks == 60, "a stream")
    slow = (await mesh.openSink(500)).sink
    for _ in range(40):
        await slow.write(b"123")
    end = await slow.finish()
    check(end.bytes == 120 and end.chunks == 40, "a stream to a server that takes its time")
    long = (await mesh.openSink(0)).sink
    for _ in range(10_000):
        await long.write(b"\3" * 1000)
    end = await long.finish()
    check(end.bytes == 10_000_000 and end.chunks == 10_000, "a long stream")


async def failures(mesh):
    for kind, name in enumerate(["FAILED", "OVERLOADED", "DISCONNECTED", "UNIMPLEMENTED"]):
        try:
            await mesh.fail("because", kind)
            check(False, "a failure has results")
        except capnp.KjException as error:
            check("because" in str(error) and error.type == name, f"failure {name}: {error.type}")


async def callback(mesh):
    observer = Observer()
    check((await mesh.subscribe(observer, 5)).sent == 5, "a callback's count")
    check(observer.ids == ["n0", "n1", "n2", "n3", "n4"], "a callback's order")


async def wait(promise):
    return await promise


async def cancel(mesh):
    before = (await mesh.cancelled()).count
    call = asyncio.ensure_future(wait(mesh.never()))
    await mesh.cancelled()
    call.cancel()
    try:
        await call
    except (asyncio.CancelledError, Exception):
        pass
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and (await mesh.cancelled()).count == before:
        await asyncio.sleep(0.001)
    check((await mesh.cancelled()).count > before, "a cancelled call")


async def bounce(mesh):
    own = Counter(1000)
    promise = mesh.bounce(own)
    place = promise.counter
    early = place.increment(1)
    returned = (await promise).counter
    late = place.increment(10)
    check((await early).value == 1001, "a call that goes round")
    check((await late).value == 1011, "a call after it")
    check(own.order == [1, 10], "their order")
    check((await returned.increment(100)).value == 1111, "one's own object, back")
    place = Counter(0)
    for _ in range(3):
        place = mesh.bounce(place).counter
    calls = [place.increment() for _ in range(10)]
    await calls[4]
    calls = [call for i, call in enumerate(calls) if i != 4] + [place.increment() for _ in range(10)]
    values = [(await call).value for call in calls]
    check(values == [1, 2, 3, 4] + list(range(6, 21)), f"an object that goes round three times: {values}")


async def converse(stream):
    mesh = capnp.TwoPartyClient(stream).bootstrap().cast_as(peer.Mesh)
    await echo(mesh)
    await capabilities(mesh)
    await globals()["stream"](mesh)
    await failures(mesh)
    await callback(mesh)
    await bounce(mesh)
    await cancel(mesh)


async def main():
    address = sys.argv[1]
    if address.startswith("unix:"):
        connection = await capnp.AsyncIoStream.create_unix_connection(address[5:])
    else:
        host, port = address.rsplit(":", 1)
        connection = await capnp.AsyncIoStream.create_connection(host=host, port=int(port))
    await converse(connection)
    print("checks", checks, flush=True)


if __name__ == "__main__":
    asyncio.run(capnp.run(main()))
