// CapnProtoRPC
