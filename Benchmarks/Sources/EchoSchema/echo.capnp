@0xd1f6a2b83c40975e;
# The call of echo-bench, as ZAP makes calls. Made to Swift by `capnp compile -o.build/debug/capnpc-swift echo.capnp`.
interface EchoService { echo @0 (note :Note) -> (note :Note); }
struct Note { id @0 :Text; from @1 :Text; to @2 :Text; timestamp @3 :Int64; text @4 :Text; }
