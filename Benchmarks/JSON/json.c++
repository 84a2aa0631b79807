// What json-bench measures, with libcapnp-json.
//
//     json SCHEMA MESSAGES
#include <capnp/compat/json.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema-parser.h>
#include <capnp/serialize.h>
#include <fcntl.h>
#include <kj/filesystem.h>
#include <kj/io.h>

#include <chrono>
#include <cstdio>

template <typename Body>
void report(const char* name, Body body) {
  double best = 1e9;
  for (int round = 0; round < 7; round++) {
    auto start = std::chrono::steady_clock::now();
    body();
    std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    if (time.count() < best) best = time.count();
  }
  printf("%s %.2f\n", name, best);
}

int main(int, char** arguments) {
  auto disk = kj::newDiskFilesystem();
  capnp::SchemaParser parser;
  auto file = parser.parseFromDirectory(disk->getRoot(), disk->getCurrentPath().evalNative(arguments[1]), nullptr);
  auto type = file.getNested("Root").asStruct();
  capnp::JsonCodec codec;
  codec.handleByAnnotation(type);
  kj::FdInputStream stream(kj::AutoCloseFd(open(arguments[2], O_RDONLY)));
  kj::BufferedInputStreamWrapper input(stream);
  kj::Vector<kj::Own<capnp::MallocMessageBuilder>> messages;
  while (input.tryGetReadBuffer().size() > 0) {
    capnp::InputStreamMessageReader message(input);
    auto copy = kj::heap<capnp::MallocMessageBuilder>();
    copy->setRoot(message.getRoot<capnp::DynamicStruct>(type));
    messages.add(kj::mv(copy));
  }
  auto encode = [&](capnp::MallocMessageBuilder& message) {
    auto root = message.getRoot<capnp::DynamicStruct>(type).asReader();
    return codec.encode(capnp::DynamicValue::Reader(root), capnp::Type(type));
  };
  kj::Vector<kj::String> documents;
  for (auto& message : messages) documents.add(encode(*message));
  report("encode", [&] {
    for (auto& message : messages) encode(*message);
  });
  report("decode", [&] {
    for (auto& document : documents) {
      capnp::MallocMessageBuilder message;
      codec.decode(document, message.getRoot<capnp::DynamicStruct>(type));
    }
  });
}
