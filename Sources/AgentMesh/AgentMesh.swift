// AgentMesh
