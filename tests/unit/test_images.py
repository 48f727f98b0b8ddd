"""Images as documents: what becomes of each kind, and of those that are damaged or hostile."""

import io
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat, TiffImagePlugin

from functions.render import images
from functions.render.engine_messages import Inspection, RenderedImage
from lector.runtime.failures import PermanentFailure
from lector.runtime.settings import Rendering
from tests.support import pdfs, pictures

CONFIG = Rendering()
Draw = Callable[..., RenderedImage]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    def draw(content: bytes, number: int = 1, config: Rendering = CONFIG) -> RenderedImage:
        with opened(tmp_path, content) as document:
            return images.draw(document, number, config)

    return draw


@pytest.fixture
def inspect(tmp_path: Path) -> Callable[..., Inspection]:
    def inspect(content: bytes, max_pages: int = 100) -> Inspection:
        with opened(tmp_path, content) as document:
            return images.inspect(document, max_pages)

    return inspect


@contextmanager
def opened(folder: Path, content: bytes) -> Iterator[images.ImageDocument]:
    path = folder / "named.pdf"
    path.write_bytes(content)
    document = images.open_document(path)
    try:
        yield document
    finally:
        document.close()


def difference(image: RenderedImage, expected: Image.Image) -> float:
    """How much an image differs from what it should be, in shades of 256, in the mean."""
    drawn = Image.open(io.BytesIO(image.encoded))
    assert (drawn.mode, drawn.size) == ("L", (image.width_px, image.height_px))
    fitted = expected.resize(drawn.size)
    return float(ImageStat.Stat(ImageChops.difference(drawn, fitted)).mean[0])


@pytest.mark.parametrize("kind", pictures.READABLE)
def test_every_kind_of_image_is_drawn_as_it_is_seen(draw: Draw, kind: str) -> None:
    image = draw(pictures.READABLE[kind]())
    assert difference(image, pictures.page()) < 8
    assert (image.blank, image.doubts, image.layer) == (False, {}, None)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", pictures.STORED)
def test_a_photograph_stands_as_the_camera_was_held(
    draw: Draw, kind: str, orientation: int
) -> None:
    image = draw(pictures.turned(kind, orientation))
    assert (image.width_px, image.height_px) == pictures.SIZE
    assert difference(image, pictures.page()) < 8


def test_a_heic_image_is_drawn(draw: Draw, inspect: Callable[..., Inspection]) -> None:
    image = draw(pictures.heic())
    assert (image.width_px, image.height_px, image.blank) == (240, 64, False)
    assert inspect(pictures.heic()) == Inspection(1, None, "image/heic")


def test_each_page_of_a_tiff_is_drawn(draw: Draw, inspect: Callable[..., Inspection]) -> None:
    content = pictures.tiff([pictures.page(n) for n in range(3)], compression="tiff_deflate")
    assert inspect(content) == Inspection(3, None, "image/tiff")
    for number in (3, 1, 2, 2):
        assert difference(draw(content, number), pictures.page(number - 1)) < 8


def test_pages_of_one_document_are_drawn_in_any_order_and_again(tmp_path: Path) -> None:
    with opened(tmp_path, pictures.fax(*(pictures.page(n) for n in range(3)))) as document:
        for number in (2, 2, 1, 3, 3, 1):
            image = images.draw(document, number, CONFIG)
            assert difference(image, pictures.page(number - 1)) < 8


def test_pages_of_a_tiff_may_differ_in_kind_and_size(draw: Draw) -> None:
    lying = pictures.page(1).resize((900, 300))
    content = pictures.tiff([pictures.page().convert("1"), lying.convert("RGB")])
    first, second = draw(content, 1), draw(content, 2)
    assert (first.width_px, first.height_px) == pictures.SIZE
    assert (second.width_px, second.height_px) == (900, 300)


def test_smaller_copies_within_a_tiff_are_no_pages(
    draw: Draw, inspect: Callable[..., Inspection]
) -> None:
    content = pictures.pyramid()
    assert inspect(content).page_count == 2
    assert difference(draw(content, 2), pictures.page(1)) < 8


@pytest.mark.parametrize("tags", [{254: 1, 330: 8}, {50706: b"\1\4\0\0"}])
def test_of_a_raw_photograph_the_small_copy_is_not_taken_for_a_page(
    inspect: Callable[..., Inspection], tags: dict[int, object]
) -> None:
    about = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        about[tag] = value
    with pytest.raises(PermanentFailure, match="raw image") as refused:
        inspect(pictures.saved(pictures.page(), "TIFF", tiffinfo=about))
    assert refused.value.code == "unsupported_type"


