"""For whoever looks after a Lector: tokens, webhooks, dead letters, objects of no file."""
