"""jetstream-sink: takes CloudEvents by HTTP and publishes them to JetStream."""
