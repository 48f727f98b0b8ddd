"""The words of an answer: Markdown, HTML and LaTeX, of which only what stands on the page counts.

Markup is blanked in place, so that offsets are those of the answer.
"""

import html
import re

from lector.domain.alignment.units import FILLER

MOST_CHARACTERS = 2_000_000
"""Of an answer, so many are looked at."""

_INLINE = "b|i|u|s|em|strong|sub|sup|span|small|mark|font|ins|del|code"
_WITHIN_WORDS = re.compile(
    rf"</?(?:{_INLINE})(?:\s[^<>\n]{{0,200}})?>|(?<=[^\W_])\*{{2,3}}(?=[^\W_])", re.IGNORECASE
)
_PARTING = re.compile(
    r"<!--[^<>]{0,400}-->"
    r"|</?[a-z][a-z0-9]{0,15}(?:\s[^<>\n]{0,400})?/?>"
    r"|\[/?(?:picture|no text|illegible)\]"
    r"|\]\([^()\s]{0,500}(?:\s\"[^\"\n]{0,100}\")?\)"
    r"|[*`|~]+|^[ \t]{0,8}(?:\#{1,6}|>|[-+])(?=\s)|^[ \t:|-]{3,}$|!\[|\[\^",
    re.IGNORECASE | re.MULTILINE,
)
# Without these there is no markup: to look for them takes a tenth of the time.
_MARKS = re.compile(r"[\\<*`|~\[\]&]")
_MARKED_LINE = re.compile(r"\n[ \t:#>+-]")
_ENTITY = re.compile(r"&(?:[a-z][a-z0-9]{1,20}|\#\d{1,6}|\#x[0-9a-f]{1,5});", re.IGNORECASE)
_LATEX = re.compile(
    r"\\(?:begin|end)\{[a-z*]{1,20}\}(?:\{[^{}\n]{0,40}\})?"
    r"|\\(?P<name>[a-z]{1,20})(?![a-z])|\\[^\w\s]|\\\\",
    re.IGNORECASE,
)
_SCRIPTS = re.compile(r"(?<=[^\W_])[\^_]\{?(?=[^\W_])|(?<=[^\W_])\}")
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
# Commands that print their own name.
_FUNCTIONS = re.compile(
    r"arccos|arcsin|arctan|arg|cosh?|coth?|deg|det|dim|exp|gcd|inf|ker|lim|ln|log|max|min|mod|sinh?"
    r"|sup|tanh?"
)


def without_markup(text: str) -> str:
    """The text as long as it is, with spaces and fillers where it has markup."""
    if not _MARKS.search(text) and not _MARKED_LINE.search("\n" + text):
        return text
    if "\\" in text:
        text = _SCRIPTS.sub(_fill, _LATEX.sub(_latex, text))
    if "<" in text or "*" in text:
        text = _WITHIN_WORDS.sub(_fill, text)
    text = _PARTING.sub(_blank, text)
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _fill(found: re.Match[str]) -> str:
    return FILLER * len(found[0])


def _entity(found: re.Match[str]) -> str:
    meant = html.unescape(found[0])
    if meant == found[0] or not meant.isalnum():
        return _blank(found)
    return meant + FILLER * (len(found[0]) - len(meant))


def _latex(found: re.Match[str]) -> str:
    name = found["name"]
    if name is None:
        return FILLER + found[0][1:] if found[0][1:] in ".,%&#_$" else _blank(found)
    if _FUNCTIONS.fullmatch(name):
        return " " + name
    letter = _GREEK.get(name.lower())
    return letter + FILLER * len(name) if letter else _blank(found)
