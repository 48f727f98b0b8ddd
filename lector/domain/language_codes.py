"""The names of languages: BCP 47, as people and programs write them, and Tesseract's own codes."""

import re

_TAG = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_LONGEST = 100

# Tags without a region, and with a script where that makes another language of them.
_PAIRS = """
af:afr am:amh ar:ara as:asm az:aze az-cyrl:aze_cyrl be:bel bg:bul bn:ben bo:bod br:bre bs:bos
ca:cat ceb:ceb chr:chr co:cos cs:ces cy:cym da:dan de:deu de-latf:frk dv:div dz:dzo el:ell
en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fil:fil fo:fao fr:fra fy:fry ga:gle gd:gla
gl:glg grc:grc gu:guj he:heb hi:hin hr:hrv ht:hat hu:hun hy:hye id:ind is:isl it:ita iu:iku
ja:jpn jv:jav ka:kat kk:kaz km:khm kn:kan ko:kor ku:kmr ky:kir la:lat lb:ltz lo:lao lt:lit
lv:lav mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya nb:nor ne:nep nl:nld nn:nor
no:nor oc:oci or:ori pa:pan pl:pol ps:pus pt:por qu:que ro:ron ru:rus sa:san sd:snd si:sin
sk:slk sl:slv sq:sqi sr:srp sr-latn:srp_latn su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha
ti:tir to:ton tr:tur tt:tat ug:uig uk:ukr ur:urd uz:uzb uz-cyrl:uzb_cyrl vi:vie yi:yid yo:yor
yue:chi_tra zh:chi_sim zh-hans:chi_sim zh-hant:chi_tra
"""
_CODES = dict(pair.split(":") for pair in _PAIRS.split())
_OTHER_TAGS = {
    "in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sr-latn", "tl": "fil",
    "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant", "cmn": "zh", "sr-me": "sr-latn",
}  # fmt: skip
_TAGS = {"nor": "nb", "chi_sim": "zh-Hans", "chi_tra": "zh-Hant"}
_TAGS |= {code: tag for tag, code in reversed(_CODES.items()) if code not in _TAGS}


class InvalidLanguage(ValueError):
    """A text that names no languages; the message says how they are written."""


def parse(languages: str) -> tuple[str, ...]:
    """Tesseract's codes of languages in BCP 47, such as `es` or `pt-BR, en`; the first counts most.

    A language that Tesseract has no code for keeps its own, and Tesseract's codes are taken, too.

    Raises:
        InvalidLanguage: it is no list of language tags.

    """
    tags = [tag.strip() for tag in languages.split(",")]
    if len(languages) > _LONGEST or not all(map(_TAG.fullmatch, tags)):
        raise InvalidLanguage(
            "a language is written as in BCP 47, such as es or pt-BR; several: es, en"
        )
    return tuple(dict.fromkeys(map(_code, tags)))


def are_known(languages: str) -> bool:
    """Whether all are languages for which Tesseract has data; `InvalidLanguage` as for `parse`."""
    return set(parse(languages)) <= set(_CODES.values())


def _code(tag: str) -> str:
    """The code of a tag: of its longest beginning that is known, of any region and script."""
    if tag in _TAGS:
        return tag
    parts = tag.lower().replace("_", "-").split("-")
    for length in range(len(parts), 0, -1):
        beginning = "-".join(parts[:length])
        beginning = _OTHER_TAGS.get(beginning, beginning)
        if beginning in _CODES:
            return _CODES[beginning]
    return parts[0]


def tag(code: str) -> str:
    """The BCP 47 tag of one of Tesseract's codes."""
    known = _TAGS.get(code)
    if known is None:
        return code.partition("_")[0]
    language, _, script = known.partition("-")
    return f"{language}-{script.title()}" if script else language
