"""How well pages are read: a generated set with known text, read by a real Lector, and measured."""
