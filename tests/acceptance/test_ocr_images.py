"""`lector ocr` on images: known by their content, upright, with all their pages; and on a pipe."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.acceptance.commandline import LECTOR, Up, environment, lector
from tests.support import pdfs, pictures
from tests.unit.test_originals import archive

WORD = archive("[Content_Types].xml", "word/document.xml")
WORDS = [pdfs.sentinel(n) for n in range(950, 960)]


@pytest.fixture(scope="module")
def running(lector_that_reads: Up) -> Up:
    return lector_that_reads


def scan(word: str) -> Image.Image:
    """A page with a word on it."""
    image = Image.new("L", (1200, 1600), 255)
    ImageDraw.Draw(image).text((150, 200), f"Page {word}", font=ImageFont.load_default(60), fill=0)
    return image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scans")
    turned, exif = scan(WORDS[1]).transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[pictures.ORIENTATION] = 6
    files = {
        "a.jpg": pictures.saved(scan(WORDS[0]), "JPEG"),
        "b.jpg": pictures.saved(turned, "JPEG", exif=exif),
        "c.tif": pictures.tiff(
            [scan(WORDS[2]), scan(WORDS[3]).convert("1")], compression="tiff_deflate"
        ),
        "d.pdf": pictures.saved(scan(WORDS[4]), "PNG"),
        "e": pictures.saved(scan(WORDS[5]).convert("RGB"), "WEBP"),
        "f.png": pdfs.text_pdf([f"Page {WORDS[6]}"], 24),
        "letter.docx": WORD,
        "all.zip": archive("a.txt"),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_images_in_a_folder_are_read_and_the_rest_is_counted(running: Up, folder: Path) -> None:
    done = running.ocr(folder, "--format", "json")
    texts = {name: [page["text"] for page in file["pages"]] for name, file in done.files.items()}
    assert done.code == 0
    assert "left out 2 files that Lector does not read: " in done.err
    assert "1 Word document" in done.err
    assert "1 ZIP archive" in done.err
    expected = {
        "a.jpg": [0],
        "b.jpg": [1],
        "c.tif": [2, 3],
        "d.pdf": [4],
        "e": [5],
        "f.png": [6],
    }
    assert texts == {
        name: [f"Page {WORDS[number]}" for number in numbers] for name, numbers in expected.items()
    }


def test_texts_of_images_are_written_beside_one_another(
    running: Up, folder: Path, tmp_path: Path
) -> None:
    running.ocr(folder / "a.jpg", folder / "c.tif", "-o", tmp_path)
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == ["a.txt", "c.txt"]


def test_a_file_that_was_named_and_is_not_read_fails_with_what_to_do(
    running: Up, folder: Path
) -> None:
    done = running.ocr(folder / "letter.docx", folder / "a.jpg")
    assert done.code == 1
    assert "a Word document, which Lector does not read: save it as PDF" in done.messages_about(
        "letter.docx"
    )
    assert WORDS[0] in done.out


def test_nothing_is_started_for_files_that_are_not_read(folder: Path, tmp_path: Path) -> None:
    done = lector("ocr", "--format", "json", folder / "letter.docx", data=tmp_path / "data")
    assert (done.code, done.files["letter.docx"]["status"]) == (1, "failed")
    assert "starting" not in done.err
    assert not (tmp_path / "data").exists()


def test_nothing_is_started_for_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    done = lector("ocr", tmp_path / "empty.pdf", data=tmp_path / "data")
    assert (done.code, done.out) == (1, "")
    assert "empty.pdf failed: the file is empty" in done.err
    assert not (tmp_path / "data").exists()


def test_a_folder_of_nothing_but_other_files_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_bytes(WORD)
    done = lector("ocr", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "no PDF and no image" in done.err
    assert "1 Word document" in done.err


@pytest.mark.parametrize(("words", "name"), [([], "stdin"), (["--name", "fax.tif"], "fax.tif")])
def test_standard_input_is_read(running: Up, folder: Path, words: list[str], name: str) -> None:
    command = [*LECTOR, "ocr", "-", *words]
    content = (folder / "a.jpg").read_bytes()
    done = subprocess.run(
        command, input=content, env=environment(running.data), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, done.stderr)
    assert done.stdout.decode() == f"===== {name}, page 1 of 1 =====\nPage {WORDS[0]}\n\n"


def test_nothing_on_standard_input_is_wrong_usage(running: Up) -> None:
    done = lector("ocr", "-", data=running.data)
    assert (done.code, done.out) == (2, "")
    assert "nothing came on standard input" in done.err
