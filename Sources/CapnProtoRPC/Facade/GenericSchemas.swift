public import CapnProto

// What generated interfaces and structs are as arguments of generic declarations: `Box<File>`, where File is an interface,
// and results whose fields can be called before they are there.

/// An interface of a schema, with its client: generated.
public protocol CapabilitySchema: InterfaceSchema {
    associatedtype Client: CapabilityClient
}

/// A struct of a schema that leads to capabilities: generated.
public protocol PipelinedSchema: StructSchema {
    associatedtype Pipeline: ResultsPipeline
}

/// A struct of results that are not there yet.
public protocol ResultsPipeline: Sendable {
    init(_ call: PendingCall, at path: [UInt16])
}

extension Pending where Results: PipelinedSchema {
    /// The results as far as they can be called before they are there.
    public var pipeline: Results.Pipeline { Results.Pipeline(call, at: []) }
}

extension List.Reader where Element: CapabilitySchema {
    /// The capability of an element.
    public func client(at index: Int, in table: CapabilityTable) throws(CapnProtoError) -> Element.Client {
        table.client(try element(at: index))
    }
}

extension List.Builder where Element: CapabilitySchema {
    /// Writes the capability of an element; nil makes it null.
    public mutating func set(_ client: Element.Client?, at index: Int, in list: inout CapabilityList) {
        raw.setCapability(list.add(client), at: index)
    }
}

extension AnyPointerBuilder {
    /// Makes the pointer one to a capability; nil makes it null.
    public func setClient(_ client: (some CapabilityClient)?, in list: inout CapabilityList) {
        setCapability(list.add(client))
    }
}
