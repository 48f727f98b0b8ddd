"""What any function stands on: endpoint, events, database, object store, settings, failures."""
