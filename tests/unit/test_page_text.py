"""The text that a PDF page carries is what a person reads there, or it is not trusted."""

import re
import string
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import pymupdf
import pytest

from functions.render import page_text
from functions.render.page_content import PageContent
from lector.domain import text_layers
from lector.domain.states import LayerVerdict
from lector.domain.text_layers import TextLayer
from tests.support import layered_pages as pages
from tests.support.layered_pages import LEFT, PROSE, RIGHT, page, write

pytestmark = pytest.mark.unit

LATIN = string.ascii_lowercase
RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"
EN = PROSE["en"]


@dataclass(frozen=True)
class Judged:
    verdict: str
    reason: str | None
    layer: TextLayer
    print_pt: float | None

    @property
    def text(self) -> str:
        return self.layer.text

    @property
    def words(self) -> list[str]:
        return [word[0] for word in self.layer.words]


def judge(found_on: pymupdf.Page) -> Judged:
    found = page_text.find(PageContent(found_on))
    assert found is not None
    layer = text_layers.decode(found.layer.encoded)
    assert_words_are_the_text(layer)
    assert len(found.layer.encoded) < text_layers.MOST_BYTES
    return Judged(found.layer.verdict, found.layer.reason, layer, found.print_pt)


def assert_words_are_the_text(layer: TextLayer) -> None:
    text = re.sub(r"^#{1,3} |^\|( --- \|)+$", "", layer.text, flags=re.MULTILINE)
    rows = [
        re.sub(r"(?<!\\)\|", " ", row).replace("\\|", "|") if row.startswith("| ") else row
        for row in text.split("\n")
    ]
    assert "".join("".join(rows).split()) == "".join(word[0] for word in layer.words)


def assert_in_order(text: str, parts: Sequence[str]) -> None:
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


# --- What is trusted --------------------------------------------------------------------------


@pytest.mark.parametrize("font", ["helv", "tiro"])
@pytest.mark.parametrize("language", PROSE)
def test_prose_is_trusted_and_every_word_of_it_is_there(language: str, font: str) -> None:
    judged = judge(pages.prose_page(language, font=font))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert judged.text.split() == PROSE[language].split() * 2
    assert judged.words == PROSE[language].split() * 2
    assert judged.reason is None


@pytest.mark.parametrize(
    "text", [pages.CYRILLIC, pages.GREEK, pages.HEBREW], ids=["Cyrillic", "Greek", "Hebrew"]
)
def test_other_scripts_are_trusted(text: str) -> None:
    judged = judge(pages.named_wrongly(text))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason


@pytest.mark.parametrize(
    ("font", "lines", "joint"),
    [
        (
            "japan",
            ["港の渡し船は夜明けに北の桟橋を離れ", "夕方の潮とともに戻ってくる。村の誰も"],
            "",
        ),
        ("china-s", ["渡船在黎明时分离开北边的码头傍晚", "随着潮水回来。村里没有人记得是谁种"], ""),
        ("china-t", ["渡船在黎明時分離開北邊的碼頭傍晚", "隨著潮水回來。村裡沒有人記得是誰種"], ""),
        ("korea", ["나룻배는 새벽에 북쪽 부두를 떠나", "저녁 밀물과 함께 돌아온다고 한다"], " "),
    ],
)
def test_east_asian_lines_are_joined_as_their_script_is(
    font: str, lines: list[str], joint: str
) -> None:
    judged = judge(page(lambda p: write(p, lines, fontname=font, size=14)))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert judged.text == joint.join(lines)


@pytest.mark.parametrize("unit", [0.001, 0.01, 1])
def test_fonts_whose_letters_are_drawings_are_trusted(unit: float) -> None:
    text = EN.lower().replace(".", "").replace(",", "")
    judged = judge(page(lambda p: pages.type_3(p, pages.wrap(text, 250), unit)))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert judged.text == text
    assert judged.print_pt == pytest.approx(11, rel=0.1)


def test_a_page_without_text_carries_none() -> None:
    assert page_text.find(PageContent(page(lambda p: p.draw_rect((10, 10, 90, 90))))) is None


def test_a_page_with_hardly_any_text_is_refused() -> None:
    judged = judge(page(lambda p: write(p, ["Page 7"])))
    assert (judged.verdict, judged.text) == (LayerVerdict.REFUSED, "Page 7")
    assert judged.reason == "it has only 5 characters"


@pytest.mark.parametrize("size", [5.5, 8.0, 11.0, 18.0])
def test_the_size_of_the_print_is_told(size: float) -> None:
    assert judge(pages.prose_page("en", size)).print_pt == pytest.approx(size)


def test_the_smallest_print_counts_if_enough_characters_have_it() -> None:
    def draw(found: pymupdf.Page, small: str) -> None:
        write(found, pages.wrap(EN, 480))
        write(found, [small], y=500, size=6)

    assert judge(page(lambda p: draw(p, EN[:60]))).print_pt == 6
    assert judge(page(lambda p: draw(p, "1"))).print_pt == 11


# --- Ciphers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", range(1, 26))
def test_shifted_letters_are_refused(by: int) -> None:
    assert judge(pages.named_wrongly(pages.shifted(EN, by))).verdict == LayerVerdict.REFUSED


