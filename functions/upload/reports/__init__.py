"""The report about a file: what was read, how, by what, and how sure that is; signed."""
