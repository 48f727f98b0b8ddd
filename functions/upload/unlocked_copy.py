r"""Writes a copy of a PDF that needs no password.

    python -m functions.upload.unlocked_copy MEMORY_BYTES CPU_S RESULT_BYTES ORIGINAL TARGET

The password comes by standard input.
"""

import sys
from pathlib import Path

import pikepdf

from functions.upload import pdf_program


def copy(original: Path, target: Path) -> None:
    """Write it, if the original needs a password; `pikepdf.PasswordError` if it is another one."""
    try:
        pikepdf.open(original).close()
    except pikepdf.PasswordError:
        with pikepdf.open(original, password=sys.stdin.buffer.read().decode()) as pdf:
            pdf_program.save(pdf, target)


if __name__ == "__main__":
    sys.exit(pdf_program.carry_out(copy))