def test_a_page_that_is_called_a_small_copy_is_read_if_there_is_no_other(
    draw: Draw, inspect: Callable[..., Inspection]
) -> None:
    about = TiffImagePlugin.ImageFileDirectory_v2()
    about[254] = 1
    content = pictures.saved(pictures.page(), "TIFF", tiffinfo=about)
    assert inspect(content).page_count == 1
    assert difference(draw(content), pictures.page()) < 8


def test_a_tiff_of_too_many_pages_is_refused_with_its_number(
    inspect: Callable[..., Inspection],
) -> None:
    content = pictures.tiff([pictures.page().convert("1")] * 6)
    with pytest.raises(PermanentFailure, match="has 6 pages; the limit is 5") as refused:
        inspect(content, 5)
    assert refused.value.code == "too_many_pages"


def test_a_page_that_an_image_does_not_have_is_missing(draw: Draw) -> None:
    with pytest.raises(PermanentFailure) as refused:
        draw(pictures.READABLE["PNG in grey"](), 2)
    assert refused.value.code == "page_missing"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animated_image_the_first_picture_is_read_with_a_warning(
    draw: Draw, inspect: Callable[..., Inspection], kind: str
) -> None:
    content = pictures.animated(kind)
    inspection = inspect(content)
    assert inspection.page_count == 1
    assert "only its first picture is read" in (inspection.warning or "")
    assert difference(draw(content), pictures.page()) < 8


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "CMYK", "I;16"])
def test_an_image_of_one_colour_is_blank(draw: Draw, mode: str) -> None:
    image = draw(pictures.saved(Image.new(mode, (300, 400), 0), "TIFF"))
    assert (image.blank, image.doubts) == (True, {})


def test_colours_that_are_equally_light_are_told_apart(draw: Draw) -> None:
    image = draw(pictures.of_one_lightness())
    drawn = Image.open(io.BytesIO(image.encoded))
    darkest, lightest = drawn.getextrema()
    assert not image.blank
    assert float(lightest) - float(darkest) > 60  # type: ignore[arg-type]


def test_white_letters_on_nothing_can_be_seen(draw: Draw) -> None:
    image = draw(pictures.on_nothing("white"))
    assert not image.blank
    assert difference(image, Image.eval(pictures.page(), lambda value: 255 - value)) < 8


@pytest.mark.parametrize(
    ("kind", "red", "mark"),
    [("PNG", 150, "black"), ("PNG", 165, None), ("PNG", 165, "black"), ("JPEG", 150, "black")],
)
def test_colours_that_are_nearly_as_light_as_one_another_are_told_apart(
    draw: Draw, kind: str, red: int, mark: str | None
) -> None:
    drawn = Image.open(io.BytesIO(draw(pictures.of_one_lightness(kind, red, mark)).encoded))
    darkest, lightest = drawn.crop((20, 20, 500, 700)).getextrema()
    assert float(lightest) - float(darkest) > 60  # type: ignore[arg-type]


@pytest.mark.parametrize(("ink", "mark"), [("white", "black"), ("#eeeeee", "black")])
def test_light_letters_on_nothing_can_be_seen_beside_a_dark_mark(
    draw: Draw, ink: str, mark: str
) -> None:
    image = draw(pictures.on_nothing_with_a_mark(ink, mark))
    assert difference(image, Image.eval(pictures.page(), lambda value: 255 - value)) < 12


@pytest.mark.parametrize("mark", ["white", "#777777"])
def test_dark_letters_on_nothing_stand_on_white_whatever_is_beside_them(
    draw: Draw, mark: str
) -> None:
    image = draw(pictures.on_nothing_with_a_mark("black", mark))
    assert difference(image, pictures.page()) < 8


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_an_image_all_of_which_is_transparent_is_read_as_if_it_were_not(
    draw: Draw, kind: str
) -> None:
    assert difference(draw(pictures.unfilled_alpha(kind)), pictures.page()) < 8


def test_a_sheet_of_nothing_is_blank(draw: Draw) -> None:
    sheet = Image.new("RGBA", pictures.SIZE, (0, 0, 0, 0))
    assert draw(pictures.saved(sheet, "PNG")).blank


def test_ink_that_is_multiplied_by_how_opaque_it_is_is_drawn(draw: Draw) -> None:
    assert difference(draw(pictures.multiplied()), pictures.page()) < 8


def test_a_page_of_16_bits_is_as_light_as_its_paper_though_one_pixel_is_lighter(draw: Draw) -> None:
    values = bytearray(b"".join(struct.pack("<H", v * 4) for v in pictures.page().tobytes()))
    values[:2] = b"\xff\xff"
    content = pictures.saved(Image.frombytes("I;16", pictures.SIZE, bytes(values)), "PNG")
    paper = Image.open(io.BytesIO(draw(content).encoded)).crop((480, 40, 520, 80))
    assert ImageStat.Stat(paper).mean[0] > 180


