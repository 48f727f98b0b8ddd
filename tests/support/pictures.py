"""Images whose picture is known, and images that are broken in a way that is known.

Each shows the same page: a dark square near its upper left corner, and lines of text.
"""

import base64
import io
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFont, ImageOps, TiffImagePlugin

SIZE = (600, 800)
WORDS = tuple(re.findall(r"\w+", "Forty boxes of paper arrived at the harbour office on Monday"))
ORIENTATION = 0x0112
# Orientations of EXIF, and how what is upright is to be turned for each to be stored so.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@cache
def page(seed: int = 0, size: tuple[int, int] = SIZE) -> Image.Image:
    """A grey page; another seed has other words."""
    image = Image.new("L", size, 255)
    drawing, font = ImageDraw.Draw(image), ImageFont.load_default(28)
    drawing.rectangle((20, 20, 100, 100), fill=0)
    words = Random(seed)
    for line in range(12):
        text = " ".join(words.sample(WORDS, 4))
        drawing.text((60, 150 + line * 50), text, font=font, fill=0)
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """An image as a file."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def turned(kind: str, orientation: int) -> bytes:
    """A page that is stored turned, or mirrored, and says so."""
    operation, exif = STORED[orientation], Image.Exif()
    exif[ORIENTATION] = orientation
    stored = page() if operation is None else page().transpose(operation)
    return saved(stored.convert("RGB"), kind, exif=exif)


def fax(*pages: Image.Image, dpi: tuple[float, float] = (204, 98)) -> bytes:
    """A TIFF of one bit, with pixels that are no squares."""
    across, down = dpi
    size = SIZE[0], round(SIZE[1] * down / across)
    lines = [one.resize(size).convert("1") for one in pages or (page(),)]
    return saved(
        lines[0], "TIFF", save_all=True, append_images=lines[1:], compression="group4", dpi=dpi
    )


def tiff(pages: Sequence[Image.Image], **options: object) -> bytes:
    """A TIFF of several pages."""
    return saved(pages[0], "TIFF", save_all=True, append_images=list(pages[1:]), **options)


def pyramid() -> bytes:
    """A TIFF of two pages, each with a smaller copy behind it."""
    reduced = TiffImagePlugin.ImageFileDirectory_v2()
    reduced[254] = 1
    target = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(target, new=True) as writer:
        for number in (0, 1):
            page(number).save(writer, "TIFF")
            writer.newFrame()
            page(number).resize((60, 80)).save(writer, "TIFF", tiffinfo=reduced)
            writer.newFrame()
    return target.getvalue()


def deep(most: int) -> bytes:
    """A PNG of 16 bits, of which the lightest pixel has this value."""
    values = b"".join(struct.pack("<H", most if light else 0) for light in page().tobytes())
    return saved(Image.frombytes("I;16", SIZE, values), "PNG")


def on_nothing(ink: str) -> bytes:
    """A PNG whose page is transparent but for the ink."""
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    picture.paste(ink, mask=ImageOps.invert(page()))
    return saved(picture, "PNG")


def on_nothing_with_a_mark(ink: str, mark: str) -> bytes:
    """A PNG whose page is transparent but for the ink, and for a small mark in another one."""
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    picture.paste(ink, mask=ImageOps.invert(page()))
    picture.paste(mark, (2, 2, 12, 12))
    return saved(picture, "PNG")


def unfilled_alpha(kind: str) -> bytes:
    """A page in a file whose fourth channel nobody filled in: all of it is transparent."""
    picture = page().convert("RGB")
    picture.putalpha(0)
    return saved(picture, kind)


def multiplied() -> bytes:
    """A TIFF of black ink whose grey is multiplied by how opaque it is."""
    ink = ImageOps.invert(page()).tobytes()
    pairs = b"".join(bytes((0, value)) for value in ink)
    return plain_tiff([pairs], bits=(8, 8), extra={338: 1})


def planes_of_16_bits() -> bytes:
    """A TIFF in colour, each of whose channels is stored by itself."""
    deep = b"".join(struct.pack("<H", value * 257) for value in page().tobytes())
    return plain_tiff([deep] * 3, bits=(16, 16, 16), extra={262: 2, 284: 2})


def of_fractions(strange: float) -> bytes:
    """A TIFF whose pixels are fractions, and one of them is a strange one."""
    values = [value / 255 for value in page().tobytes()]
    pixels = struct.pack(f"<{len(values)}f", strange, *values[1:])
    return plain_tiff([pixels], bits=(32,), extra={339: 3})


def without_strips() -> bytes:
    """A TIFF that does not say where the lower half of its page lies."""
    row, half = SIZE[0], SIZE[1] // 2
    strips = [page().tobytes()[top * row : (top + 100) * row] for top in range(0, half, 100)]
    return plain_tiff(strips, extra={278: 100})


def plain_tiff(
    strips: Sequence[bytes], bits: Sequence[int] = (8,), extra: Mapping[int, int] | None = None
) -> bytes:
    """A TIFF as large as a page, not compressed, from the bytes of its strips."""
    file, places = bytearray(b"II*\0\0\0\0\0"), []
    for strip in strips:
        places.append(len(file))
        file += strip
    sizes = [len(strip) for strip in strips]
    tags: dict[int, Sequence[int]] = {256: [SIZE[0]], 257: [SIZE[1]], 258: bits, 259: [1]}
    tags |= {262: [1], 273: places, 277: [len(bits)], 278: [SIZE[1]], 279: sizes}
    tags |= {tag: [value] for tag, value in (extra or {}).items()}
    entries = b""
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}I", *values)
        if len(values) > 1:
            packed, place = struct.pack("<I", len(file)), packed
            file += place
        entries += struct.pack("<HHI", tag, 4, len(values)) + packed
    file[4:8] = struct.pack("<I", len(file))
    return bytes(file + struct.pack("<H", len(tags)) + entries + bytes(4))


def of_one_lightness(kind: str = "PNG", red: int = 150, mark: str | None = None) -> bytes:
    """Red on green of the same grey, or nearly so; with a mark in a corner if wanted."""
    ink, paper = (red, 0, 0), (0, 76, 1)
    greys = [Image.new("RGB", (1, 1), colour).convert("L").tobytes()[0] for colour in (ink, paper)]
    assert abs(greys[0] - greys[1]) <= abs(red - 150)
    picture = Image.new("RGB", SIZE, paper)
    picture.paste(ink, mask=page().point(lambda value: 255 * (value < 128)))
    if mark:
        picture.paste(mark, (2, 2, 12, 12))
    return saved(picture, kind)


def animated(kind: str) -> bytes:
    """An image with a second picture behind its first."""
    first, second = page().convert("RGB"), page(1).convert("RGB")
    return saved(first, kind, save_all=True, append_images=[second], duration=100)


def heic() -> bytes:
    """A HEIC image of 240 x 64 pixels with a word on it; Pillow makes none, so it is kept here."""
    return base64.b85decode(_HEIC)


def chunk(name: bytes, content: bytes) -> bytes:
    """A piece of a PNG."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def with_chunk(png: bytes, name: bytes, content: bytes) -> bytes:
    """A PNG with one more piece before its pixels."""
    at = png.index(b"IDAT") - 4
    return png[:at] + chunk(name, content) + png[at:]


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says that it is so large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    parts = chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def without(content: bytes, share: float) -> bytes:
    """A file whose end did not arrive."""
    return content[: round(len(content) * (1 - share))]


