"""The contract of the HTTP API, made of its types: `python -m tools.openapi FILE` writes it."""

import sys
from pathlib import Path

from functions.upload import api

if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(api.contract_document())
