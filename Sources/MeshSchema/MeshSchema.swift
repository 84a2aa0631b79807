// MeshSchema
