"""The formats of texts, and what files in them are called."""

import click

ORIGINAL = "original"
"""Beside the formats of texts: what was uploaded."""
EXTENSIONS = {
    "text": ".txt",
    "plain": ".txt",
    "markdown": ".md",
    "json": ".json",
    "chunks": ".chunks.jsonl",
    "pdf": ".searchable.pdf",
    "hocr": ".hocr",
    "alto": ".alto.xml",
}
"""Of a file, by its format."""

ONE_FILE_EACH = ("pdf", "hocr", "alto")
"""Formats in which several documents cannot follow each other."""

MADE_BY_SERVER = (*ONE_FILE_EACH, "chunks")
"""Formats of whole documents, which the server makes."""

HELP = (
    "plain: without marks of Markdown. chunks: pieces for search by meaning, a line of JSON each,"
    " with their places. pdf: the original, made searchable. hocr, alto: words with"
    " their places."
)

style = click.option(
    "--format",
    "style",
    type=click.Choice(list(EXTENSIONS)),
    default="text",
    show_default=True,
    help=HELP,
)
words = click.option(
    "--words", is_flag=True, help="With json: each word, where it stands, and what is known of it."
)


def check_words(style: str, *, words: bool) -> None:
    """Refuse --words with a format that has no place for it."""
    if words and style != "json":
        raise click.UsageError("--words goes with --format json")
