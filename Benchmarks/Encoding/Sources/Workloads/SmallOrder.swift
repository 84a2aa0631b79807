import BenchSchema
import CapnProto

/// A message of 160 bytes, framed.
enum SmallOrder {
    static func sum(_ root: AnyPointerReader) throws(CapnProtoError) -> UInt64 {
        let order = try root.structure(Order.self)
        var total = order.id &+ order.account &+ order.price.bitPattern &+ UInt64(order.quantity)
        total &+= UInt64(order.side.rawValue) &+ (order.urgent ? 1 : 0)
        total &+= UInt64(try order.symbol.count) &+ UInt64(try order.note.count)
        let legs = try order.legs
        for index in legs.indices { total &+= UInt64(legs[index]) }
        return total
    }

    static func build(_ message: inout MessageBuilder) {
        var order = message.initRoot(Order.self)
        order.id = 0x0123_4567_89AB_CDEF
        order.account = 42
        order.price = 101.25
        order.quantity = 700
        order.side = .sell
        order.urgent = true
        order.setSymbol("HANZO.X")
        var legs = order.initLegs(4)
        for index in 0..<4 { legs.set(UInt32(100 + index), at: index) }
        order.setNote("as agreed on the phone on Tuesday morning, good until noon")
    }
}
