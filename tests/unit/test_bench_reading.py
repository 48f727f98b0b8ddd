"""The measure of reading is fair, and the set that is read is the same each time."""

import random
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from benchmarks.reading import command, layouts, pages, pictures, report, scores, texts, words
from benchmarks.reading.pages import KINDS, Recipe
from benchmarks.reading.scores import Kind, Score

FONTS = ("helv", "hebo", "tiro", "tibo", "cour")


@pytest.mark.parametrize(
    ("known", "read"),
    [
        ("The office closes at five.", "THE OFFICE\ncloses at five"),
        ("an office of fine flax", "an oﬃce of ﬁne ﬂax"),
        ("the examination begins", "the exam-\nination begins"),
        ("the examination begins", "the exam\u00adination begins"),
        ("“Zo’n oogst” – «non»", '"Zo\'n oogst" - “non”'),
        ("apples 12 €4.50", "| apples | 12 | €4.50 |\n|---|---:|---|"),
        ("Report\n\nAll of it", "# Report\n\n**All** of it"),
        ("über das Café", "u\u0308ber das Cafe\u0301"),
        ("a chart", "a chart [picture] [/picture]"),
    ],
)
def test_what_a_reader_may_choose_costs_no_words(known: str, read: str) -> None:
    assert words.recall(known, read) == 1.0


def test_columns_read_in_another_order_cost_characters_but_no_words() -> None:
    known, read = (
        "left one\nleft two\nright one\nright two",
        "left one right one left two right two",
    )
    assert words.recall(known, read) == 1.0
    assert words.character_error_rate(known, read) > 0.3


def test_a_word_that_is_printed_twice_has_to_be_read_twice() -> None:
    assert words.recall("one one two", "one two") == pytest.approx(2 / 3)


def test_a_figure_counts_only_as_a_whole() -> None:
    assert words.recall("1.234,50", "1.234,5 0") == 0.0


def test_each_chinese_character_is_a_word() -> None:
    assert words.recall("人人生而自由", "人人生而自用") == pytest.approx(5 / 6)


def test_one_wrong_character_in_ten_is_an_error_rate_of_a_tenth() -> None:
    assert words.character_error_rate("0123456789", "012345678x") == pytest.approx(0.1)


def test_words_made_up_on_a_blank_page_make_it_a_bad_one() -> None:
    assert words.recall("", "") == 1.0
    assert words.recall("", " \n.") == 1.0
    assert words.recall("", "Lorem ipsum") == 0.0


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_fonts_have_every_character_of_every_text(language: str) -> None:
    source = texts.source(language)
    lists = [entry for entries in source.lists.values() for entry in entries]
    text = "".join([*source.sentences, *lists, source.total, source.heading])
    for name in FONTS:
        font = layouts.get_font(name)
        assert {char for char in text + "€ﬁﬂ" if not font.has_glyph(ord(char))} == set()


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_pages_of_one_language_differ(language: str) -> None:
    written = {
        " ".join(texts.Writer(language, random.Random(seed)).paragraphs(200)) for seed in range(20)
    }
    assert len(written) == 20
    assert not any("{" in text for text in written)


def test_the_set_has_every_kind_language_and_size_and_no_page_twice() -> None:
    recipes = pages.plan()
    assert {recipe.kind for recipe in recipes} == set(KINDS)
    assert {recipe.language for recipe in recipes} == set(texts.LANGUAGES)
    sizes = {recipe.variant for recipe in recipes if recipe.kind == "size"}
    assert sizes == {"5.5 pt", "6 pt", "8 pt", "10 pt", "12 pt", "18 pt"}
    assert len({recipe.name for recipe in recipes}) == len(recipes)


@pytest.mark.parametrize("count", [1, 11, 60, 133, 300])
def test_any_number_of_pages_can_be_had(count: int) -> None:
    recipes = pages.plan(count)
    assert len({recipe.name for recipe in recipes}) == count


def test_a_few_pages_are_still_of_many_kinds() -> None:
    assert len({recipe.kind for recipe in pages.plan(20)}) >= 9


