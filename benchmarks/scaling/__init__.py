"""What becomes of a million pages: a simulation, fed with measured figures (docs/scaling.md)."""
