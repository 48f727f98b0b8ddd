"""Texts in XML (1.0, 2.2 and 2.4): any text, so that it is well-formed and means what it says."""

import re

_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\u00ad": "&#173;"}
)


def escape(text: str) -> str:
    """A text for an element or an attribute; what XML cannot hold becomes U+FFFD."""
    return _INVALID.sub("\ufffd", text).translate(_SPECIAL)
