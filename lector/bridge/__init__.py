"""Between JetStream, PostgreSQL and the functions: the only users of NATS and LISTEN."""
