"""What reading may cost: of one call at most, and of many pages about, in figures and words."""

import re

import pytest

from lector.domain import cost_estimates, reader_catalogue
from lector.domain.cost_estimates import Pages, dollars
from lector.domain.reader_catalogue import OWN, Prices
from lector.local.tools import checkout
from tests.support.own_readers import nothing_set

A4 = cost_estimates.A4_AT_1568_PX


def test_a_call_costs_at_most_its_longest_answer_and_more_tokens_than_any_model_counts() -> None:
    prices = Prices(prompt=1.0, completion=10.0)
    most = cost_estimates.at_most_usd(prices, "x" * 1000, A4, 4096)
    qwen = A4 / 32**2 + 1000 / 4
    assert most > (qwen * 1.0 + 4096 * 10.0) / 1e6
    assert most < (4 * qwen * 1.0 + 1500 + 4096 * 10.0) / 1e6


def test_where_an_image_has_a_number_of_tokens_whatever_its_size_that_counts() -> None:
    prices = Prices(prompt=1.0, image_tokens=2000)
    small, large = (cost_estimates.at_most_usd(prices, "", px, 100) for px in (1000, 10**8))
    assert small == large == pytest.approx(0.0023)


def test_what_has_no_prices_or_costs_nothing_costs_nothing_at_most() -> None:
    assert cost_estimates.at_most_usd(None, "x", A4, 4096) == 0
    assert cost_estimates.at_most_usd(Prices(), "x", A4, 4096) == 0


def estimate(pages: Pages, name: str, model: str | None = None) -> cost_estimates.Estimate:
    with nothing_set():
        catalogue = reader_catalogue.load([OWN])
        reader = catalogue.readers[name]
        model = model or reader.model_name()
        return cost_estimates.estimate(pages, name, reader, model, reader.prices_of(model), "")


def test_an_estimate_says_how_each_page_is_read_and_what_that_costs() -> None:
    found = estimate(Pages(412, 301), "openrouter")
    assert found.words.startswith("412 pages, 301 need no reader, 111 by qwen/qwen3-vl-8b")
    assert found.about_usd is not None
    assert found.at_most_usd is not None
    assert 0.05 < found.about_usd < 0.2
    assert found.about_usd < found.at_most_usd < 10 * found.about_usd
    assert found.words.endswith(f", about {dollars(found.about_usd)}")


def test_an_estimate_is_honest_about_what_is_not_known() -> None:
    unlooked = estimate(Pages(10, layers_known=False), "openrouter")
    assert "at most 10 by qwen" in unlooked.words
    assert unlooked.words.endswith(" or less")
    unpriced = estimate(Pages(10, 4), "mistral")
    assert (unpriced.about_usd, unpriced.at_most_usd) == (None, None)
    assert "not known" in unpriced.words
    assert estimate(Pages(10, 10), "mistral").words.endswith("at no cost")


def test_prices_are_those_of_the_model_that_they_name_and_of_no_other() -> None:
    assert estimate(Pages(1), "openai").about_usd is not None
    assert estimate(Pages(1), "openai", "gpt-5").about_usd is None
    assert estimate(Pages(1), "ollama", "anything").about_usd == 0


def test_an_endpoint_of_ones_own_has_no_prices_unless_somebody_sets_them() -> None:
    with nothing_set() as set_variables:
        set_variables(OPENAI_BASE_URL="https://elsewhere.example/v1")
        [default] = [
            one
            for name, one in reader_catalogue.current().readers.items()
            if name == reader_catalogue.current().default
        ]
        assert default.prices_of(default.model_name()) is None
        set_variables(MODEL_PROMPT_PRICE_USD="1")
        current = reader_catalogue.current()
        assert current.readers[current.default].prices_of("any") == Prices(1.0, 0.0)


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (1234.5, "$1,234.50"),
        (0.083, "$0.083"),
        (0.31, "$0.31"),
        (0.00042, "$0.00042"),
        (0, "$0.00"),
    ],
)
def test_an_amount_has_as_many_digits_as_make_sense_of_it(usd: float, words: str) -> None:
    assert dollars(usd) == words


def test_docs_say_of_each_reader_in_their_table_what_an_estimate_of_1000_pages_says() -> None:
    page = (checkout() / "docs/costs.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `[^`]+` \| (\$[\d.]+) \| (\$[\d.]+) \|$", page, re.MULTILINE)
    assert len(rows) == 3
    for name, about, at_most in rows:
        found = estimate(Pages(1000), name)
        assert (dollars(found.about_usd or 0), dollars(found.at_most_usd or 0)) == (about, at_most)
