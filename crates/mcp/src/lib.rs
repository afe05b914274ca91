//! What policy needs of an MCP message, bounded.
