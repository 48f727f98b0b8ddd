"""What the example finds in the text of an invoice, and what its table may hold."""

import importlib.util
from types import ModuleType

import pytest

from lector.local.tools import checkout


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("invoices", checkout() / "examples/invoices.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


invoices = load()


class Read:
    """A document without doubts."""

    doubts = ()


@pytest.mark.parametrize(
    "text",
    [
        "total " * 4000,
        "net\n" * 4000,
        "vat % " * 4000,
        "total" + " -" * 9000 + "\n" + "( " * 9000,
        "invoice no" + "-/" * 9000,
        "date" + " " * 9000,
        "date 1 " + "may" * 9000,
    ],
)
@pytest.mark.timeout(20)  # what backtracks takes hours
def test_no_text_makes_the_patterns_hang(text: str) -> None:
    assert invoices.find(text) == {}


@pytest.mark.parametrize(
    ("sum_", "found"),
    [
        ("1,284.50", "1284.50"),
        ("GBP 1.284,50", "1284.50"),
        ("-100.00", "-100.00"),
        ("\n£ -100.00", "-100.00"),
        ("-£1,100.00", "-1100.00"),
        ("\u2212 EUR 100,00", "-100.00"),
        ("(100.00)", "-100.00"),
        ("($100.00)", "-100.00"),
        ("100.00-", "-100.00"),
        ("100.00 CR", "-100.00"),
    ],
)
@pytest.mark.parametrize("what", ["Net", "VAT 20 %", "Total to pay:"])
def test_a_sum_keeps_its_sign(what: str, sum_: str, found: str) -> None:
    assert list(invoices.find(f"{what} {sum_}").values()) == [found]


def test_a_credit_note_is_to_be_looked_at() -> None:
    text = "Invoice no. 17\nDate: 3 May 2025\nNet (100.00)\nVAT 20 % (20.00)\nTotal (120.00)"
    row = invoices.find(text)
    assert invoices.to_look_at(row, Read()) == "below zero: a credit note?"
    assert invoices.to_look_at(invoices.find(text.replace("(", "").replace(")", "")), Read()) == ""


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Due date: 2026-02-01 / Invoice date: 2026-01-02", "2026-01-02"),
        ("Payment date 2026-02-01\nDate: 2 January 2026", "2 January 2026"),
        ("Update 12 May 2024", None),
        ("Date of issue: 12 May 2024", "12 May 2024"),
        ("Date due: 12 May 2024", None),
        ("Fecha de vencimiento: 1 de mayo de 2026", None),
        ("Vencimiento fecha: 01/05/2026", None),
        ("Fecha de emisi\u00f3n: 01/04/2026", "01/04/2026"),
        ("Fecha: 30 de mayo de 2025", "30 de mayo de 2025"),
    ],
)
def test_the_date_is_that_of_issue(text: str, date: str | None) -> None:
    assert invoices.find(text).get("date") == date


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_taken_for_a_formula(begins: str) -> None:
    text = f"{begins}HYPERLINK(A1)"
    assert invoices.cell("file", text) == f"'{text}"


def test_a_sum_below_zero_stays_a_number() -> None:
    assert invoices.cell("total", "-100.00") == "-100.00"
    assert invoices.cell("file", "a=1.pdf") == "a=1.pdf"
