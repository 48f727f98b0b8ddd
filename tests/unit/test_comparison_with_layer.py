"""Answers held against the words that a page carries: which pass, and which do not."""

import random
import re

import pytest

from functions.llm import comparison
from functions.llm.text_doubts import LayerCheck
from lector.domain.text_layers import TextLayer
from tests.support.cpu_time import sorting_s, timed

PARAGRAPHS = (
    (
        "The surveyors began on the eastern slope in early March, while the ground was still hard"
        " enough to carry the carts. Each stake was numbered 1 to 214, painted red at the tip and"
        " entered twice: once in the field book and once on the sheet that hung in the office."
    ),
    (
        "Water rights had been the trouble from the start. Three mills shared one stream, and the"
        " oldest of them held a charter from 1687 that promised it all between dusk and dawn."
        " Nobody had read that charter closely until the summer of 1921, when the stream ran dry."
    ),
    (
        "A clerk named Ferreira copied the accounts. His figures are exact to the penny: 12,480.75"
        " for timber, 3,112.00 for rope and tar, 918.40 for the hire of horses. Where a receipt was"
        " lost he wrote so in the margin, with the date and the name of the man who had lost it."
    ),
    (
        "By the end of the second season the company owed more than it owned. Meetings grew longer"
        " and the minutes shorter. On the last page somebody has drawn a small boat, and beneath it"
        " the words: adjourned until the weather improves."
    ),
)
PAGE = "\n\n".join(PARAGRAPHS)
MINUTES = "Agenda item 4 was closed without a vote."


def layer(text: str) -> str:
    """The words of a text as a layer has them: parted by spaces alone."""
    return " ".join(text.split())


def misread(text: str, share: float, seed: int = 5) -> str:
    """The text as a reader gives it that gets this share of words wrong, here and there."""
    chance = random.Random(seed)
    return re.sub(
        r"\w+",
        lambda word: word[0][:-1] + "rn" if chance.random() < share else word[0],
        text,
    )


def in_columns(text: str) -> str:
    """The same words, the second half of the paragraphs first."""
    parts = text.split("\n\n")
    return "\n\n".join([*parts[2:], *parts[:2]])


def at_width(text: str, width: int, hyphen: str) -> str:
    """The text in lines of this width, words parted at the ends of lines."""
    words = " ".join(text.split())
    lines = [words[at : at + width] for at in range(0, len(words), width)]
    joined = lines[0]
    for line in lines[1:]:
        inside = joined[-1].isalpha() and line[0].isalpha()
        joined += f"{hyphen}\n{line}" if inside else f"\n{line}"
    return joined


TABLE = [
    ["Station", "Opened", "Platforms"],
    ["Alder Quay", "1887", "2"],
    ["Mason Pier", "1902", "14"],
]
AS_MARKDOWN = "\n".join(
    [
        "| " + " | ".join(TABLE[0]) + " |",
        "|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in TABLE[1:]),
    ]
)
INVOICE = [
    ["No", "Item", "Pieces", "Each", "Amount"],
    ["1", "oak planks", "12", "104.25", "1,251.00"],
    ["2", "tarred rope", "40", "18.90", "756.00"],
    ["3", "brass hinges", "16", "7.35", "117.60"],
    ["4", "window glass", "25", "61.80", "1,545.00"],
    ["5", "slate", "310", "2.15", "666.50"],
]
DUE = "Total due 4,336.10 payable to account 70415533 within 30 days"


def invoice(*, without_column: int | None = None, without_row: int | None = None) -> str:
    """The invoice as a Markdown table, and what is due."""
    rows = [
        "| " + " | ".join(cell for n, cell in enumerate(row) if n != without_column) + " |"
        for place, row in enumerate(INVOICE)
        if place != without_row
    ]
    return "\n".join([rows[0], "|---|---|---|---|---|", *rows[1:], "", DUE])


BILL = "\n".join([*(" ".join(row) for row in INVOICE), DUE])
BILL_BY_COLUMNS = "\n".join([*(" ".join(column) for column in zip(*INVOICE, strict=True)), DUE])
VERSE = [f"{n} the tide of day {n} came in and went out again" for n in range(101, 119)]
ARABIC = "كتب المهندس في دفتره أن الماء ارتفع مترين خلال أسبوع واحد وأن الجسر لم يعد آمنا"
HINDI = "इंजीनियर ने अपनी डायरी में लिखा कि एक सप्ताह में पानी दो मीटर ऊपर आ गया"
AS_HTML = "".join(
    "<tr>" + "".join(f'<td class="c">{cell}</td>' for cell in row) + "</tr>" for row in TABLE
)
BY_COLUMNS = " ".join(cell for column in zip(*TABLE, strict=True) for cell in column)

