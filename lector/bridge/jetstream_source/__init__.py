"""jetstream-source: takes events out of JetStream and POSTs them to the functions."""
