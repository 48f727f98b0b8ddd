"""Short ids, as lists show them on a terminal."""

from lector.cli.file_names import is_id, shorten

LETTER = "01a222af-1852-79b6-b4ba-553da9548a5b"
NOTICE = "01a222af-1852-7f09-a1a9-1cde3fa6bc12"


def test_a_file_has_the_same_short_id_whatever_is_listed_beside_it() -> None:
    assert shorten([LETTER, NOTICE]) == ["01a222af-1852-79b6", "01a222af-1852-7f09"]
    assert shorten([NOTICE]) == ["01a222af-1852-7f09"]
    assert shorten([]) == []


def test_short_ids_are_longer_where_two_could_not_be_told_apart() -> None:
    twin = "01a222af-1852-79b6-b4c0-000000000000"
    assert shorten([LETTER, twin]) == ["01a222af-1852-79b6-b4b", "01a222af-1852-79b6-b4c"]


def test_a_whole_id_is_told_from_its_beginning() -> None:
    assert is_id(LETTER)
    assert not is_id(LETTER[:-1])
    assert not is_id("letter.pdf")