@pytest.mark.parametrize("language", PROSE)
def test_exchanged_letters_are_refused_in_any_language(language: str) -> None:
    text = pages.shuffled(PROSE[language], seed=len(PROSE[language]))
    assert judge(pages.named_wrongly(text)).verdict == LayerVerdict.REFUSED


@pytest.mark.parametrize("language", PROSE)
def test_backward_words_are_refused_in_any_language(language: str) -> None:
    judged = judge(pages.named_wrongly(pages.backwards(PROSE[language])))
    assert judged.verdict == LayerVerdict.REFUSED
    assert judged.reason == "its words stand backwards"


@pytest.mark.parametrize(
    ("text", "alphabet"),
    [(pages.CYRILLIC, RUSSIAN), (pages.GREEK, GREEK), (pages.HEBREW, HEBREW)],
    ids=["Cyrillic", "Greek", "Hebrew"],
)
@pytest.mark.parametrize("seed", range(4))
def test_ciphers_are_refused_in_other_scripts(text: str, alphabet: str, seed: int) -> None:
    for cipher in (
        pages.shifted(text, 3 + seed, alphabet),
        pages.shuffled(text, seed, alphabet),
        pages.backwards(text),
    ):
        assert judge(pages.named_wrongly(cipher)).verdict == LayerVerdict.REFUSED


def test_a_cipher_beside_a_true_font_is_refused() -> None:
    text = pages.shifted(EN, 7)[:160]
    judged = judge(pages.named_wrongly(text, beside=pages.wrap(EN + " " + PROSE["de"], 480)))
    assert judged.verdict == LayerVerdict.REFUSED


def test_codes_in_a_font_of_their_own_are_no_cipher() -> None:
    codes = "YYMMDDhhmm YYYYMMDDhhmmss LAST pkix TRUE rdnSequence FALSE asn sZ tbsCertificate mm hh"
    judged = judge(pages.named_wrongly(codes, beside=pages.wrap(EN + " " + PROSE["de"], 480)))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason


def test_letters_that_are_named_symbols_are_refused() -> None:
    text = EN.translate({ord(c): ord("!") + n % 14 for n, c in enumerate(string.ascii_letters)})
    assert judge(pages.named_wrongly(text)).verdict == LayerVerdict.REFUSED


def test_characters_of_private_use_are_refused() -> None:
    text = EN.translate({ord(c): 0xE000 + ord(c) for c in string.ascii_letters})
    judged = judge(pages.named_wrongly(text))
    assert judged.verdict == LayerVerdict.REFUSED
    assert judged.reason is not None
    assert "not known" in judged.reason


def test_bullets_of_a_symbol_font_are_bullets() -> None:
    text = " ".join(f"\uf0b7 {word}" for word in EN.split()[:40])
    judged = judge(pages.named_wrongly(text))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert "• ferry" in judged.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" ".join(["nrthrn", "pr", "dwn", "cms", "bck", "wth", "vnng"] * 4), "no vowel"),
        (" ".join("helloworld" * 6), "single letters"),
        ("ThereIsNoSpaceBetweenTheWordsOfThisLine " * 5, "without spaces"),
        ("ƀƁƂƃƄƅƆƇ ƈƉƊƋ " * 10, "hardly any language"),
        ("paper папер χαρτί ነገርቲ გვერდი " * 4, "fourth script"),
    ],
)
def test_what_no_language_looks_like_is_refused_with_its_reason(text: str, reason: str) -> None:
    judged = judge(pages.named_wrongly(text))
    assert judged.verdict == LayerVerdict.REFUSED
    assert judged.reason is not None
    assert reason in judged.reason


def test_part_numbers_names_and_code_are_no_cipher() -> None:
    lines = [
        "int blowfish_set_key(struct blowfish_ctx *ctx, size_t length);",
        "PBKDF2-HMAC-SHA256, GCM-AES128, XTS-AES, PKCS#1",
        "Szczepan Brzęczyszczykiewicz, Łękołody",
        "Nguyen Van Thanh, Xuan Quynh, Tchaikovsky, Schwarzschild",
        "Order 4711-AX9, 3 pcs, EUR 12.50, VAT 19 %",
    ]
    judged = judge(pages.named_wrongly(" ".join(lines)))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason


# --- What nobody can see ----------------------------------------------------------------------


def over_a_picture(p: pymupdf.Page) -> None:
    write(p, pages.wrap(EN, 480))
    p.insert_image((50, 50, 545, 140), stream=pages.photograph())


def under_a_rectangle(p: pymupdf.Page) -> None:
    write(p, pages.wrap(EN, 480))
    p.draw_rect((50, 50, 545, 140), color=(1, 1, 1), fill=(1, 1, 1))


def clipped_away(p: pymupdf.Page) -> None:
    write(p, pages.wrap(EN, 480))
    xref, stream = p.get_contents()[0], p.read_contents()
    p.parent.update_stream(xref, b"q 0 0 10 10 re W n\n" + stream + b"\nQ")
    p.set_contents(xref)


def test_text_that_is_clipped_away_is_not_there() -> None:
    assert page_text.find(PageContent(page(clipped_away))) is None


def outside_the_page(p: pymupdf.Page) -> None:
    write(p, pages.wrap(EN, 480), x=700)
    write(p, ["A line that can be seen on the page"], y=400)


