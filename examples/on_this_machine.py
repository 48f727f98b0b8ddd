"""Read a document on this machine: nothing runs before, nothing is left behind."""

import sys

from lector import Lector

with Lector.local(temporary=True) as lector:
    print(lector.read(sys.argv[1]).markdown)
