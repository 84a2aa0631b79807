// StateTree
