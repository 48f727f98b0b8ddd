"""The files of a form in one temporary file: each is read as if it were alone."""

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.upload.spool import Section, Spool

CONTENTS = [os.urandom(size) for size in (7000, 0, 1, 900_000, 300_000)]


@pytest.fixture
def sections() -> Iterator[list[Section]]:
    spool = Spool()
    made = []
    for content in CONTENTS:
        section = spool.begin()
        for start in range(0, len(content), 4096):
            spool.write(section, content[start : start + 4096])
        made.append(section)
    yield made
    spool.close()


def test_each_file_is_what_was_written_into_it(sections: list[Section]) -> None:
    assert [section.read() for section in sections] == CONTENTS
    assert [section.seek(0, os.SEEK_END) for section in sections] == [len(c) for c in CONTENTS]


def test_files_are_read_at_once_without_disturbing_each_other(sections: list[Section]) -> None:
    def digest(section: Section) -> str:
        return hashlib.file_digest(io.BufferedReader(section), "sha256").hexdigest()

    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(digest, sections))
    assert found == [hashlib.sha256(content).hexdigest() for content in CONTENTS]


def test_a_file_is_read_from_any_position_and_never_beyond_its_end(sections: list[Section]) -> None:
    section, content = sections[3], CONTENTS[3]
    section.seek(-10, os.SEEK_END)
    assert (section.read(100), section.read(1)) == (content[-10:], b"")
    section.seek(5)
    section.seek(5, os.SEEK_CUR)
    assert (section.tell(), section.read(3)) == (10, content[10:13])


def test_a_thousand_files_take_one_open_file() -> None:
    before = len(os.listdir("/dev/fd"))
    spool = Spool()
    for _ in range(1000):
        spool.write(spool.begin(), bytes(1000))
    assert len(os.listdir("/dev/fd")) <= before + 1
    spool.close()
    assert len(os.listdir("/dev/fd")) <= before
