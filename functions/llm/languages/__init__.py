"""The languages in which a model's talk is known from a page's text, one module for each."""

from functions.llm.languages import common, english, french, german, italian, portuguese, spanish

__all__ = ["PHRASES", "common"]

PHRASES = tuple(
    language.PHRASES for language in (english, spanish, portuguese, french, german, italian)
)
