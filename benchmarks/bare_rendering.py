"""The limit for everything that renders: PyMuPDF and Pillow in a loop, and nothing else."""

import io
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pymupdf
from PIL import Image

from lector.runtime.settings import Rendering

_POINTS_PER_INCH = 72


def seconds(path: Path) -> float:
    """How long it takes to turn each page of a PDF into a JPEG, with the default settings."""
    started = time.perf_counter()
    with pymupdf.open(path) as document:
        for page in document:
            jpeg(page, Rendering.render_longest_side_px, Rendering.render_max_dpi)
    return time.perf_counter() - started


def pages_per_s_of_the_machine(path: Path, pages: int, rounds: int) -> float:
    """Pages a second when every core of this machine does nothing else."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        list(pool.map(seconds, [path] * cores))
        took = [pool.submit(_rounds, path, rounds) for _ in range(cores)]
        spans = [future.result() for future in took]
    begin, end = min(s for s, _ in spans), max(e for _, e in spans)
    return cores * rounds * pages / (end - begin)


def _rounds(path: Path, rounds: int) -> tuple[float, float]:
    started = time.monotonic()
    for _ in range(rounds):
        seconds(path)
    return started, time.monotonic()


def jpeg(page: pymupdf.Page, longest_side_px: int, max_dpi: int) -> bytes:
    """A page as a grey JPEG."""
    longest = max(page.rect.width, page.rect.height)
    zoom = min(longest_side_px / longest, max_dpi / _POINTS_PER_INCH)
    matrix = pymupdf.Matrix(zoom, zoom)
    pixmap = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)
    image = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=Rendering.render_jpeg_quality)
    return jpeg.getvalue()