SAME = {
    "word for word": (PAGE, PAGE),
    "in capitals": (PAGE, PAGE.upper()),
    "without punctuation": (PAGE, re.sub(r"[^\w\s]", " ", PAGE)),
    "three of a hundred words misread": (PAGE, misread(PAGE, 0.03)),
    "six of a hundred words misread": (PAGE * 2, misread(PAGE, 0.06) * 2),
    "columns in another order": (PAGE, in_columns(PAGE)),
    "hyphens at the ends of lines": (PAGE, at_width(PAGE, 41, "-")),
    "soft hyphens in the layer": (at_width(PAGE, 53, "\u00ad"), PAGE),
    "ligatures in the layer": (
        "The o\ufb03cial \ufb01le was \ufb02at",
        "The official file was flat",
    ),
    "typographic apostrophes": (
        "don\u2019t won\u2019t can\u2019t shan\u2019t",
        "don't won't can't shan't",
    ),
    "Markdown headings and emphasis": (PAGE, "# " + PAGE.replace("charter", "**charter**")),
    "a table as Markdown": (BY_COLUMNS, AS_MARKDOWN),
    "a table as HTML": (BY_COLUMNS, f"<table>{AS_HTML}</table>"),
    "a contents page without its dots": (
        "Preface ........ 3 Rivers ........ 17 Mills ........ 42",
        "Preface 3\nRivers 17\nMills 42",
    ),
    "a formula as LaTeX": (
        PAGE + " a \u2264 b + c",
        PAGE + r" $a \leq b + c$",
    ),
    "a mark for what is illegible": (PAGE, PAGE.replace("Ferreira", "[illegible]")),
    "the running head left out": ("River Commission, annual report 1922 " + PAGE, PAGE),
    "a stamp that the layer lacks": (PAGE, PAGE + "\n\nRECEIVED 14 MAY COUNTY ARCHIVE"),
    "footnote signs": (
        PAGE.replace("charter", "charter\u00b9"),
        PAGE.replace("charter", "charter[^1]"),
    ),
    "Chinese, however it is parted": (
        "測量員在三月初開始工作。地面仍然堅硬",
        "測量員在三月初 開始工作。\n地面 仍然堅硬",
    ),
    "another dash between years": (
        "from 1687\u20131921 and 1922\u20131930",
        "from 1687-1921 and 1922-1930",
    ),
    "a compound with and without hyphen": (
        "the well-known mill-owner",
        "the well-\nknown millowner",
    ),
    "an empty layer": ("", PAGE),
    "an invoice as a table": (BILL, invoice()),
    "an invoice by columns": (BILL, BILL_BY_COLUMNS),
    "thousands parted otherwise": (BILL, re.sub(r"(?<=\d),(?=\d{3})", "\u202f", invoice())),
    "thousands parted by spaces in the layer": (BILL.replace(",", " "), invoice()),
    "thousands not parted": (BILL, invoice().replace(",", "")),
    "decimal commas": (BILL, re.sub(r"\.(?=\d\d\b)", ",", invoice().replace(",", " "))),
    "lines counted in the layer alone": (
        "\n".join(VERSE),
        "\n".join(line.split(" ", 1)[1] for line in VERSE),
    ),
    "a list that Markdown counts": (
        "• " + PAGE.replace(". ", ".\n• "),
        "\n".join(f"{n}. {line}" for n, line in enumerate(PAGE.split(". "), 1)),
    ),
    "marks of notes counted anew": (
        PAGE.replace("charter", "charter23").replace("margin", "margin24"),
        PAGE.replace("charter", "charter[^1]").replace("margin", "margin[^2]"),
    ),
    "a number that is illegible": (BILL, invoice().replace("756.00", "[illegible]")),
    "a power as LaTeX": ("about 3 \u00b7 10\u00b3 tons", r"about $3 \cdot 10^{3}$ tons"),
    "LaTeX that aligns formulas": (
        "sin x log y max z where x is a length",
        r"\begin{aligned} \sin x \log y \max z \text{ where x is a length} \end{aligned}",
    ),
    "lists as HTML": (
        PAGE,
        "<ul>"
        + "".join(f"<li>{part}</li>" for part in re.findall(r"(?:\S+\s+){1,3}\S*", PAGE))
        + "</ul>",
    ),
    "Arabic with its vowels": (
        re.sub(r"([\u0628-\u064a])", "\\1\u064e", ARABIC),
        ARABIC,
    ),
    "Arabic lengthened": (ARABIC, ARABIC.replace("في", "فـــي")),
    "Arabic figures": ("دفع مبلغ \u0661\u0662\u0665\u0660\u0660 دينار", "دفع مبلغ 12500 دينار"),
    "Hindi": (HINDI, HINDI),
    "a link with its address": (
        "see the archive",
        "see the [archive](https://example.org/a/b?c=d)",
    ),
}

