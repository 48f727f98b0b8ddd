"""The JetStream source: what every answer of a function means for the message."""
