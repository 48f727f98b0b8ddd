"""outbox: the relay, which publishes what was announced."""
