"""What is asked of a language: how models refuse in it, speak of images, and take their leave.

All are patterns for folded sentences (`words.fold`), from the beginning of a sentence. Where a
letter or a book could say the same, one asks for what a model was given: an image, a page, a text.
"""

from dataclasses import dataclass

UP_TO_FIVE_WORDS = r"(?:[^\w.!?]+\w+){0,5}?[^\w.!?]+"
AFTER_SORRY = (
    r"(?:[ ,.;:!—–-]+(?:but |however,? |pero |sin embargo,? |mas |porem,? |mais |cependant,? "
    r"|aber |jedoch |ma |tuttavia,? )?)"
)


@dataclass(frozen=True)
class Phrases:
    """Those of one language.

    `sorry` is an apology; `generic` refuses without saying what; `refusals` name what a model was
    given; `claims` are about the image. `empty` says plainly, as all of a sentence, that there is
    no text, and `hedges` take from it that it is plain. `description` begins to say what an image
    shows. `courtesy` begins an offer of more help;
    `speaking` are words with which people speak to each other, which a table or a bill has not.
    """

    sorry: str
    generic: str
    refusals: tuple[str, ...]
    claims: tuple[str, ...]
    empty: str
    hedges: str
    description: str
    courtesy: str
    speaking: str
