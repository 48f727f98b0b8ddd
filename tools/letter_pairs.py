"""Makes functions/render/letter_tables.py: python tools/letter_pairs.py FOLDER > that file.

FOLDER has texts, one file for each language, LANGUAGE.txt. Each language has the same weight in
the table of its script. The table at hand was counted in the translations of free programs
(gettext catalogues) into some 90 languages.
"""

import math
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from functions.render.letter_pairs import EDGE, fold, runs

ALPHABETS = {
    "latin": "abcdefghijklmnopqrstuvwxyz",
    "cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґўђјљњћџѓќѕ",
    "greek": "αβγδεζηθικλμνξοπρστυφχψως",
    "hebrew": "אבגדהוזחטיכלמנסעפצקרשתךםןףץ",
    "arabic": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژکگیە",
}
_FEWEST_LETTERS = 1500
_WIDTH = 90


def count(text: str, alphabet: str) -> Counter[str]:
    """How often each pair of letters occurs, the edges of words being letters, too."""
    pairs: Counter[str] = Counter()
    for word in map(fold, runs(text)):
        if all(letter in alphabet for letter in word):
            edged = f"{EDGE}{word}{EDGE}"
            pairs.update(map("".join, pairwise(edged)))
    return pairs


def table(languages: list[Counter[str]], alphabet: str) -> str:
    """For each pair, row by row, a character: quarters of a bit for the second letter."""
    joint: Counter[str] = Counter()
    for pairs in languages:
        for pair, number in pairs.items():
            joint[pair] += number / pairs.total() / len(languages)  # type: ignore[assignment]
    letters, cells = EDGE + alphabet, []
    for first in letters:
        total = sum(joint[first + second] for second in letters) + 1e-9
        for second in letters:
            share = (joint[first + second] + 1e-7) / (total + 1e-7 * len(letters))
            cells.append(chr(48 + min(63, round(-4 * math.log2(share)))))
    return "".join(cells)


def main() -> None:
    """Write the module."""
    texts = [path.read_text() for path in sorted(Path(sys.argv[1]).glob("*.txt"))]
    out = ['"""Made by tools/letter_pairs.py: which letters follow each other, by script."""', ""]
    out.append("#: By script: its letters, and for each pair how unexpected the second letter is.")
    out.append("TABLES: dict[str, tuple[str, str]] = {")
    for script, alphabet in ALPHABETS.items():
        counted = [count(text, alphabet) for text in texts]
        languages = [pairs for pairs in counted if pairs.total() > _FEWEST_LETTERS]
        cells = table(languages, alphabet)
        out += [f'    "{script}": (', f'        "{alphabet}",']
        pieces = [cells[at : at + _WIDTH] for at in range(0, len(cells), _WIDTH)]
        quoted = [piece.replace("\\", "\\\\") for piece in pieces]
        out += [
            "        (",
            *(f'            "{piece}"' for piece in quoted),
            "        ),",
            "    ),",
        ]
    sys.stdout.write("\n".join([*out, "}", ""]))


if __name__ == "__main__":
    main()