def outside_the_crop_box(p: pymupdf.Page) -> None:
    write(p, pages.wrap(EN, 480), y=600)
    write(p, ["A line that can be seen on the page"])
    p.set_cropbox(pymupdf.Rect(0, 0, 595, 400))


HIDDEN = {
    "render mode 3": lambda p: write(p, pages.wrap(EN, 480), render_mode=3),
    "opacity 0": lambda p: write(p, pages.wrap(EN, 480), fill_opacity=0, stroke_opacity=0),
    "white on white": lambda p: write(p, pages.wrap(EN, 480), color=(1, 1, 1)),
    "nearly white": lambda p: write(p, pages.wrap(EN, 480), color=(0.99, 0.99, 0.99)),
    "one point in size": lambda p: write(p, pages.wrap(EN, 480), size=1),
    "under a picture": over_a_picture,
    "under a rectangle": under_a_rectangle,
    "outside the page": outside_the_page,
    "outside the crop box": outside_the_crop_box,
}


@pytest.mark.parametrize("way", HIDDEN)
def test_a_page_of_text_that_nobody_sees_is_refused(way: str) -> None:
    judged = judge(page(HIDDEN[way]))
    assert judged.verdict == LayerVerdict.REFUSED
    assert judged.reason is not None
    assert re.search("cannot be seen|outside the page", judged.reason)


def test_a_page_with_nothing_but_text_beside_it_carries_none() -> None:
    assert page_text.find(PageContent(page(lambda p: write(p, pages.wrap(EN, 480), x=700)))) is None


@pytest.mark.parametrize("way", [w for w in HIDDEN if "outside" not in w])
def test_a_few_hidden_words_are_left_out_of_what_is_trusted(way: str) -> None:
    def draw(p: pymupdf.Page) -> None:
        y = write(p, pages.wrap(PROSE["de"] + " " + PROSE["nl"], 480), y=300)
        write(p, pages.wrap(PROSE["fr"], 480), y=y + 30)
        if way in ("under a picture", "under a rectangle"):
            write(p, ["unseen words"], y=100)
            if way == "under a picture":
                box = (50, 85, 140, 106)
                p.insert_image(box, stream=pages.photograph(), keep_proportion=False)
            else:
                p.draw_rect((50, 85, 140, 106), color=(1, 1, 1), fill=(1, 1, 1))
        else:
            how = {
                "render mode 3": {"render_mode": 3},
                "opacity 0": {"fill_opacity": 0, "stroke_opacity": 0},
                "white on white": {"color": (1, 1, 1)},
                "nearly white": {"color": (0.99, 0.99, 0.99)},
                "one point in size": {"size": 1},
            }[way]
            write(p, ["unseen words"], y=100, **how)  # type: ignore[arg-type]

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert "unseen" not in judged.text
    assert judged.text.split()[:5] == PROSE["de"].split()[:5]


def test_white_on_a_dark_ground_is_seen() -> None:
    def draw(p: pymupdf.Page) -> None:
        p.draw_rect((40, 40, 560, 200), fill=(0.1, 0.2, 0.4))
        write(p, pages.wrap(EN, 480), color=(1, 1, 1))

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason


def test_coloured_text_and_highlighted_text_are_seen() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480), color=(0.8, 0.7, 0))
        p.draw_rect((50, 50, 545, 140), color=None, fill=(1, 1, 0), fill_opacity=0.4)

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason


def test_a_layer_that_is_switched_off_is_not_there() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        write(p, ["switched off"], y=400, oc=p.parent.add_ocg("off", on=False))

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert "switched" not in judged.text


def test_text_that_replaces_covered_text_stands_alone() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480), y=200)
        write(p, ["Price: 1000 pounds"], y=100)
        p.draw_rect((50, 85, 300, 106), color=(1, 1, 1), fill=(1, 1, 1))
        write(p, ["Price: 9 shillings"], y=100)

    judged = judge(page(draw))
    assert "9 shillings" in judged.text
    assert "pounds" not in judged.text


def test_two_texts_at_one_place_are_refused() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        write(p, pages.wrap(PROSE["de"], 480), y=73)

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.REFUSED
    assert judged.reason is not None
    assert "upon others" in judged.reason


def test_a_stamp_across_the_text_does_not_make_it_refused() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN + PROSE["de"], 480))
        p.insert_text((150, 130), "COPY", fontsize=40, color=(0.8, 0.2, 0.2))

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert "COPY" in judged.words


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.8])
def test_text_drawn_twice_stands_once(shift: float) -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        write(p, pages.wrap(EN, 480), x=LEFT + shift, y=72 + shift)

    assert judge(page(draw)).text.split() == EN.split()


# --- Pictures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("top", [300, 100, 240])
def test_a_scan_with_text_over_it_is_refused(top: float) -> None:
    def draw(p: pymupdf.Page) -> None:
        p.insert_image((0, top, 595, 842), stream=pages.photograph(), keep_proportion=False)
        write(p, pages.wrap(EN, 480))

    judged = judge(page(draw))
    expected = LayerVerdict.REFUSED if top < 300 else LayerVerdict.MIXED
    expected = LayerVerdict.REFUSED if (842 - top) / 842 >= 0.6 else expected
    assert judged.verdict == expected