def test_kinds_and_languages_can_be_left_out() -> None:
    recipes = pages.plan(kinds=["scan"], languages=["pl"])
    assert {(recipe.kind, recipe.language) for recipe in recipes} == {("scan", "pl")}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_picture_and_another_one_another(
    kind: str, tmp_path: Path
) -> None:
    recipe = pages.plan(kinds=[kind])[-1]
    made = []
    for number, seed in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        page = pages.make(recipe, folder, seed)
        with pymupdf.open(page.path) as document:
            made.append((page.known, document[0].get_pixmap(dpi=50).samples))
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("kind", ["print", "size", "columns", "dense", "table", "form", "receipt"])
def test_known_text_is_what_the_page_carries_and_the_drawn_one_carries_none(
    kind: str, tmp_path: Path
) -> None:
    page = pages.make(pages.plan(kinds=[kind])[0], tmp_path, 1)
    assert page.layer_path is not None
    with pymupdf.open(page.layer_path) as printed, pymupdf.open(page.path) as drawn:
        carried = printed[0].get_text()
        assert words.recall(page.known, carried) == 1.0
        assert words.recall(carried, page.known) == 1.0
        assert drawn[0].get_text() == ""
        assert not drawn[0].get_pixmap().is_unicolor


@pytest.mark.parametrize("variant", sorted({r.variant for r in pages.plan(kinds=["damaged"])}))
def test_the_end_of_what_is_on_a_damaged_page_is_lost(variant: str, tmp_path: Path) -> None:
    page = pages.make(Recipe("damaged", variant, "en"), tmp_path, 1)
    with pymupdf.open(page.path) as document:
        drawn = document[0].get_pixmap(dpi=50, colorspace=pymupdf.csGRAY)
    below = Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)
    below = below.crop((0, round(drawn.height * 0.46), drawn.width, drawn.height))
    assert below.convert("L").histogram()[:90] == [0] * 90  # nothing dark: no ink


def test_a_scan_is_grainy_and_a_low_contrast_photograph_has_little_contrast() -> None:
    sheet = layouts.prose(texts.Writer("en", random.Random(1)), random.Random(1), 11, 100)
    clean = pictures.draw(sheet, 100)
    scan = pictures.scan(clean, random.Random(1))
    photo = pictures.photograph(clean, random.Random(1), contrast=0.2, darkest=1.0, slant=0.0)
    assert max(scan.histogram()) < max(clean.histogram()) / 5
    middle = photo.convert("L").crop((60, 60, photo.width - 60, photo.height - 60))
    assert sum(middle.histogram()[:100]) == 0


def make_score(recall: float, *, kind: str = "print", doubted: bool = False) -> Score:
    doubts = ("low_confidence",) if doubted else ()
    return Score("p", kind, "11 pt", "en", recall, 1 - recall, doubts, None, "model", 0.0)


def test_bad_pages_that_nobody_is_told_of_miss_the_bar() -> None:
    told = [make_score(0.1, doubted=True) for _ in range(19)]
    bars = {bar.name: bar for bar in scores.bars([*told, make_score(0.2)])}
    assert bars["bad pages doubted or failed"].held
    bars = {bar.name: bar for bar in scores.bars([*told, make_score(0.2), make_score(0.3)])}
    assert not bars["bad pages doubted or failed"].held


def test_good_pages_that_are_doubted_miss_the_bar() -> None:
    bars = {bar.name: bar for bar in scores.bars([make_score(1.0, doubted=True)])}
    assert not bars["good pages doubted"].held


def test_a_bar_of_which_nothing_was_measured_is_not_missed() -> None:
    assert all(bar.held for bar in scores.bars([]))


def test_what_is_not_there_to_be_read_lowers_no_mean() -> None:
    kinds = [Kind("print", [make_score(1.0)], 1, 1)]
    kinds.append(Kind("damaged", [make_score(0.2, kind="damaged", doubted=True)], 3, 1))
    figures = scores.summarize(kinds)
    assert (figures.recall, figures.bad, figures.bad_questioned) == (1.0, 1, 1.0)
    assert figures.seconds == 2.0


def test_two_versions_are_compared_kind_by_kind_as_ratios() -> None:
    now = scores.to_json([Kind("print", [make_score(0.9)], 1.0, 0.5)])
    before = scores.to_json([Kind("print", [make_score(0.6)], 2.0, 2.0)])
    assert list(report.ratio_lines(now, before))[2] == (
        "| print | 0.600 | 0.900 | 1.50 | 0.25 | 0.50 | 0.25 |"
    )


def test_pages_read_wrong_and_not_doubted_are_named() -> None:
    assert list(report.unseen([make_score(0.3), make_score(0.3, doubted=True)])) == [
        "- not doubted: p: recall 0.30, CER 0.70"
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--endpoint", "http://127.0.0.1:1/v1"], "--endpoint and --model go together"),
        (["--against", "/nowhere"], "/nowhere does not exist"),
        (["--kinds", "poems"], "poems: there are print, size"),
        (["--languages", "tlh"], "tlh: there are en, es"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(arguments)
    assert reason in capsys.readouterr().err
