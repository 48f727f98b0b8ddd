"""Languages for the embedded reader in tests, and pages drawn in them."""

import io
from collections import Counter
from pathlib import Path
from random import Random

import pymupdf
import pytest
from PIL import Image, ImageFilter

from lector.local import data_folder

ENGLISH = (
    "The ferry leaves the island at seven in the morning and comes back when it is dark. Nobody on"
    " board knew that the captain had sold his house and was going to live with her brother."
)
SPANISH = (
    "El barco sale de la isla a las siete de la mañana y no vuelve hasta que es de noche. Nadie"
    " sabía que el capitán había vendido su casa y se iba a vivir con su hermano en España."
)
FRENCH = (
    "Le bateau quitte l'île à sept heures du matin et il revient quand la nuit est tombée. Personne"
    " ne savait que le capitaine avait vendu sa maison et qu'il partait pour vivre avec son frère."
)


_FOLDER = data_folder.languages()  # before a test sets another one


def data_of(code: str) -> Path:
    """The data of a language that `make languages` has fetched; without it a test is skipped."""
    path = _FOLDER / f"{code}.traineddata"
    if not path.is_file():
        pytest.skip(f"there is no {path.name}; `make languages` fetches it")
    return path


def draw(text: str, size: float = 14, turned: int = 0, dpi: int = 150) -> Image.Image:
    """A page of A4 with a text, turned clockwise."""
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_textbox((60, 70, 535, 800), text, fontname="helv", fontsize=size)
        drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)
    return image.rotate(-turned, expand=True)


def as_scanned(image: Image.Image, seed: int = 1) -> Image.Image:
    """The page a little askew, blurred and grainy, as a scanner has it."""
    turned = image.rotate(Random(seed).uniform(-0.8, 0.8), Image.Resampling.BICUBIC, fillcolor=255)
    blurred = turned.filter(ImageFilter.GaussianBlur(0.8))
    return Image.blend(blurred, Image.effect_noise(image.size, 90), 0.25)


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def recall(expected: str, read: str) -> float:
    """How many of the words that were printed were read."""
    printed, found = Counter(expected.split()), Counter(read.split())
    return (printed & found).total() / printed.total()
