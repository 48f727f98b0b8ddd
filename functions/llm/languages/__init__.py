"""The languages in which a model's talk is known from a page's text, one module for each."""

from functions.llm.languages import (
    common,
    english,
    french,
    german,
    italian,
    others,
    portuguese,
    spanish,
)

__all__ = ["PHRASES", "common", "others"]

PHRASES = tuple(
    language.PHRASES for language in (english, spanish, portuguese, french, german, italian)
)
