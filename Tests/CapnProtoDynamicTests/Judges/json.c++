// Writes each message of a stream as libcapnp-json does, with what `capnp convert` can't be told: only fields that aren't
// their default.
//
//     json SCHEMA TYPE < messages > json
#include <capnp/compat/json.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema-parser.h>
#include <capnp/serialize.h>
#include <kj/filesystem.h>
#include <kj/io.h>

#include <iostream>

int main(int, char** arguments) {
  auto disk = kj::newDiskFilesystem();
  auto includes = disk->getRoot().openSubdir(kj::Path({"usr", "include"}));
  capnp::SchemaParser parser;
  auto file = parser.parseFromDirectory(disk->getRoot(), disk->getCurrentPath().evalNative(arguments[1]),
                                        kj::arr<const kj::ReadableDirectory*>(includes.get()));
  auto type = file.getNested(arguments[2]).asStruct();
  capnp::JsonCodec codec;
  codec.handleByAnnotation(type);
  codec.setHasMode(capnp::HasMode::NON_DEFAULT);
  kj::FdInputStream standardInput(0);
  kj::BufferedInputStreamWrapper input(standardInput);
  while (input.tryGetReadBuffer().size() > 0) {
    capnp::InputStreamMessageReader message(input);
    auto root = message.getRoot<capnp::DynamicStruct>(type);
    std::cout << codec.encode(capnp::DynamicValue::Reader(root), capnp::Type(type)).cStr() << "\n";
  }
}
