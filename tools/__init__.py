"""Generators of what follows from code and contracts: manifests, catalogue, configuration page."""
