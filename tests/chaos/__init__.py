"""The whole stack under noise: parts are killed, connections disturbed, the model misbehaves."""