def spoilt(content: bytes, start: float, end: float) -> bytes:
    """A file with noise in place of a part."""
    first, last = round(len(content) * start), round(len(content) * end)
    return content[:first] + Random(1).randbytes(last - first) + content[last:]


def _lab() -> bytes:
    grey = page()
    colours = Image.new("L", SIZE, 128)
    return saved(Image.merge("LAB", (grey, colours, colours)), "TIFF")


#: Files that all show `page()`, by what is special about each.
READABLE: Mapping[str, Callable[[], bytes]] = {
    "JPEG in grey": lambda: saved(page(), "JPEG"),
    "JPEG in colour": lambda: saved(page().convert("RGB"), "JPEG"),
    "JPEG for print": lambda: saved(page().convert("CMYK"), "JPEG"),
    "JPEG that grows clear": lambda: saved(page(), "JPEG", progressive=True),
    "PNG in grey": lambda: saved(page(), "PNG"),
    "PNG of one bit": lambda: saved(page().convert("1"), "PNG"),
    "PNG with a palette": lambda: saved(page().convert("P"), "PNG"),
    "PNG of 16 bits": lambda: deep(65535),
    "PNG of a scanner with 12 bits": lambda: deep(4095),
    "PNG of 16 bits with a colour for nothing": lambda: with_chunk(
        deep(65535), b"tRNS", b"\x12\x34"
    ),
    "PNG on nothing": lambda: on_nothing("black"),
    "PNG with a palette on nothing": lambda: saved(
        Image.open(io.BytesIO(on_nothing("black"))).quantize(16), "PNG"
    ),
    "TIFF": lambda: saved(page(), "TIFF"),
    "TIFF with LZW": lambda: saved(page(), "TIFF", compression="tiff_lzw"),
    "TIFF with JPEG": lambda: saved(page(), "TIFF", compression="jpeg"),
    "TIFF in Lab": _lab,
    "TIFF for print": lambda: saved(page().convert("CMYK"), "TIFF"),
    "TIFF of fractions": lambda: saved(page().convert("F"), "TIFF"),
    "TIFF with a resolution of nothing": lambda: saved(page(), "TIFF", dpi=(0.0, 300.0)),
    "TIFF with an absurd resolution": lambda: saved(page(), "TIFF", dpi=(1.0, 30000.0)),
    "fax with low lines": fax,
    "WebP": lambda: saved(page().convert("RGB"), "WEBP", quality=90),
    "WebP on nothing": lambda: saved(
        Image.open(io.BytesIO(on_nothing("black"))), "WEBP", lossless=True
    ),
    "GIF": lambda: saved(page(), "GIF"),
    "BMP": lambda: saved(page().convert("RGB"), "BMP"),
    "BMP of one bit": lambda: saved(page().convert("1"), "BMP"),
}