@pytest.mark.parametrize("seed", range(6))
def test_a_page_with_large_pictures_is_mixed_and_says_where_they_belong(seed: int) -> None:
    lines = pages.wrap(EN, 480)
    box = pymupdf.Rect(LEFT, 200, LEFT + 300 + 20 * seed, 420)

    def draw(p: pymupdf.Page) -> None:
        write(p, lines)
        p.insert_image(box, stream=pages.photograph(seed), keep_proportion=False)
        write(p, pages.wrap(PROSE["fr"], 480), y=450)

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.MIXED
    (picture,) = judged.layer.pictures
    assert (picture.left * 595, picture.top * 842) == pytest.approx((box.x0, box.y0), abs=1)
    assert (picture.right * 595, picture.bottom * 842) == pytest.approx((box.x1, box.y1), abs=1)
    assert judged.text[: picture.offset].split() == EN.split()
    assert judged.text[picture.offset :].split() == PROSE["fr"].split()


def test_a_picture_below_or_above_all_text_belongs_to_its_end_or_beginning() -> None:
    def draw(p: pymupdf.Page, top: float) -> None:
        write(p, pages.wrap(EN, 480), y=400)
        p.insert_image((56, top, 500, top + 200), stream=pages.photograph(), keep_proportion=False)

    above, below = judge(page(lambda p: draw(p, 100))), judge(page(lambda p: draw(p, 600)))
    assert [picture.offset for picture in above.layer.pictures] == [0]
    assert [picture.offset for picture in below.layer.pictures] == [len(below.text)]


def test_small_pictures_and_plain_surfaces_do_not_make_a_page_mixed() -> None:
    def draw(p: pymupdf.Page) -> None:
        p.insert_image((0, 0, 595, 842), stream=pages.surface(), keep_proportion=False)
        p.insert_image((480, 20, 540, 60), stream=pages.photograph())
        write(p, pages.wrap(EN, 480))

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert judged.layer.pictures == []


def test_strips_of_one_scan_are_one_picture() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for n in range(20):
            box = (56, 200 + 10 * n, 500, 210 + 10 * n)
            p.insert_image(box, stream=pages.photograph(n), keep_proportion=False)

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.MIXED
    assert len(judged.layer.pictures) == 1


def test_strips_that_make_a_whole_page_are_a_scan() -> None:
    def draw(p: pymupdf.Page) -> None:
        for n in range(20):
            box = (0, 42 * n, 595, 42 * n + 42)
            p.insert_image(box, stream=pages.photograph(n), keep_proportion=False)
        write(p, pages.wrap(EN, 480))

    assert judge(page(draw)).verdict == LayerVerdict.REFUSED


def test_many_pictures_are_sixteen_at_most() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for n in range(30):
            x, y = 56 + 100 * (n % 5), 200 + 100 * (n // 5)
            box = (x, y, x + 80, y + 80)
            p.insert_image(box, stream=pages.photograph(n), keep_proportion=False)

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.MIXED
    assert len(judged.layer.pictures) == 16


@pytest.mark.parametrize("count", [80, 200, 600])
def test_writing_that_is_drawn_as_shapes_is_not_passed_over(count: int) -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for box in pages.outlines(count):
            p.draw_oval(box, color=None, fill=(0, 0, 0))

    judged = judge(page(draw))
    assert judged.verdict in (LayerVerdict.MIXED, LayerVerdict.REFUSED)
    assert judged.verdict == LayerVerdict.REFUSED or judged.layer.pictures


@pytest.mark.parametrize("count", [3, 12, 25])
def test_lines_that_are_drawn_as_one_shape_are_not_passed_over(count: int) -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        pages.lines_of_outlines(p, count)

    judged = judge(page(draw))
    assert judged.verdict in (LayerVerdict.MIXED, LayerVerdict.REFUSED)
    if judged.verdict == LayerVerdict.MIXED:
        assert judged.layer.pictures[0].top < 300 / 842 < judged.layer.pictures[0].bottom


def test_bars_curves_and_rules_are_no_writing() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for n in range(30):
            p.draw_rect((56, 300 + 12 * n, 100 + 12 * n, 309 + 12 * n), color=None, fill=(0, 0, 1))
            p.draw_line((56, 300 + 12 * n), (500, 310 + 12 * n))
            p.draw_oval((400, 300 + 12 * n, 500, 311 + 12 * n), color=None, fill=(1, 0, 0))

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason


def test_the_points_of_a_chart_are_no_writing() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for n in range(200):
            p.draw_circle((60 + 2 * n, 400 + (n * 37) % 100), 2, color=None, fill=(0, 0, 1))

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason


# --- Forms and notes --------------------------------------------------------------------------


def test_what_is_filled_in_and_noted_on_the_page_is_read() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, [*pages.wrap(EN, 480), "", "Name:"])
        field = pymupdf.Widget()
        field.rect = pymupdf.Rect(100, 150, 300, 170)
        field.field_type = pymupdf.PDF_WIDGET_TYPE_TEXT  # type: ignore[attr-defined]
        field.field_name, field.field_value = "name", "Josephine Finch"
        p.add_widget(field)
        p.add_freetext_annot(pymupdf.Rect(56, 300, 300, 320), "Please call back")
        p.add_stamp_annot(pymupdf.Rect(300, 600, 500, 660), 0)

    judged = judge(page(draw))
    assert {"Josephine", "Finch", "call", "back", "APPROVED"} <= set(judged.words)


