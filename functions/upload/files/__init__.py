"""Files: created, listed, uploaded, changed, deleted."""
