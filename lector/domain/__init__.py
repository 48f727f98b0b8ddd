"""Files and pages: their ledger, their outbox, their object keys."""
