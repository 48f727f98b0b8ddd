"""What tests stand on: the real parts, the functions in this process, a model that obeys."""
