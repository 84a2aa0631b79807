// C++ peer for peer.capnp (builds against libcapnp 0.9.2 and 1.4.0).
// usage: peer serve ADDR | peer check ADDR | peer bench ADDR       ADDR = 127.0.0.1:PORT | unix:/path
#include "peer.capnp.h"
#include <capnp/rpc-twoparty.h>
#include <capnp/message.h>
#include <kj/async-io.h>
#include <kj/debug.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <algorithm>
#include <string>
#include <vector>
static uint32_t CANCELLED = 0;
struct CounterImpl final: Counter::Server {
  uint64_t v; CounterImpl(uint64_t v): v(v) {}
  kj::Promise<void> increment(IncrementContext c) override { v += c.getParams().getBy(); c.getResults().setValue(v); return kj::READY_NOW; }
  kj::Promise<void> fork(ForkContext c) override { c.getResults().setCounter(kj::heap<CounterImpl>(v)); return kj::READY_NOW; }
};
struct SinkImpl final: Sink::Server {
  kj::Timer& t; uint32_t d; uint64_t b = 0, n = 0; SinkImpl(kj::Timer& t, uint32_t d): t(t), d(d) {}
  kj::Promise<void> write(WriteContext c) override { b += c.getParams().getChunk().size(); n++; if (d) return t.afterDelay(d * kj::MICROSECONDS); return kj::READY_NOW; }
  kj::Promise<void> finish(FinishContext c) override { c.getResults().setBytes(b); c.getResults().setChunks(n); return kj::READY_NOW; }
};
struct MeshImpl final: Mesh::Server {
  kj::Timer& t; MeshImpl(kj::Timer& t): t(t) {}
  kj::Promise<void> echo(EchoContext c) override {
    auto m = c.getParams().getMessage(); auto o = c.getResults().initMessage();
    o.setId(m.getId()); o.setFrom(m.getFrom()); o.setTo(m.getTo()); o.setTimestamp(m.getTimestamp() + 1); o.setHops(m.getHops() - 1);
    auto p = m.getPayload(); auto q = o.getPayload();
    switch (p.which()) {
      case AgentMessage::Payload::NONE: q.setNone(); break;
      case AgentMessage::Payload::TEXT: { kj::String s = kj::heapString(p.getText()); std::reverse(s.begin(), s.end()); q.setText(s); break; }
      case AgentMessage::Payload::TAGS: { auto l = p.getTags(); auto r = q.initTags(l.size()); for (uint i = 0; i < l.size(); i++) r.set(l.size() - 1 - i, l[i]); break; }
      case AgentMessage::Payload::VOTE: { auto v = q.initVote(); v.setRound(p.getVote().getRound()); v.setYes(!p.getVote().getYes()); break; }
    }
    return kj::READY_NOW;
  }
  kj::Promise<void> getCounter(GetCounterContext c) override { c.getResults().setCounter(kj::heap<CounterImpl>(c.getParams().getStart())); return kj::READY_NOW; }
  kj::Promise<void> openSink(OpenSinkContext c) override { c.getResults().setSink(kj::heap<SinkImpl>(t, c.getParams().getDelayMicros())); return kj::READY_NOW; }
  kj::Promise<void> fail(FailContext c) override {
    return kj::Exception((kj::Exception::Type)c.getParams().getKind(), __FILE__, __LINE__, kj::heapString(c.getParams().getReason()));
  }
  kj::Promise<void> subscribe(SubscribeContext c) override { return step(c, c.getParams().getObserver(), 0); }
  kj::Promise<void> step(SubscribeContext c, Observer::Client o, uint32_t i) {
    if (i == c.getParams().getCount()) { c.getResults().setSent(i); return kj::READY_NOW; }
    auto r = o.notifyRequest(); r.getMessage().setId(kj::str("n", i)); r.getMessage().setTimestamp(i);
    return r.send().ignoreResult().then([this, c, o, i]() mutable { return step(c, o, i + 1); });
  }
  kj::Promise<void> never(NeverContext c) override { c.allowCancellation(); return kj::Promise<void>(kj::NEVER_DONE).attach(kj::defer([]() { CANCELLED++; })); }
  kj::Promise<void> cancelled(CancelledContext c) override { c.getResults().setCount(CANCELLED); return kj::READY_NOW; }
  kj::Promise<void> bounce(BounceContext c) override { c.getResults().setCounter(c.getParams().getCounter()); return kj::READY_NOW; }
};
struct ObserverImpl final: Observer::Server {
  std::vector<std::string>& ids; ObserverImpl(std::vector<std::string>& ids): ids(ids) {}
  kj::Promise<void> notify(NotifyContext c) override { ids.push_back(c.getParams().getMessage().getId().cStr()); return kj::READY_NOW; }
};
static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
static int CHECKS = 0;
static void check(bool holds, const char* what) { if (!holds) { printf("wrong: %s\n", what); fflush(stdout); exit(1); } CHECKS++; }
static void converse(Mesh::Client mesh, kj::WaitScope& ws) {
  for (int kind = 0; kind < 4; kind++) {
    auto r = mesh.echoRequest(); auto m = r.initMessage(); m.setId("id"); m.setTimestamp(-5); auto p = m.getPayload();
    switch (kind) {
      case 0: p.setNone(); break; case 1: p.setText("gnirts"); break;
      case 2: { auto t = p.initTags(3); t.set(0, "a"); t.set(1, "b"); t.set(2, "c"); break; }
      case 3: { auto v = p.initVote(); v.setRound(1ull << 60); v.setYes(false); break; }
    }
    auto response = r.send().wait(ws); auto o = response.getMessage(); auto q = o.getPayload();
    check(o.getId() == "id" && o.getTimestamp() == -4 && o.getHops() == 6, "echo");
    check(q.which() == (AgentMessage::Payload::Which)kind, "kind of payload");
    if (kind == 1) check(q.getText() == "string", "echo of a text");
    if (kind == 2) check(q.getTags()[0] == "c" && q.getTags().size() == 3, "echo of tags");
    if (kind == 3) check(q.getVote().getYes() && q.getVote().getRound() == 1ull << 60, "echo of a vote");
  }
  { auto r = mesh.getCounterRequest(); r.setStart(40); auto cnt = r.send().wait(ws).getCounter();
    auto i = cnt.incrementRequest(); i.setBy(2); check(i.send().wait(ws).getValue() == 42, "a returned capability");
    check(cnt.incrementRequest().send().wait(ws).getValue() == 43, "a default parameter"); }
  { auto r = mesh.getCounterRequest(); r.setStart(10); auto promised = r.send().getCounter();
    auto forked = promised.forkRequest().send().getCounter(); auto h = promised.incrementRequest(); h.setBy(100); h.send().wait(ws);
    auto i = forked.incrementRequest(); i.setBy(5); check(i.send().wait(ws).getValue() == 15, "pipelined calls, in order"); }
  { auto r = mesh.getCounterRequest(); r.setStart(1000); auto f = r.send().getCounter().forkRequest().send().getCounter().forkRequest().send().getCounter();
    std::deque<capnp::RemotePromise<Counter::IncrementResults>> q; uint64_t sum = 1000; bool inOrder = true; int done = 0;
    for (int by = 1; by <= 120; by++) {
      if (by == 61) for (; done < 30;) { sum += ++done; inOrder &= q.front().wait(ws).getValue() == sum; q.pop_front(); }
      auto c = f.incrementRequest(); c.setBy(by); q.push_back(c.send()); }
    for (; done < 120;) { sum += ++done; inOrder &= q.front().wait(ws).getValue() == sum; q.pop_front(); }
    check(inOrder, "the order of many calls on what three calls will return"); }
  { auto sink = mesh.openSinkRequest().send().wait(ws).getSink(); auto b = kj::heapArray<kj::byte>(9000); memset(b.begin(), 7, 9000);
    for (int i = 0; i < 60; i++) { auto w = sink.writeRequest(); w.setChunk(b); w.send().wait(ws); }
    auto f = sink.finishRequest().send().wait(ws); check(f.getBytes() == 540000 && f.getChunks() == 60, "a stream"); }
  { auto o = mesh.openSinkRequest(); o.setDelayMicros(500); auto sink = o.send().wait(ws).getSink(); auto b = kj::heapArray<kj::byte>(3); memset(b.begin(), 7, 3);
    for (int i = 0; i < 40; i++) { auto w = sink.writeRequest(); w.setChunk(b); w.send().wait(ws); }
    auto f = sink.finishRequest().send().wait(ws); check(f.getBytes() == 120 && f.getChunks() == 40, "a stream to a server that takes its time"); }
  { auto sink = mesh.openSinkRequest().send().wait(ws).getSink(); auto b = kj::heapArray<kj::byte>(1000); memset(b.begin(), 7, 1000);
    for (int i = 0; i < 10000; i++) { auto w = sink.writeRequest(); w.setChunk(b); w.send().wait(ws); }
    auto f = sink.finishRequest().send().wait(ws); check(f.getBytes() == 10000000 && f.getChunks() == 10000, "a long stream"); }
  for (int kind = 0; kind < 4; kind++) {
    auto r = mesh.failRequest(); r.setReason("because"); r.setKind(kind); bool failed = false;
    r.send().then([](auto&&) {}, [&](kj::Exception&& e) { failed = (int)e.getType() == kind && strstr(e.getDescription().cStr(), "because"); }).wait(ws);
    check(failed, "a failure's kind and reason"); }
  { std::vector<std::string> ids; auto r = mesh.subscribeRequest(); r.setObserver(kj::heap<ObserverImpl>(ids)); r.setCount(5);
    check(r.send().wait(ws).getSent() == 5, "a callback's count"); check(ids.size() == 5 && ids[4] == "n4", "a callback's order"); }
  { auto r = mesh.bounceRequest(); r.setCounter(kj::heap<CounterImpl>(1000)); auto promise = r.send(); auto place = promise.getCounter();
    auto e = place.incrementRequest(); e.setBy(1); auto early = e.send(); auto returned = promise.wait(ws).getCounter();
    auto l = place.incrementRequest(); l.setBy(10); auto late = l.send();
    check(early.wait(ws).getValue() == 1001, "a call that goes round"); check(late.wait(ws).getValue() == 1011, "a call after it");
    auto d = returned.incrementRequest(); d.setBy(100); check(d.send().wait(ws).getValue() == 1111, "one's own object, back"); }
  { Counter::Client place = kj::heap<CounterImpl>(0); for (int i = 0; i < 3; i++) { auto r = mesh.bounceRequest(); r.setCounter(place); place = r.send().getCounter(); }
    std::deque<capnp::RemotePromise<Counter::IncrementResults>> q; bool inOrder = true; uint64_t done = 0;
    for (int i = 0; i < 20; i++) { if (i == 10) for (; done < 5; q.pop_front()) inOrder &= q.front().wait(ws).getValue() == ++done; q.push_back(place.incrementRequest().send()); }
    for (; done < 20; q.pop_front()) inOrder &= q.front().wait(ws).getValue() == ++done;
    check(inOrder, "an object that goes round three times"); }
  { uint32_t before = mesh.cancelledRequest().send().wait(ws).getCount(); { auto never = mesh.neverRequest().send(); mesh.cancelledRequest().send().wait(ws); }
    uint32_t after = before; for (double end = now() + 30; after == before && now() < end;) after = mesh.cancelledRequest().send().wait(ws).getCount();
    check(after == before + 1, "a cancelled call"); }
}
int main(int argc, char** argv) {
  auto io = kj::setupAsyncIo(); auto& net = io.provider->getNetwork(); auto addr = net.parseAddress(argv[2]).wait(io.waitScope);
  if (!strcmp(argv[1], "serve")) {
    auto l = addr->listen(); capnp::TwoPartyServer s(kj::heap<MeshImpl>(io.provider->getTimer()));
    printf("listening %s\n", argv[2]); fflush(stdout); s.listen(*l).wait(io.waitScope); return 0;
  }
  auto conn = addr->connect().wait(io.waitScope); capnp::TwoPartyClient c(*conn); auto mesh = c.bootstrap().castAs<Mesh>();
  if (!strcmp(argv[1], "check")) { converse(mesh, io.waitScope); printf("checks %d\n", CHECKS); return 0; }
  auto& ws = io.waitScope; int N = argc > 3 ? atoi(argv[3]) : 50000;
  auto cnt = mesh.getCounterRequest().send().wait(ws).getCounter();
  for (int i = 0; i < 2000; i++) cnt.incrementRequest().send().wait(ws);
  { std::vector<double> l; l.reserve(N); double t0 = now(); for (int i = 0; i < N; i++) { double t = now(); cnt.incrementRequest().send().wait(ws); l.push_back(now() - t); } double d = now() - t0;
    std::sort(l.begin(), l.end()); printf("seq call: mean %.2f us p50 %.2f p99 %.2f  (%.0f/s)\n", d / N * 1e6, l[N / 2] * 1e6, l[N * 99 / 100] * 1e6, N / d); }
  for (int W : {16, 64, 256}) { std::deque<kj::Promise<void>> q; double t0 = now(); for (int i = 0; i < N; i++) { if ((int)q.size() >= W) { q.front().wait(ws); q.pop_front(); } q.push_back(cnt.incrementRequest().send().ignoreResult().eagerlyEvaluate(nullptr)); }
    while (!q.empty()) { q.front().wait(ws); q.pop_front(); } double d = now() - t0; printf("window %d: %.2f us/call (%.0f/s)\n", W, d / N * 1e6, N / d); }
  { double t0 = now(); int M = N / 5; for (int i = 0; i < M; i++) { auto g = mesh.getCounterRequest().send(); auto f = g.getCounter().forkRequest().send(); f.getCounter().incrementRequest().send().wait(ws); } double d = now() - t0; printf("pipelined 3-call chain: %.2f us/chain\n", d / M * 1e6); }
  for (size_t S : {size_t(4096), size_t(65536)}) { auto sink = mesh.openSinkRequest().send().wait(ws).getSink(); kj::Array<kj::byte> b = kj::heapArray<kj::byte>(S); memset(b.begin(), 7, S); int M = 400000000 / S / 2; double t0 = now();
    for (int i = 0; i < M; i++) { auto r = sink.writeRequest(); r.setChunk(b); r.send().wait(ws); } auto f = sink.finishRequest().send().wait(ws); double d = now() - t0; printf("stream %zuB chunks: %.0f MB/s (%.2f us/chunk) bytes %llu\n", S, f.getBytes() / d / 1e6, d / M * 1e6, (unsigned long long)f.getBytes()); }
  { double t0 = now(); int M = N / 2; for (int i = 0; i < M; i++) { auto r = mesh.echoRequest(); auto m = r.initMessage(); m.setId("0123456789abcdef0123456789abcdef0123"); kj::byte z[16] = {1}; m.setFrom(kj::arrayPtr(z, 16)); m.setTo(kj::arrayPtr(z, 16)); m.setTimestamp(i); m.getPayload().setText("hello world"); auto x = r.send().wait(ws); KJ_REQUIRE(x.getMessage().getTimestamp() == i + 1); } double d = now() - t0; printf("echo AgentMessage: %.2f us/call\n", d / M * 1e6); }
}
