"""What gives an answer a file's name (RFC 6266)."""

from collections.abc import Mapping
from urllib.parse import quote


def shown(name: str) -> Mapping[str, str]:
    """The header of an answer that a browser may show, and keeps under this name."""
    return {"Content-Disposition": f"inline; {_encoded(name)}"}


def attached(name: str) -> Mapping[str, str]:
    """The header of an answer that a browser keeps, and never shows.

    The name stands there twice: `curl -OJ` and others know only the form without an encoding, in
    which whatever is not plain is an underscore.
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"; {_encoded(name)}'}


def _encoded(name: str) -> str:
    return f"filename*=UTF-8''{quote(name, safe='')}"
