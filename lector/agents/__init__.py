"""What agents use of a Lector, over the Model Context Protocol: `lector mcp`."""
