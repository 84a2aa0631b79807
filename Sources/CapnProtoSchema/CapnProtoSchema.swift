// CapnProtoSchema