def test_a_form_is_read_field_by_field() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for n, name in enumerate(("Agreed:", "Quay:", "Day:")):
            write(p, [name], y=200 + 40 * n)
            field = pymupdf.Widget()
            field.rect = pymupdf.Rect(120, 185 + 40 * n, 300, 205 + 40 * n)
            field.field_name = name
            if n == 0:
                field.rect = pymupdf.Rect(120, 187, 135, 202)
                field.field_type = pymupdf.PDF_WIDGET_TYPE_CHECKBOX  # type: ignore[attr-defined]
                field.field_value = True
            else:
                field.field_type = pymupdf.PDF_WIDGET_TYPE_TEXT  # type: ignore[attr-defined]
                field.field_value, field.text_fontsize = ("", "Mason Pier", "3 May")[n], 11
            p.add_widget(field)

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.TRUSTED, judged.reason
    assert_in_order(judged.text, ["Agreed: ✓", "Quay: Mason Pier", "Day: 3 May"])


# --- Reading order ----------------------------------------------------------------------------


def paragraph(language: str, width: float) -> list[str]:
    return pages.wrap(PROSE[language], width, 10)


def columns_page(count: int, order: Sequence[int], shift: float) -> pymupdf.Page:
    """Columns under a heading across them, drawn in any order; shifted: lines do not align."""
    width = (RIGHT - LEFT - 18 * (count - 1)) / count

    def draw(p: pymupdf.Page) -> None:
        write(p, ["A heading that goes across all of the columns of this page"], size=16)
        for n in order:
            language = list(PROSE)[n]
            x = LEFT + n * (width + 18)
            write(p, paragraph(language, width), x=x, y=120 + n * shift, size=10)

    return page(draw)


@pytest.mark.parametrize("shift", [0.0, 4.0, 9.0])
@pytest.mark.parametrize(
    ("count", "order"), [(2, [0, 1]), (2, [1, 0]), (3, [0, 1, 2]), (3, [2, 0, 1])]
)
def test_columns_are_read_one_after_the_other(count: int, order: list[int], shift: float) -> None:
    judged = judge(columns_page(count, order, shift))
    expected = [PROSE[language] for language in list(PROSE)[:count]]
    assert judged.text.split("\n\n", 1)[1].split() == " ".join(expected).split()
    assert judged.text.startswith("# A heading") or judged.text.startswith("## A heading")


def test_columns_drawn_line_by_line_across_are_still_columns() -> None:
    left, right = paragraph("en", 230), paragraph("de", 230)

    def draw(p: pymupdf.Page) -> None:
        for n in range(max(len(left), len(right))):
            for x, lines in ((LEFT, left), (310, right)):
                if n < len(lines):
                    write(p, [lines[n]], x=x, y=100 + 14 * n, size=10)

    assert judge(page(draw)).text.split() == (EN + " " + PROSE["de"]).split()


