"""Pages that were read without the model that a test, a chaos run or a benchmark has for them.

Samples and most PDFs here carry their text, so that with TEXT_LAYER=auto they are read and no model
is asked: everything behind the model would be tested by nothing, and nobody would notice. So all
of them say TEXT_LAYER=never, and look afterwards whether that held. Tests about text layers say so
for each file (`text_layer`), or set the variable.
"""

from typing import Any

import psycopg

ASKING: dict[str, str] = {"TEXT_LAYER": "never"}
"""The environment of whatever has a model to be asked about every page."""

_FOUND = b"""
    SELECT pages.id::text, format('page %s of %s (%s): %s', number, name, file_id, provenance)
    FROM pages JOIN files ON files.id = file_id
    WHERE (provenance = 'mixed' OR provenance = 'text_layer' AND attempts IS NULL)
      AND coalesce(text_layer, 'never') = 'never'
      AND NOT (pages.generation > 1 AND wanted_text_layer IN ('auto', 'always'))
"""


def pages_without_model(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Pages that have the text that they carry, though nobody wanted that, also no retry; by id.

    Blank pages, those whose answer was in the cache, and those that have what they carry because no
    answer was acceptable, are none of them.
    """
    return dict(connection.execute(_FOUND).fetchall())
