"""This checkout against another commit, both driven from outside: `make bench-against REF=…`."""