def test_a_line_across_the_columns_divides_them() -> None:
    def draw(p: pymupdf.Page) -> None:
        for n, language in enumerate(("en", "de", "fr", "es")):
            write(p, paragraph(language, 230), x=(LEFT, 310)[n % 2], y=(100, 420)[n // 2], size=10)
        write(p, pages.wrap(PROSE["nl"], 483, 10)[:2], y=330, size=10)

    starts = [PROSE[language][:20] for language in ("en", "de", "nl", "fr", "es")]
    assert_in_order(judge(page(draw)).text, starts)


def test_header_and_footer_stand_first_and_last() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, ["Page 12 of 40"], x=470, y=810, size=8)
        for n, language in enumerate(("en", "de")):
            write(p, paragraph(language, 230), x=(LEFT, 310)[n], y=100, size=10)
        write(p, ["Harbour Board"], y=40, size=8)
        write(p, ["Annual report"], x=480, y=40, size=8)

    judged = judge(page(draw))
    assert judged.text.startswith("Harbour Board Annual report")
    assert judged.text.endswith("Page 12 of 40")


@pytest.mark.parametrize("x", [LEFT, 470])
def test_notes_in_the_margin_do_not_interrupt_the_text(x: float) -> None:
    def draw(p: pymupdf.Page) -> None:
        at = 180 if x == LEFT else LEFT
        write(p, paragraph("en", 350), x=at, y=100, size=10)
        write(p, ["See the ledger", "of that year,", "and the map."], x=x, y=117, size=7)

    text = judge(page(draw)).text
    assert EN in text
    assert "See the ledger of that year, and the map." in " ".join(text.split())


def test_names_with_their_figures_are_read_row_by_row() -> None:
    rows = [("Alder Quay", "34"), ("Mason Pier", "28"), ("Old Basin", "45"), ("Tower", "23")]

    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        write(p, [name for name, _ in rows], y=200)
        write(p, [figure for _, figure in rows], x=300, y=200)

    assert "Alder Quay 34\nMason Pier 28\nOld Basin 45\nTower 23" in judge(page(draw)).text


def test_an_index_is_read_column_by_column_and_keeps_its_lines() -> None:
    words = [
        "adder",
        "anchor",
        "apple",
        "ash",
        "badger",
        "barge",
        "basin",
        "beech",
        "bell",
        "boat",
        "bridge",
        "brook",
    ]
    columns = [[f"{word}, {7 * n}" for word in words[4 * n : 4 * n + 4]] for n in range(3)]

    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for n, lines in enumerate(columns):
            write(p, lines, x=LEFT + 160 * n, y=250, size=9)

    index = "\n\n".join("\n".join(lines) for lines in columns)
    assert judge(page(draw)).text == f"{EN}\n\n{index}"


def test_columns_of_single_characters_are_read_downwards() -> None:
    lines = ["港の渡し船は夜明けに", "北の桟橋を離れ夕方の", "潮とともに戻ってくる"]

    def draw(p: pymupdf.Page) -> None:
        for n, line in enumerate(lines):
            for m, char in enumerate(line):
                p.insert_text((500 - 30 * n, 100 + 20 * m), char, fontname="japan", fontsize=16)

    assert judge(page(draw)).text == "".join(lines)


def test_contents_are_read_row_by_row() -> None:
    titles = ["How the harbour was built", "Who paid for the stones of it", "What became of it all"]

    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        write(p, titles, y=200)
        write(p, ["7", "19", "112"], x=500, y=200)

    text = judge(page(draw)).text
    assert_in_order(text, ["harbour was built 7", "stones of it 19", "became of it all 112"])


def test_a_field_and_what_is_written_in_it_stand_on_one_line() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        for n, (name, value) in enumerate(
            [("Name:", "Josephine Finch"), ("Born:", "3 March 1975"), ("Street:", "14 Tanner Row")]
        ):
            write(p, [name], y=200 + 18 * n)
            write(p, [value], x=200, y=200 + 18 * n)

    text = judge(page(draw)).text
    assert_in_order(text, ["Name: Josephine Finch", "Born: 3 March 1975", "Street: 14 Tanner Row"])


# --- Turned pages -----------------------------------------------------------------------------


@pytest.mark.parametrize("crop", [None, (20, 30, 575, 700)])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_stand_where_the_displayed_page_shows_them(
    rotation: int, crop: tuple[int, ...] | None
) -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480), y=100)
        write(p, pages.wrap(PROSE["de"], 480), y=300)
        if crop:
            p.set_cropbox(pymupdf.Rect(crop))
        p.set_rotation(rotation)

    found = page(draw)
    judged = judge(found)
    assert judged.text.split() == (EN + " " + PROSE["de"]).split()
    pixmap = found.get_pixmap(matrix=pymupdf.Matrix(2, 2), colorspace=pymupdf.csGRAY)
    for word, left, top, right, bottom in judged.layer.words:
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
        dark = any(
            pixmap.pixel(x, y)[0] < 128
            for x in range(int(left * pixmap.width), int(right * pixmap.width))
            for y in range(int(top * pixmap.height), int(bottom * pixmap.height))
        )
        assert dark, word


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_text_that_lies_on_its_side_is_read_in_order(degrees: int) -> None:
    lines = pages.wrap(EN, 480)

    def draw(p: pymupdf.Page) -> None:
        for n, line in enumerate(lines):
            step = 60 + 15 * n
            place = {90: (step, 700), 180: (550, 800 - step), 270: (500 - step, 60)}[degrees]
            p.insert_text(place, line, fontsize=11, rotate=degrees)

    assert judge(page(draw)).text.split() == EN.split()


def test_a_stamp_on_its_side_does_not_interrupt_the_text() -> None:
    def draw(p: pymupdf.Page) -> None:
        p.insert_text((30, 500), "Received 4 May 1998", fontsize=14, rotate=90)
        write(p, pages.wrap(EN, 480))

    judged = judge(page(draw))
    assert EN in judged.text
    assert judged.text.endswith("Received 4 May 1998")


# --- Markdown ---------------------------------------------------------------------------------


def test_lines_of_a_paragraph_are_joined_and_paragraphs_divided() -> None:
    assert judge(pages.prose_page("en")).text == f"{EN}\n\n{EN}"


def test_words_divided_at_the_end_of_a_line_are_one_word() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        lines = ["The harbour office kept the exami-", "nation papers in a well-known cup-"]
        write(p, [*lines, "board behind the stairs of the house."], y=200)

    judged = judge(page(draw))
    assert "kept the examination papers in a well-known cupboard behind" in judged.text
    assert "examination" in judged.words


def test_soft_hyphens_and_ligatures_are_what_a_person_reads() -> None:
    text = EN + " The oﬃce ﬁled it with\u00adin a ﬂat box"
    judged = judge(pages.named_wrongly(text))
    assert "office filed it within a flat box" in " ".join(judged.text.split())


