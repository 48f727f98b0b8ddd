"""Readers: who a page is for, and when one of them is taken to be away."""

#: The reader of a page that names none.
DEFAULT = "default"
#: How many different pages fail in a row, with no success between, before their reader is taken to
#: be away. One or two may be at fault themselves.
SEVERAL = 3
