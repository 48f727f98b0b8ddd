"""What an Idempotency-Key remembers of a request outlives an upgrade."""

from functions.upload.files.options import NewFile, as_text


def test_an_announcement_reads_as_the_version_of_27_november_wrote_it() -> None:
    new = NewFile(name="a.pdf", size_bytes=5, pages="1-3")
    assert as_text(new) == (
        "NewFile(name='a.pdf', size_bytes=5, sha256=None, pages='1-3', prompt=None, model=None,"
        " language=None)"
    )
