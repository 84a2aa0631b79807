"""The echo of echo-bench through gRPC, in Python: grpcio's core is C, its handlers here are Python, as an agent in Python has it.

usage: grpc-echo.py              starts its server as a process of its own and prints a line like those of echo-bench
       grpc-echo.py serve ADDR   is that server
"""
import os, resource, subprocess, sys, tempfile, time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELDS = [("id", 9), ("from_", 9), ("to", 9), ("timestamp", 3), ("text", 9)]
file = descriptor_pb2.FileDescriptorProto(name="echo.proto", syntax="proto3")
note = file.message_type.add(name="Note")
for number, (name, kind) in enumerate(FIELDS, 1):
    note.field.add(name=name, number=number, type=kind, label=1)
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
Note = message_factory.GetMessageClass(pool.FindMessageTypeByName("Note"))


class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(self.echo, Note.FromString, Note.SerializeToString)

    def echo(self, note, context):
        note.timestamp += 1
        return note


def serve(address):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2), handlers=[Echo()])
    server.add_insecure_port(address)
    server.start()
    print("ready", flush=True)
    server.wait_for_termination()


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bench(sequential=3_000, pipelined=10_000, window=64):
    address = "unix:" + os.path.join(tempfile.mkdtemp(), "s")
    server = subprocess.Popen([sys.executable, __file__, "serve", address], stdout=subprocess.PIPE, text=True)
    assert server.stdout.readline() == "ready\n"
    try:
        call = grpc.insecure_channel(address).unary_unary("/Echo/echo", Note.SerializeToString, Note.FromString)
        sample = Note(id="0b7d9d60-3a55-4d5c-9f3e-1c35ee0a7d1b", from_="a" * 32, to="b" * 32, timestamp=1_795_000_000_000,
                      text="x" * 64)
        for _ in range(500):
            call(sample)
        before, samples = cpu(server.pid), []
        for _ in range(sequential):
            start = time.perf_counter()
            assert call(sample).timestamp == sample.timestamp + 1
            samples.append((time.perf_counter() - start) * 1e6)
        start, open_calls = time.perf_counter(), []
        for _ in range(pipelined):
            if len(open_calls) >= window:
                open_calls.pop(0).result()
            open_calls.append(call.future(sample))
        for one in open_calls:
            one.result()
        rate = pipelined / (time.perf_counter() - start)
        used = (cpu(server.pid) - before) / (sequential + pipelined) * 1e6
        samples.sort()
        print(f"{'grpc (Python)':16} {samples[len(samples) // 2]:8.1f} {samples[len(samples) * 99 // 100]:8.1f} {rate:19.0f} {used:10.1f}")
    finally:
        server.kill()


if __name__ == "__main__":
    serve(sys.argv[2]) if sys.argv[1:2] == ["serve"] else bench()