DIFFERENT = {
    "a paragraph dropped": (PAGE, "\n\n".join([PARAGRAPHS[0], *PARAGRAPHS[2:]])),
    "the last lines dropped": (PAGE * 2, (PAGE * 2)[: -len(PARAGRAPHS[3]) // 2]),
    "one sentence dropped on a long page": (
        PAGE * 3 + " Whoever finds the lost receipt shall bring it to the harbour office at once,"
        " where a reward is paid.",
        PAGE * 3,
    ),
    "the first half alone": (PAGE, PAGE[: len(PAGE) // 2]),
    "nothing at all": (PAGE, ""),
    "a paragraph made up": (
        PAGE,
        PAGE + "\n\nIn conclusion, historians agree that these events shaped modern irrigation"
        " policy across several continents and inspired generations of engineers to preserve"
        " their archives.",
    ),
    "a summary": (
        PAGE,
        (
            "The text describes a survey, a quarrel over water between mills, a careful clerk"
            " and a company that failed."
        ),
    ),
    "a translation": (
        PARAGRAPHS[1],
        (
            "Die Wasserrechte waren das Problem. Drei Mühlen teilten sich einen Bach,"
            " und die älteste besaß eine Urkunde von 1687, die ihr alles zwischen Abend und"
            " Morgengrauen versprach."
        ),
    ),
    "a paraphrase": (
        PARAGRAPHS[3],
        (
            "When the second season closed, debts exceeded assets. Discussions dragged on although"
            " notes became brief. Someone sketched a boat on the final sheet with a remark about"
            " waiting for better weather."
        ),
    ),
    "another page": (PARAGRAPHS[0], PARAGRAPHS[2]),
    "a paragraph twice": (PAGE, PAGE + "\n\n" + PARAGRAPHS[0]),
    "one of two equal paragraphs": (PAGE + "\n\n" + PAGE, PAGE),
    "every fourth word misread": (PAGE, misread(PAGE, 0.25)),
    "figures that are wrong": (
        "4071 5512 9930 1204 7718 3345 8092 6617",
        "4077 5572 9936 1264 7778 3345 8092 6617",
    ),
    "a table's rows left out": (
        " ".join(f"Stop {n} at {n * 7} minutes past the hour" for n in range(1, 30)),
        " ".join(f"Stop {n} at {n * 7} minutes past the hour" for n in range(1, 20)),
    ),
    "a description in place of the text": (
        PAGE,
        "The image shows a scanned page with four paragraphs of black text on white paper.",
    ),
    "a refusal in place of the text": (PAGE, "I cannot transcribe this page."),
    "a loop of one sentence": (PAGE, PAGE[:300] + " and the stream ran dry" * 60),
    "Chinese cut short": ("測量員在三月初開始工作地面仍然堅硬每根木樁都有編號", "測量員在三月初"),
    "two digits of an amount changed places": (BILL, invoice().replace("1,251", "1,521")),
    "a digit of an amount changed": (BILL, invoice().replace("756.00", "766.00")),
    "a digit of a number read by columns changed": (
        BILL,
        BILL_BY_COLUMNS.replace("70415533", "70415553"),
    ),
    "an amount without its point": (BILL, invoice().replace("117.60", "11760")),
    "a zero too many": (BILL, invoice().replace("756.00", "7560.00")),
    "one amount lost": (BILL, invoice().replace("666.50", "")),
    "two amounts in each other's place": (
        BILL,
        invoice().replace("756.00", "@").replace("117.60", "756.00").replace("@", "117.60"),
    ),
    "a column of amounts lost": (BILL, invoice(without_column=4)),
    "a row lost": (BILL, invoice(without_row=3)),
    "a year changed in a paragraph": (PAGE, PAGE.replace("1687", "1678")),
    "a number changed in Chinese": (
        "村莊來了340名工人工程師在日記中寫道水位上升了兩公尺",
        "村莊來了430名工人工程師在日記中寫道水位上升了兩公尺",
    ),
    "other Hindi vowels": (HINDI, re.sub(r"[\u093e-\u094c]", "\u093f", HINDI)),
    "every accent lost": (
        "más allá mañana señor núñez llegó a cádiz",
        "mas alla manana senor nunez llego a cadiz",
    ),
}


@pytest.mark.parametrize("kind", SAME)
def test_an_answer_that_says_what_the_page_carries_passes(kind: str) -> None:
    carried, answer = SAME[kind]
    assert comparison.describe_difference(layer(carried), answer) is None


@pytest.mark.parametrize("kind", DIFFERENT)
def test_an_answer_that_does_not_is_told_of(kind: str) -> None:
    carried, answer = DIFFERENT[kind]
    assert comparison.describe_difference(layer(carried), answer) is not None


def test_the_reason_says_how_many_of_how_many_and_a_few_of_them() -> None:
    reason = comparison.describe_difference(f"{layer(PAGE)} {MINUTES} {layer(PARAGRAPHS[0])}", PAGE)
    assert reason is not None
    found = re.match(r"(\d+) of (\d+) words are missing, such as ((?:“\w+”(?:, )?)+)", reason)
    assert found
    assert int(found[1]) > 40
    assert int(found[2]) > int(found[1])
    assert 1 <= found[3].count("“") <= 6


def test_numbers_that_were_changed_are_named_with_what_they_became() -> None:
    answer = invoice().replace("1,251.00", "1,521.00").replace("756.00", "")
    reason = comparison.describe_difference(layer(BILL), answer)
    assert reason == (
        "1 number is changed, such as “1,251.00” as “1,521.00”;"
        " 1 number is missing, such as “756.00”"
    )


def test_thousands_of_changed_numbers_are_compared_in_no_time() -> None:
    carried, answer = (" ".join(f"{n * step}.25" for n in range(20_000)) for step in (7, 11))
    difference, took_s = timed(lambda: comparison.describe_difference(carried, answer))
    assert difference
    assert took_s < 28 * sorting_s()  # four seconds, where that takes a seventh of one


def test_words_that_are_in_the_answer_alone_are_counted() -> None:
    reason = comparison.describe_difference(layer(PARAGRAPHS[0]), PAGE)
    assert reason is not None
    assert "words are in the answer alone" in reason
    assert "missing" not in reason


def test_where_pictures_hold_text_an_answer_may_say_more() -> None:
    assert comparison.describe_difference(layer(PARAGRAPHS[0]), PAGE, extra_expected=True) is None


def test_but_not_less() -> None:
    lacking = comparison.describe_difference(layer(PAGE), PARAGRAPHS[0], extra_expected=True)
    assert lacking is not None


def test_a_piece_may_say_what_stands_at_its_edge() -> None:
    carried, known = layer(PARAGRAPHS[1]), layer(PARAGRAPHS[0] + PARAGRAPHS[1] + PARAGRAPHS[2])
    assert comparison.describe_difference(carried, known, known=known) is None


def test_a_long_page_is_compared_in_no_time() -> None:
    words = " ".join(f"w{n % 977}x{n}" for n in range(30_000))
    _, took_s = timed(lambda: comparison.describe_difference(words, words))
    assert took_s < 2.0


@pytest.mark.parametrize(
    "answer",
    [
        PAGE.replace(". ", ".\n"),
        f"# {PAGE}",
        PAGE.replace("12,480.75", "**12,480.75**"),
        PAGE.replace("\n\n", "\n\n- "),
        PAGE.replace(" ", "\n"),
    ],
)
def test_of_an_answer_that_says_the_same_in_other_lines_and_markup_no_word_is_counted(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(_: str) -> list[str]:
        raise AssertionError("words were counted")

    monkeypatch.setattr(comparison, "words_of", count)
    assert comparison.describe_difference(layer(PAGE), answer) is None


@pytest.mark.parametrize(
    ("carried", "answer"),
    [
        ("in all 12 480 boats and 3 112 nets", "in all 12\u00a0480 boats and 3\u00a0112 nets"),
        ("the well- known in- formation", "the well-\nknown in-\nformation"),
        ("the in\u00ad formation of boats", "the in\u00ad\nformation of boats"),
        ("1. boats 2. nets 3. tar", "1. boats\n2. nets\n3. tar"),
    ],
)
def test_what_depends_on_the_kind_of_space_is_looked_at_word_by_word(
    carried: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of these say the same; that they do is not seen by what stands between two spaces."""
    looked_at: list[str] = []
    words_of = comparison.words_of

    def noted(text: str) -> list[str]:
        looked_at.append(text)
        return words_of(text)

    monkeypatch.setattr(comparison, "words_of", noted)
    assert comparison.describe_difference(carried, answer) is None
    assert looked_at == [carried, answer]


def test_an_accepted_answer_is_held_against_its_page_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []

    def describe(_: str, answer: str, **__: object) -> None:
        compared.append(answer)

    monkeypatch.setattr(comparison, "describe_difference", describe)
    check = LayerCheck(TextLayer(PAGE, [[PAGE, 0.1, 0.1, 0.9, 0.9]], []), extra_expected=False)
    assert check.difference(MINUTES) is None
    assert check.difference(PAGE) is None
    assert check.doubts(PAGE) == {}
    assert compared == [MINUTES, PAGE]
