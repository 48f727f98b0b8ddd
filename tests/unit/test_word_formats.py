"""Words with their places as hOCR and ALTO: in order, in pixels, whole, whatever the text holds."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.upload.word_formats import alto, hocr, languages, layout, printed_text
from functions.upload.word_formats.pages import LaidPage
from lector.domain.word_places import Agreement, Box, PlacedWord, Places
from tests.support import word_formats
from tests.support.cpu_time import sorting_s, timed
from tests.support.word_formats import ReadPage

STYLES = ("hocr", "alto")
LINE: Box = (0.1, 0.1, 0.2, 0.12)


def written(
    style: str, *pages: LaidPage, name: str = "a.pdf", language: str | None = None
) -> bytes:
    if style == "alto":
        return "".join(alto.write(name, pages)).encode()
    return "".join(hocr.write(name, len(pages), language, pages)).encode()


def page(text: str, places: Places | None = None, **changes: Any) -> LaidPage:
    known = {"number": 1, "width_px": 1000, "height_px": 2000, "language": None, "confidence": None}
    return LaidPage(blocks=layout.lay_out(text, places), **{**known, **changes})


def read(style: str, text: str, places: Places | None = None, **changes: Any) -> ReadPage:
    [found] = word_formats.read(style, written(style, page(text, places, **changes)))
    return found


def placed(text: str, **boxes: Box) -> Places:
    found = ((text.index(word), len(word), box) for word, box in boxes.items())
    return Places(tuple(PlacedWord(at, at + size, (box,)) for at, size, box in sorted(found)))


@pytest.mark.parametrize("style", STYLES)
def test_words_stand_in_pixels_of_the_image(style: str) -> None:
    found = read(style, "lamp", placed("lamp", lamp=(0.1, 0.2, 0.35, 0.25)), number=7)
    assert (found.number, found.width, found.height) == (7, 1000, 2000)
    assert found.words[0].box == pytest.approx((100, 400, 350, 500), abs=1)


@pytest.mark.parametrize("style", STYLES)
def test_a_word_has_its_confidence_where_a_reader_tells_it(style: str) -> None:
    text = "sure unsure"
    words = (
        PlacedWord(0, 4, (LINE,), Agreement.SAME, "", 97),
        PlacedWord(5, 11, ((0.3, 0.1, 0.4, 0.12),), None, "", None),
    )
    found = read(style, text, Places(words))
    assert [word.confidence for word in found.words] == [97, None]


@pytest.mark.parametrize("style", STYLES)
def test_lines_follow_the_places_where_the_text_has_none(style: str) -> None:
    text = "one two three"
    boxes = {"one": LINE, "two": (0.3, 0.1, 0.4, 0.12), "three": (0.1, 0.15, 0.2, 0.17)}
    found = read(style, text, placed(text, **boxes))
    assert [[word.text for word in line] for line in found.lines] == [["one", "two"], ["three"]]


@pytest.mark.parametrize("style", STYLES)
def test_a_row_of_a_table_is_a_line(style: str) -> None:
    found = read(style, "| a | b |\n|---|---|\n| c | d |\n\n<tr><td>e</td></tr><tr><td>f</td></tr>")
    assert [[word.text for word in line] for line in found.lines] == [
        ["a", "b"],
        ["c", "d"],
        ["e"],
        ["f"],
    ]


@pytest.mark.parametrize("style", STYLES)
def test_a_word_without_a_place_stands_beside_its_neighbours_and_says_so(style: str) -> None:
    text = "one two three"
    found = read(style, text, placed(text, one=LINE, three=(0.4, 0.1, 0.5, 0.12)))
    assert [word.is_guessed for word in found.words] == [False, True, False]
    one, two, three = (word.box for word in found.words)
    assert one[2] - 1 <= two[0] < two[2] <= three[0] + 1
    assert (two[1], two[3]) == (one[1], one[3])


@pytest.mark.parametrize("style", STYLES)
def test_a_page_of_which_nothing_is_known_has_all_its_words_on_it(style: str) -> None:
    text = "\n\n".join(["some words of a page " * 30] * 10)
    found = read(style, text)
    assert [word.text for word in found.words] == text.split()
    assert all(word.is_guessed for word in found.words)
    assert all(0 <= word.box[0] < word.box[2] <= 1001 for word in found.words)
    assert all(0 <= word.box[1] < word.box[3] <= 2001 for word in found.words)


@pytest.mark.parametrize("style", STYLES)
def test_a_page_without_words_is_an_empty_page(style: str) -> None:
    assert read(style, "").words == []
    assert read(style, "---\n\n<!-- nothing -->").words == []


def test_a_broken_word_says_in_alto_what_it_is_as_a_whole() -> None:
    text = "the lighthouse stands"
    boxes = ((0.8, 0.1, 0.9, 0.12), (0.1, 0.13, 0.2, 0.15))
    places = Places((PlacedWord(4, 14, boxes),))
    document = written("alto", page(text, places))
    [found] = word_formats.read("alto", document)
    pieces = [word for word in found.words if word.whole]
    assert [(word.text, word.whole) for word in pieces] == [
        ("light", "lighthouse"),
        ("house", "lighthouse"),
    ]
    assert document.index(b'SUBS_TYPE="HypPart1"') < document.index(b'<HYP CONTENT="-"/>')
    assert document.index(b'<HYP CONTENT="-"/>') < document.index(b'SUBS_TYPE="HypPart2"')


def test_a_broken_word_ends_in_hocr_with_a_soft_hyphen() -> None:
    places = Places((PlacedWord(0, 10, ((0.8, 0.1, 0.9, 0.12), (0.1, 0.13, 0.2, 0.15))),))
    found = read("hocr", "lighthouse", places)
    assert [[word.text for word in line] for line in found.lines] == [["light\u00ad"], ["house"]]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("exam-\nple", [("exam", "example"), ("ple", "example")]),
        ("well-known", [("well", "well-known"), ("known", "well-known")]),
    ],
)
def test_a_word_is_broken_where_the_text_or_its_own_hyphen_says(text: str, pieces: Any) -> None:
    places = Places((PlacedWord(0, len(text), ((0.8, 0.1, 0.9, 0.12), (0.1, 0.13, 0.2, 0.15))),))
    found = read("alto", text, places)
    assert [(word.text, word.whole) for word in found.words] == pieces


@pytest.mark.parametrize("style", STYLES)
def test_hostile_texts_and_names_stay_text(style: str) -> None:
    name = 'a"]]><script>alert(1)</script>\x01.pdf'
    text = "x]]>y &amp; \"quoted\" 'single' <b>bold</b> \x0b\x00\ufffe\ud800 1 < 2 --> <![CDATA["
    document = written(style, page(text), name=name)
    [found] = word_formats.read(style, document)
    assert b"<script" not in document
    assert [word.text for word in found.words][:3] == ["x]]>y", "&", '"quoted"']
    assert "<![CDATA[" in [word.text for word in found.words]


@pytest.mark.parametrize("style", STYLES)
def test_a_line_from_right_to_left_says_so(style: str) -> None:
    document = written(style, page("שלום עולם\n\nhello world"))
    mark = b'dir="rtl"' if style == "hocr" else b'BASEDIRECTION="rtl"'
    assert document.count(mark) == 1
    [found] = word_formats.read(style, document)
    assert [word.text for word in found.lines[0]] == ["שלום", "עולם"]
    first, second = (word.box for word in found.lines[0])
    assert second[2] <= first[0] + 1


@pytest.mark.parametrize("style", STYLES)
def test_pages_say_their_language(style: str) -> None:
    document = written(style, page("uno", language="es"), page("one", number=2), language="es")
    assert [one.language for one in word_formats.read(style, document)] == ["es", None]


@pytest.mark.parametrize("style", STYLES)
def test_scripts_without_spaces_have_none_between_their_words(style: str) -> None:
    text = "灯台の光"
    words = tuple(
        PlacedWord(n, n + 1, ((0.1 + n * 0.05, 0.1, 0.14 + n * 0.05, 0.12),)) for n in range(4)
    )
    document = written(style, page(text, Places(words))).decode()
    [found] = word_formats.read(style, document.encode())
    assert [word.text for word in found.words] == list(text)
    assert "<SP/>" not in document
    assert "</span> <span" not in document


@given(
    st.text(max_size=300),
    st.lists(st.tuples(*[st.floats(0, 1)] * 4), max_size=40),
    st.integers(1, 12),
)
@settings(max_examples=150)
def test_any_text_and_any_places_make_a_document_that_keeps_the_rules(
    text: str, boxes: list[Any], length: int
) -> None:
    words = tuple(
        PlacedWord(at, min(len(text), at + length), ((min(a, c), min(b, d), max(a, c), max(b, d)),))
        for at, (a, b, c, d) in zip(range(0, len(text), length + 1), boxes, strict=False)
    )
    for style in STYLES:
        [found] = word_formats.read(style, written(style, page(text, Places(words))))
        assert len(found.words) <= 2 * len(text)


@pytest.mark.parametrize("text", ["word " * 100_000, "x" * 500_000, "*" * 200_000, "<a " * 100_000])
def test_a_page_of_half_a_million_letters_takes_a_few_seconds(text: str) -> None:
    _, took_s = timed(lambda: layout.lay_out(text, Places((PlacedWord(0, 1, (LINE,)),))))
    assert took_s < 36 * sorting_s()  # five seconds, where that takes a seventh of one


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("# The **big** *sea*", "The big sea"),
        ("re**mark**able ~~gone~~ `code`", "remarkable gone code"),
        ("[a link](https://example.org/a_b) ![alt](x.png)", "a link alt"),
        ("snake_case and _this_ and 2 * 3", "snake_case and this and 2 * 3"),
        ("\\*not emphasised\\* \\# 5", "*not emphasised* # 5"),
        ("1 &lt; 2 &amp;&nbsp;3", "1 < 2 & 3"),
        ("> quoted\n- item\n1. first", "quoted item 1. first"),
        ("H<sub>2</sub>O<br>next", "H2O next"),
        ("```python\ncode()\n```", "code()"),
        ("[picture]\nwords\n[/picture] [illegible]", "words"),
        ("-5 - 3 = -8", "-5 - 3 = -8"),
    ],
)
def test_of_markdown_the_words_stay_that_are_printed(text: str, printed: str) -> None:
    words = (printed_text.clean(word) for word in printed_text.of(text).split())
    assert " ".join(filter(None, words)) == printed
    assert len(printed_text.of(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "given", "configuration", "language"),
    [
        ("whatever", "pt-BR, en", "simple", "pt-BR"),
        ("the sea", None, "english", "en"),
        ("これは灯台の光です", None, "simple", "ja"),
        ("灯塔矗立在海边", None, "simple", "zh"),
        ("המגדלור על הסלע", None, "simple", "he"),
        ("المنارة على الصخرة", None, "simple", "ar"),
        ("qwx zzt", None, "simple", None),
        ("", None, None, None),
        ("x", "no language!", "simple", None),
    ],
)
def test_the_language_of_a_page_is_what_was_said_or_what_its_words_or_letters_tell(
    text: str, given: str | None, configuration: str | None, language: str | None
) -> None:
    assert languages.of_text(text, given, configuration) == language


def test_the_language_of_a_document_is_that_of_most_of_its_pages() -> None:
    assert languages.of_document(None, ["de", None, "en", "de"]) == "de"
    assert languages.of_document("fr", ["de", "de"]) == "fr"
    assert languages.of_document(None, [None]) is None
