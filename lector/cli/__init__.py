"""The command line, and the client of the API."""
