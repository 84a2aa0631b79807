@0xc6c8b8f5d1a2e347;
# Annotations that `capnpc-swift` reads.

annotation module @0xe2a9f6b40c8d1735 (file) :Text;
# The Swift module that holds the code generated for a file; a file that imports it gets an `import` of that module.

annotation namespace @0xa4c30e8b71d95f26 (file) :Text;
# The name of a Swift enum that encloses everything generated for a file, where the module has other uses for its names.

annotation schema @0xc7e04b92d16f8a35 (file) :Void;
# The code generated for a file carries the file's nodes, so that CapnProtoDynamic can print its structs and read them.

annotation name @0xb1d77c0a5e2f4c19
    (struct, enum, enumerant, union, group, interface, field, method, param, const) :Text;
# The Swift name of a declaration, where the schema's own would clash or read badly.
