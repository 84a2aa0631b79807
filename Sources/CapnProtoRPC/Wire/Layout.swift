import CapnProto

/// Where the fields of rpc.capnp (of Cap'n Proto 1.4.0) lie. Indices count in integers of the field's size, pointers in
/// pointers.
///
/// These are the few structs that every call touches: they are read and written in place rather than through generated
/// types.
enum Layout {
    static let messageSize = StructSize(dataWords: 1, pointerCount: 1)
    enum Tag {
        static let unimplemented: UInt16 = 0
        static let abort: UInt16 = 1
        static let call: UInt16 = 2
        static let `return`: UInt16 = 3
        static let finish: UInt16 = 4
        static let resolve: UInt16 = 5
        static let release: UInt16 = 6
        static let bootstrap: UInt16 = 8
        static let disembargo: UInt16 = 13
    }
    static let bootstrapSize = StructSize(dataWords: 1, pointerCount: 1)
    static let callSize = StructSize(dataWords: 3, pointerCount: 3)
    static let returnSize = StructSize(dataWords: 2, pointerCount: 1)
    static let finishSize = StructSize(dataWords: 1, pointerCount: 0)
    static let resolveSize = StructSize(dataWords: 1, pointerCount: 1)
    static let releaseSize = StructSize(dataWords: 1, pointerCount: 0)
    static let disembargoSize = StructSize(dataWords: 1, pointerCount: 1)
    static let targetSize = StructSize(dataWords: 1, pointerCount: 1)
    static let payloadSize = StructSize(dataWords: 0, pointerCount: 2)
    static let descriptorSize = StructSize(dataWords: 1, pointerCount: 1)
    static let promisedAnswerSize = StructSize(dataWords: 1, pointerCount: 1)
    static let operationSize = StructSize(dataWords: 1, pointerCount: 0)
    static let exceptionSize = StructSize(dataWords: 1, pointerCount: 2)
}