@pytest.mark.parametrize(
    "lines",
    [
        ["Josephine Finch", "14 Tanner Row", "Upper Elmbridge"],
        ["Marlow & Finch, Bookbinders", "Restorers of Paper and Leather", "Elmbridge"],
        ["The rain came down upon the hill,", "And filled the stream;", "No one paid the bill."],
        ["1. bread and butter", "2. tea", "3. a lamp for the long corridor"],
        ["- bread and butter", "- tea", "- a lamp for the long corridor"],
        ["• bread and butter", "• tea", "• a lamp for the long corridor"],
        ["(a) bread and butter", "(b) tea", "(c) a lamp for the corridor"],
    ],
)
def test_lines_that_stand_for_themselves_stay_so(lines: list[str]) -> None:
    def draw(p: pymupdf.Page) -> None:
        bullet = lines[0].startswith("•")
        write(p, [line.replace("•", "\u00b7") for line in lines] if bullet else lines)
        write(p, pages.wrap(EN, 480), y=200)

    expected = "\n".join(lines).replace("•", "\u00b7")
    assert expected in judge(page(draw)).text


@pytest.mark.parametrize(
    ("size", "mark"), [(24, "# "), (17, "## "), (14, "### "), (12, ""), (11, "")]
)
def test_headings_are_told_by_their_size(size: float, mark: str) -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, ["The harbour lamps"], size=size)
        write(p, pages.wrap(EN, 480), y=120)

    assert judge(page(draw)).text.startswith(f"{mark}The harbour lamps\n\nThe ferry")


def test_large_print_that_is_long_is_no_heading() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480, 16), size=16)
        write(p, pages.wrap(EN + " " + PROSE["de"], 480), y=300)

    assert "#" not in judge(page(draw)).text


def write_paragraph(p: pymupdf.Page, text: str, y: float, first: float, others: float) -> float:
    """A paragraph whose first line begins elsewhere than the others do; all end together."""
    start, *_ = pages.wrap(text, RIGHT - first)
    write(p, [start], x=first, y=y)
    rest = pages.wrap(text.removeprefix(start), RIGHT - others)
    return write(p, rest, x=others, y=y + 11 * 1.35)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_paragraphs_whose_first_lines_stand_out_are_joined_and_divided(count: int) -> None:
    texts = [PROSE[language] for language in ("en", "de", "fr")[:count]]

    def draw(p: pymupdf.Page) -> None:
        y = 72.0
        for text in texts:
            y = write_paragraph(p, text, y, LEFT, LEFT + 20)

    assert judge(page(draw)).text == "\n".join(texts)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_paragraphs_whose_first_lines_are_indented_are_joined_and_divided(count: int) -> None:
    texts = [PROSE[language] for language in ("en", "de", "fr")[:count]]

    def draw(p: pymupdf.Page) -> None:
        y = 72.0
        for text in texts:
            y = write_paragraph(p, text, y, LEFT + 20, LEFT)

    assert judge(page(draw)).text == "\n\n".join(texts)


def test_a_name_with_a_hyphen_at_the_end_of_a_line_keeps_it() -> None:
    lines = [
        "The letter that came in the evening was from a Mrs Mary Barnes-",
        "Jewish of Elmbridge.",
    ]
    judged = judge(page(lambda p: write(p, [*lines])))
    assert "Mary Barnes-Jewish of Elmbridge." in judged.text


# --- Tables -----------------------------------------------------------------------------------


def table_page(rows: list[list[str]], **how: float) -> pymupdf.Page:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        pages.grid(p, rows, **how)
        write(p, pages.wrap(PROSE["fr"], 480), y=600)

    return page(draw)


