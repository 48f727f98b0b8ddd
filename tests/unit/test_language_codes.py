"""Languages as people name them become the ones that Tesseract knows."""

import pytest

from lector.domain import language_codes


@pytest.mark.parametrize(
    ("languages", "codes"),
    [
        ("es", ("spa",)),
        ("ES", ("spa",)),
        ("es-419", ("spa",)),
        ("pt-BR", ("por",)),
        ("pt_BR", ("por",)),
        ("en-Latn-GB", ("eng",)),
        ("nb", ("nor",)),
        ("nn-NO", ("nor",)),
        ("sr", ("srp",)),
        ("sr-Latn", ("srp_latn",)),
        ("sr-Latn-RS", ("srp_latn",)),
        ("sr-Cyrl", ("srp",)),
        ("zh", ("chi_sim",)),
        ("zh-CN", ("chi_sim",)),
        ("zh-Hant", ("chi_tra",)),
        ("zh-Hant-HK", ("chi_tra",)),
        ("zh-TW", ("chi_tra",)),
        ("iw", ("heb",)),
        ("es, en", ("spa", "eng")),
        ("en,es,en-US", ("eng", "spa")),
        ("spa", ("spa",)),
        ("chi_tra", ("chi_tra",)),
        ("tlh", ("tlh",)),
    ],
)
def test_a_language_in_bcp_47_is_one_of_tesseracts(languages: str, codes: tuple[str, ...]) -> None:
    assert language_codes.parse(languages) == codes


@pytest.mark.parametrize(
    "said", ["e", "es,", "es;en", "../eng", "es en", "1", "español", "e" * 200]
)
def test_what_is_no_language_is_refused_in_words(said: str) -> None:
    with pytest.raises(language_codes.InvalidLanguage, match="BCP 47, such as es"):
        language_codes.parse(said)


@pytest.mark.parametrize(
    ("code", "tag"),
    [("eng", "en"), ("spa", "es"), ("nor", "nb"), ("chi_tra", "zh-Hant"), ("srp_latn", "sr-Latn")],
)
def test_a_language_is_told_of_in_bcp_47(code: str, tag: str) -> None:
    assert language_codes.tag(code) == tag
    assert language_codes.parse(tag) == (code,)


def test_each_of_tesseracts_codes_that_is_told_of_is_understood() -> None:
    for code in ("fra", "deu", "por", "ita", "jpn", "ell", "fil", "uzb_cyrl", "frk"):
        assert language_codes.parse(language_codes.tag(code)) == (code,)