_HEIC = (
    "0000SW^{RQXk}@500000ZE0pPXk}@5ZE0a<0003`ZDn*}000000000XXk=`10000000000aA{+70000000000000"
    "0000000B57=IV*mgE07O6l0RRC200001a{vJV0000000GMY001LtX>Mi!000000RR916=`l}WdZ;I000310BCk&F"
    "#rGn01j|zbZr0t000010002bX>f9I00026X>en20001UXm(>m0R#vD005u(000009`FGC{P_3)01pFT0096OKmiN"
    "^|NjIC00093pZEX(0{{RXx&lC90096eLID8;2mk;B0H62(00RI39>92k1(xbbDXwe?00093$N&HX00=;000968L;"
    "=Baup&SJ000wXZ)|dIV{CW;0RRmE27mwn02FC+aAg1h000000Pp|+06+i$01j|zcxeCt000390000NX>e^}00000"
    "00001009Jn0s{m900Gl&WMOmw00GA+0j>xzZGZpyheCe~w)I_vYd@R+)MKVbS0a{L3Vlm}VzNMpwY<O5R%F_fGyD"
    "%)&b84QW0o=+4nt8qn`%KtQNBll`u$V&wbhu5{7jWNgkt1y@tQ-$D<6ZBO}+%nc(4j;8RfUt&Z#4l3bX8t*kq)}>"
    ">KP@o?niY#Iu9grOfg}gm|P;5KFAzZ@*--CY$?()4i#14Z}g&$h)+!cz)B5byDXcYNF%9@C;i^T!Q<i&G{bkbOmP"
    ";1Swhs%p}HO4k8_<R{3XX$qKs~z!F%1oNjW$wYI5YiX$UZ&d<@#@r@ERh4`>xH4mkv4Nvun8T|}vYgJ-5UpCAxdy"
    "7%xy^Sr#g9KF{^}`FHO`5&Nr{`H0z|Vmnu^UQLebkoea7dI&08^z_so#xfos;qv6Q~AN=qfU`f9>b<-^B{HbE11f"
    "q(|n1BI2tc3x8vQNsH4PL}61$9Y*Rw{Q@U_$RN(k9ub8VU&tUBwNW?NTE;#Q;;hg!YrUEn^4Tu+c<sFaI+Vz6{gp"
    "uZ#VUCZR%J&WUfC&qF$v)vgiu-YNVUKj2Vw;7gL+fuIGeAz#0jYU#r-5zpfRXv?)z2$u@C"
)
