"""Runs what its only argument says: `python -m tests.support.forked_program CODE`."""

import sys

if __name__ == "__main__":
    exec(sys.argv[1])  # noqa: S102 - a test's own words
