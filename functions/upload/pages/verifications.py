"""What came of holding a page's text against a second reader, as the API shows it."""

import logging
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from functions.upload.answers import Output, from_row
from lector.domain import verification
from lector.domain.verification import AnchorKind, Reason, Status

log = logging.getLogger("lector")

Box = Annotated[
    list[float],
    Meta(
        min_length=4,
        max_length=4,
        description="Left, top, right and bottom edge on the upright page, in shares of its width"
        " and height, 0 to 1, from its top left.",
    ),
]


class DifferentNumber(Output, frozen=True):
    """A number on which the two readers differ."""

    text: Annotated[str | None, Meta(description="As the text has it; null: it lacks it.")]
    other: Annotated[
        str | None, Meta(description="As the second reader has it; null: it lacks it.")
    ]
    box: Box | None
    start: Annotated[
        int | None, Meta(description="Where it stands in the text, in Unicode code points.")
    ]


class Verification(Output, frozen=True, kw_only=True):
    """A text held against what a second, independent reader sees of the page."""

    status: Annotated[
        Status,
        Meta(
            description="verified: held against a second reader, whether or not they agree."
            " not_verified: not done, `reason` says why. not_verifiable: the second reader is"
            " itself unsure of the page."
        ),
    ]
    reason: Annotated[
        Reason | None, Meta(description="Why it is not verified, or cannot be; or null.")
    ]
    anchor: Annotated[
        AnchorKind | None,
        Meta(description="The second reader; text_layer: what the page carries."),
    ]
    agreement: Annotated[
        float | None, Meta(description="The share of words that both have, 0 to 1.")
    ]
    words: Annotated[int | None, Meta(description="How many words the text has.")]
    only_in_answer: Annotated[
        int | None, Meta(description="How many words only the text has, not the second reader.")
    ]
    only_in_anchor: Annotated[
        int | None, Meta(description="How many words only the second reader has, not the text.")
    ]
    numbers: Annotated[
        list[DifferentNumber], Meta(description="Numbers that differ, the first 50.")
    ]
    anchor_confidence: Annotated[
        float | None, Meta(description="How sure the second reader is of its words, 0 to 100.")
    ]


HeldAgainst = Annotated[
    Verification | None,
    Meta(description="The text held against a second reader; null: nothing is known of it."),
]


def verification_of(stored: Mapping[str, Any] | None) -> Verification | None:
    """What is stored of a text's verification, if anything that makes sense is."""
    if stored is None:
        return None
    try:
        known = verification.Verification.from_json(stored)
    except verification.InvalidVerification as error:
        log.warning("left out of a page: %s", error)
        return None
    numbers = [
        from_row(DifferentNumber, number, box=number.box and list(number.box))
        for number in known.numbers
    ]
    return from_row(Verification, known, numbers=numbers)
