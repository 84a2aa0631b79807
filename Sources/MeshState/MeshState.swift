// MeshState
