"""Text from outside, without what a terminal would execute or what reorders the text around it."""

import re

# All of C0 but tab and line feed, DEL and C1; the marks, embeddings, overrides and isolates with
# which a text sets the direction of what follows it (UAX 9).
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def remove_controls(text: str) -> str:
    """Without control characters but tab and line feed, and without marks of direction."""
    return _CONTROLS.sub("", text)


def escape_in_json(document: str) -> str:
    r"""A JSON document with them as \u escapes, which says the same to programs."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
