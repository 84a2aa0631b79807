"""Saves an object on one connection and restores it on the next. usage: persist.py unix:/path"""
import asyncio, os, sys
import capnp

here = os.path.dirname(os.path.abspath(__file__))
site = os.path.dirname(os.path.dirname(capnp.__file__))
schema = capnp.load(os.path.join(here, "persistence.capnp"), imports=[site])


async def bootstrap(kind):
    stream = await capnp.AsyncIoStream.create_unix_connection(sys.argv[1][5:])
    return capnp.TwoPartyClient(stream).bootstrap().cast_as(kind)


async def main():
    saved = await (await bootstrap(schema.Persistent)).save(b"me")
    reference = saved.sturdyRef
    assert reference.owner == b"me" and reference.object == b"counter"
    restorer = await bootstrap(schema.Restorer)
    assert (await restorer.restore(reference).object.increment(2)).value == 42
    forged = {"owner": b"me", "object": b"counter", "secret": b"guess"}
    try:
        await restorer.restore(forged)
        assert False, "a forged reference is restored"
    except capnp.KjException as error:
        assert "no such reference" in str(error), error
    print("checks 3", flush=True)


if __name__ == "__main__":
    asyncio.run(capnp.run(main()))
