// Consensus
