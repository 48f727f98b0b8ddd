"""How far a text that was read is from the text that was written."""


def levenshtein(one: str, other: str) -> int:
    """The fewest insertions, deletions and substitutions that turn one text into the other."""
    previous = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        current = [row]
        for column, right in enumerate(other, 1):
            changed = previous[column - 1] + (left != right)
            current.append(min(previous[column] + 1, current[-1] + 1, changed))
        previous = current
    return previous[-1]


def normalized(text: str) -> str:
    """A text with every run of white space as one space: line breaks are layout, not text."""
    return " ".join(text.split())


def character_errors(expected: str, read: str) -> tuple[int, int]:
    """How many characters are wrong, and of how many."""
    wanted = normalized(expected)
    return levenshtein(wanted, normalized(read)), len(wanted)
