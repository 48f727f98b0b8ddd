"""Lector held against a real cluster, stage by stage: `make cluster-test` (docs/deploy.md)."""