def test_each_channel_of_16_bits_may_be_stored_by_itself(draw: Draw) -> None:
    assert difference(draw(pictures.planes_of_16_bits()), pictures.page()) < 8


@pytest.mark.parametrize("strange", [float("nan"), float("inf")])
def test_pixels_that_are_no_numbers_are_a_failure_and_not_blank(draw: Draw, strange: float) -> None:
    assert draw(pictures.of_fractions(1.0)).doubts == {}
    with pytest.raises(PermanentFailure, match="no numbers"):
        draw(pictures.of_fractions(strange))


def test_a_large_photograph_is_drawn_within_the_longest_side(draw: Draw) -> None:
    large = pictures.page().resize((4800, 6400))
    image = draw(pictures.saved(large.convert("RGB"), "JPEG"))
    assert (image.width_px, image.height_px) == (1176, 1568)
    assert difference(image, pictures.page()) < 12


def test_a_small_image_is_not_drawn_larger_than_it_is(draw: Draw) -> None:
    image = draw(pictures.saved(Image.linear_gradient("L").resize((3, 2)), "PNG"))
    assert (image.width_px, image.height_px) == (3, 2)


def printed(size: tuple[int, int], font_px: int) -> bytes:
    """A JPEG full of lines of print."""
    image = Image.new("L", size, 255)
    drawing, font = ImageDraw.Draw(image), ImageFont.load_default(font_px)
    line = " ".join(pictures.WORDS) * (size[0] // (font_px * 20) + 1)
    for top in range(font_px, size[1] - font_px, round(font_px * 1.6)):
        drawing.text((font_px, top), line, font=font, fill=0)
    return pictures.saved(image, "JPEG")


def test_a_photograph_of_a_receipt_is_drawn_so_that_it_can_be_read(draw: Draw) -> None:
    image = draw(printed((900, 7500), 26))
    assert (image.width_px, image.height_px) == (900, 7500)
    assert image.doubts == {}


def test_small_print_is_drawn_larger_than_ordinary_print(draw: Draw) -> None:
    ordinary, small = draw(printed((2480, 3508), 60)), draw(printed((2480, 3508), 22))
    assert ordinary.height_px == 1568
    assert small.height_px > 2300


def test_print_that_would_need_more_pixels_than_are_allowed_is_doubted(draw: Draw) -> None:
    config = replace(CONFIG, render_max_megapixels=2)
    image = draw(printed((2480, 3508), 22), config=config)
    assert list(image.doubts) == ["drawn_too_coarsely"]
    assert "its print needs" in image.doubts["drawn_too_coarsely"]
    assert image.width_px * image.height_px <= 2_010_000


# --- damaged ----------------------------------------------------------------------------------

CUT = [
    "JPEG in grey",
    "JPEG in colour",
    "JPEG that grows clear",
    "PNG in grey",
    "PNG with a palette",
    "GIF",
    "BMP",
]


@pytest.mark.parametrize("kind", CUT)
def test_of_a_file_that_did_not_arrive_whole_what_is_there_is_drawn_with_a_doubt(
    draw: Draw, kind: str
) -> None:
    content = pictures.without(pictures.READABLE[kind](), 0.4)
    image = draw(content)
    assert list(image.doubts) == ["damaged_content"]
    assert not image.blank


@pytest.mark.parametrize(
    ("kind", "mark"),
    [("JPEG in grey", b"\xff\xda"), ("PNG in grey", b"IDAT"), ("BMP", b"BM")],
)
def test_a_file_of_which_nothing_can_be_decoded_fails_and_is_not_blank(
    draw: Draw, kind: str, mark: bytes
) -> None:
    content = pictures.READABLE[kind]()
    kept = 60 if kind == "BMP" else content.index(mark) + 10
    assert outcome(draw, content[:kept]) == "page_undecodable"


@pytest.mark.parametrize(("kind", "kept"), [("WebP", 200), ("GIF", 20), ("TIFF with LZW", 200)])
def test_an_image_that_does_not_even_open_fails_as_a_whole(
    draw: Draw, kind: str, kept: int
) -> None:
    with pytest.raises(PermanentFailure, match=r"image, but is damaged beyond repair") as refused:
        draw(pictures.READABLE[kind]()[:kept])
    assert refused.value.code == "not_a_pdf"


def test_a_jpeg_without_a_height_is_refused_in_words(tmp_path: Path) -> None:
    content = bytearray(pictures.saved(pictures.page(), "JPEG"))
    start = content.index(b"\xff\xc0")
    content[start + 5 : start + 7] = b"\0\0"
    (tmp_path / "named.pdf").write_bytes(content)
    with pytest.raises(PermanentFailure) as refused:
        images.open_document(tmp_path / "named.pdf")
    assert refused.value.detail.endswith("or of a form that is not known")


def test_of_a_jpeg_that_holds_several_pictures_the_first_is_drawn(draw: Draw) -> None:
    several = pictures.saved(
        pictures.page().convert("RGB"),
        "MPO",
        save_all=True,
        append_images=[pictures.page(1).convert("RGB")],
    )
    assert difference(draw(several), pictures.page()) < 8


def test_a_jpeg_with_noise_in_its_midst_is_doubted(draw: Draw) -> None:
    image = draw(pictures.spoilt(pictures.READABLE["JPEG in grey"](), 0.5, 0.6))
    assert list(image.doubts) == ["damaged_content"]


def test_a_tiff_that_lacks_strips_is_doubted_in_the_words_of_its_decoder(draw: Draw) -> None:
    words = draw(pictures.without_strips()).doubts["damaged_content"]
    assert "strip" in words
    assert "decoder error" not in words


def test_a_form_of_tiff_that_is_not_known_is_refused_without_the_path_of_a_copy(
    tmp_path: Path,
) -> None:
    content = pictures.plain_tiff([pictures.page().tobytes()], extra={259: 34712})
    (tmp_path / "named.pdf").write_bytes(content)
    with pytest.raises(PermanentFailure) as refused:
        images.open_document(tmp_path / "named.pdf")
    assert "of a form that is not known" in refused.value.detail
    assert str(tmp_path) not in refused.value.detail


@pytest.mark.parametrize("kind", ["PNG in grey", "TIFF with LZW", "fax with low lines"])
def test_an_image_with_noise_in_its_midst_is_doubted(draw: Draw, kind: str) -> None:
    image = draw(pictures.spoilt(pictures.READABLE[kind](), 0.5, 0.6))
    assert list(image.doubts) == ["damaged_content"]


@pytest.mark.parametrize("kind", pictures.READABLE)
def test_only_the_beginning_of_an_image_is_a_file_that_is_damaged(draw: Draw, kind: str) -> None:
    assert outcome(draw, pictures.READABLE[kind]()[:24]) in ("not_a_pdf", "page_undecodable")


# --- hostile ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(60_000, 60_000), (2_000_000_000, 2), (2**31 - 1, 2**31 - 1)])
def test_an_image_that_claims_to_be_huge_is_refused_before_anything_is_decoded(
    draw: Draw, size: tuple[int, int]
) -> None:
    assert outcome(draw, pictures.png_that_claims(*size)) in ("page_too_large", "page_undecodable")


def test_an_image_that_claims_another_size_than_it_has_is_no_success(draw: Draw) -> None:
    image_or_code = outcome(draw, pictures.png_that_claims(900, 900))
    assert image_or_code == "page_undecodable"


def outcome(draw: Draw, content: bytes) -> str | list[str]:
    try:
        return list(draw(content).doubts)
    except PermanentFailure as failure:
        return failure.code


def test_a_tiff_whose_pages_go_round_in_a_circle_ends(inspect: Callable[..., Inspection]) -> None:
    content = bytearray(pictures.tiff([pictures.page().convert("1")] * 2))
    first = struct.unpack("<I", content[4:8])[0]
    entries = struct.unpack("<H", content[first : first + 2])[0]
    behind = first + 2 + 12 * entries
    second = struct.unpack("<I", content[behind : behind + 4])[0]
    entries = struct.unpack("<H", content[second : second + 2])[0]
    behind = second + 2 + 12 * entries
    content[behind : behind + 4] = struct.pack("<I", first)
    assert inspect(bytes(content)).page_count == 2


@pytest.mark.parametrize("kind", pictures.READABLE)
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_spoilt_in_an_image_is_a_picture_or_a_failure_of_ours(
    draw: Draw, kind: str, seed: int
) -> None:
    content = pictures.READABLE[kind]()
    start = (0.001, 0.02, 0.3, 0.8)[seed]
    outcome(draw, pictures.spoilt(content, start, start + 0.02))


def test_no_other_decoder_is_tried_on_a_file(tmp_path: Path) -> None:
    for content in (pictures.saved(pictures.page(), "PPM"), pdfs.text_pdf(["some words"])):
        with pytest.raises(PermanentFailure), opened(tmp_path, content):
            pass


def test_an_image_too_large_for_the_memory_of_a_process_says_so(draw: Draw) -> None:
    small = replace(CONFIG, render_memory_bytes=1024 * 1024)
    with pytest.raises(PermanentFailure, match="pixels, too many for 1 MiB of memory") as refused:
        draw(pictures.saved(pictures.page(0).resize((3000, 3000)), "PNG"), config=small)
    assert refused.value.code == "page_too_large"


def test_the_decoders_are_not_imported_by_the_function_itself() -> None:
    program = "import sys; from functions.render import rendering; print('PIL' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
