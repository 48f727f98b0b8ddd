"""Whether the text that pages carry is of use to anybody: only then it is looked for.

It is taken as a page's text, or an answer is held against it. Where a file wants neither, to look
for it would cost more than to draw the page: `text_layer` and `verify` are both never, by its own
options, its reader's or the installation's. Who wants it after all, of pages that were read, has it
looked for then.
"""

from lector.domain.states import TextLayerUse, VerifyUse


def is_wanted(text_layer: str, verify: str | None, reader: str | None, usual_verify: str) -> bool:
    """Whether a file's pages are looked through for their text.

    `text_layer` is what holds for them; `verify` and `reader` what the file says, if it does, and
    `usual_verify` what holds where no reader says anything of its own.
    """
    return text_layer != TextLayerUse.NEVER or is_verified(verify, reader, usual_verify)


def is_verified(verify: str | None, reader: str | None, usual_verify: str) -> bool:
    """Whether answers of a file's readers, or of one that takes over, are held against anything."""
    if verify is not None:
        return verify != VerifyUse.NEVER
    from lector.domain import reader_catalogue  # noqa: PLC0415 - no file is parsed at the start

    return reader_catalogue.current().verifies(reader, usual_verify)
