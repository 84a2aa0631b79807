// CapnProtoCodegen