def as_markdown(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


@pytest.mark.parametrize("columns", [2, 3, 4])
@pytest.mark.parametrize("rows", [2, 3, 5, 9])
def test_tables_with_rules_are_tables(rows: int, columns: int) -> None:
    cells = pages.figures(rows + columns, rows, columns)
    judged = judge(table_page(cells))
    assert judged.text == f"{EN}\n\n{as_markdown(cells)}\n\n{PROSE['fr']}"


def test_bars_in_cells_are_escaped_and_lines_in_cells_joined() -> None:
    cells = [["Key", "Meaning"], ["a|b", "either of\nthe two"], ["c", "the third"]]
    text = judge(table_page(cells, height=36)).text
    assert "| a\\|b | either of the two |" in text


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_tables_of_turned_pages_are_tables(turn: int) -> None:
    cells = pages.figures(3, 6, 4)
    upright = table_page(cells)

    def draw(p: pymupdf.Page) -> None:
        p.show_pdf_page(p.rect, upright.parent, 0, rotate=turn)
        p.set_rotation(turn)

    size = pages.A4 if turn == 180 else pymupdf.Rect(0, 0, pages.A4.height, pages.A4.width)
    assert as_markdown(cells) in judge(page(draw, size)).text


def test_rules_that_are_drawn_in_one_go_are_those_of_a_table() -> None:
    cells = pages.figures(4, 5, 3)

    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        rules = p.new_shape()
        for n in range(6):
            rules.draw_line((LEFT, 200 + 24 * n), (LEFT + 330, 200 + 24 * n))
        for n in range(4):
            rules.draw_line((LEFT + 110 * n, 200), (LEFT + 110 * n, 320))
        rules.finish(width=0.7)
        rules.commit()
        for r, row in enumerate(cells):
            for c, cell in enumerate(row):
                p.insert_text((LEFT + 110 * c + 5, 215 + 24 * r), cell, fontsize=9)

    assert as_markdown(cells) in judge(page(draw)).text


@pytest.mark.parametrize("turn", [90, 270])
def test_the_rows_of_a_table_on_its_side_are_not_taken_for_columns(turn: int) -> None:
    cells = [["Place", "Rent"], ["Harbour", "1200"], ["Tower", "860"], ["Mill", "74"]]
    upright = page(lambda p: pages.grid(p, cells))
    judged = judge(page(lambda p: p.show_pdf_page(p.rect, upright.parent, 0, rotate=turn)))
    assert "|" not in judged.text
    assert judged.words == [cell for row in cells for cell in row]


def test_a_table_that_is_mostly_empty_is_left_as_lines() -> None:
    cells = [["Name", "", "", ""], ["", "Finch", "", ""], ["", "", "", ""], ["", "", "", "x"]]
    judged = judge(table_page(cells))
    assert "|" not in judged.text
    assert {"Name", "Finch", "x"} <= set(judged.words)


def test_a_frame_around_text_is_no_table() -> None:
    def draw(p: pymupdf.Page) -> None:
        p.draw_rect((50, 50, 545, 140))
        write(p, pages.wrap(EN, 480))

    assert judge(page(draw)).text == EN


# --- Hostile pages ----------------------------------------------------------------------------


@pytest.mark.timeout(60)
def test_a_page_of_a_million_characters_is_refused_within_bounds() -> None:
    def draw(p: pymupdf.Page) -> None:
        xref = p.parent.get_new_xref()
        p.insert_text((50, 50), "x", fontname="helv")
        line = b"(" + b"word " * 20 + b") Tj 0 -0.05 Td\n"
        p.parent.update_object(xref, "<<>>")
        p.parent.update_stream(xref, b"BT /helv 4 Tf 10 800 Td\n" + line * 10_000 + b"ET")
        p.set_contents(xref)

    found = page(draw)
    judged = judge(found)
    assert judged.verdict == LayerVerdict.REFUSED
    assert judged.reason is not None
    assert "more than a page can hold" in judged.reason


def test_a_page_that_draws_too_much_is_refused() -> None:
    def draw(p: pymupdf.Page) -> None:
        write(p, pages.wrap(EN, 480))
        xref, stream = p.get_contents()[0], p.read_contents()
        p.parent.update_stream(xref, stream + b" 9 9 m 99 99 l S" * 40_000)
        p.set_contents(xref)

    judged = judge(page(draw))
    assert judged.verdict == LayerVerdict.REFUSED
    assert judged.reason is not None
    assert "too many to look" in judged.reason
    assert judged.text == EN


def count_calls(found: pymupdf.Page) -> int:
    """How many functions are called to find a page's text: its cost, on any machine."""
    count = 0

    def see(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        page_text.find(PageContent(found))
    finally:
        sys.setprofile(None)
    return count


def graph_paper(p: pymupdf.Page) -> None:
    write(p, pages.wrap(EN, 480))
    for n in range(120):
        p.draw_line((50, 300 + 4 * n), (530, 300 + 4 * n), width=0.3)
    for n in range(70):
        p.draw_line((50 + 6.9 * n, 300), (50 + 6.9 * n, 776), width=0.3)


def append(p: pymupdf.Page, content: str) -> None:
    xref, stream = p.get_contents()[-1], p.read_contents()
    p.parent.update_stream(xref, stream + content.encode())
    p.set_contents(xref)


def many_images(p: pymupdf.Page) -> None:
    write(p, pages.wrap(EN, 480))
    p.insert_image((60, 480, 64, 484), stream=pages.photograph(size=(8, 8)))
    places = [(56 + n % 100 * 4.8, 300 + n // 100 * 9) for n in range(5000)]
    name = p.get_images()[0][7]
    append(p, "".join(f"q 4 0 0 4 {x} {y} cm /{name} Do Q\n" for x, y in places))


def much_marked(p: pymupdf.Page) -> None:
    for n in range(600):
        p.insert_text((56 + n % 20 * 24, 60 + n // 20 * 9), f"w{n}", fontsize=6)
    for _ in range(40):
        p.draw_rect((50, 50, 545, 400), color=None, fill=(1, 1, 0), fill_opacity=0.01)


@pytest.mark.parametrize(
    ("draw", "most"),
    [(graph_paper, 200_000), (many_images, 1_000_000), (much_marked, 500_000)],
    ids=lambda case: getattr(case, "__name__", ""),
)
def test_a_page_of_thousands_of_things_costs_no_more_than_they_are(
    draw: pages.Draw, most: int
) -> None:
    assert count_calls(page(draw)) < most


def test_a_word_costs_no_more_than_two_hundred_calls() -> None:
    found = pages.prose_page("en")
    assert count_calls(found) < 200 * len(judge(found).words)


def test_deeply_nested_columns_end() -> None:
    def draw(p: pymupdf.Page) -> None:
        for n in range(400):
            p.insert_text((20 + (n * 97) % 540, 20 + (n * 61) % 800), f"word{n}", fontsize=5)

    assert len(judge(page(draw)).words) == 400


def test_an_endless_word_stays_within_what_is_stored() -> None:
    judged = judge(page(lambda p: write(p, ["x" * 190, *pages.wrap(EN, 480)], size=4)))
    assert len(judged.words) == 1 + len(EN.split())
