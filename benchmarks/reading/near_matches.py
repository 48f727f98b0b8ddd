"""Where a text contains another one, approximately: Myers' bit-parallel algorithm (1999).

Each position of the text costs a few operations on one integer, however long the pattern is.
"""

from collections.abc import Iterator


def starts(pattern: str, text: str, most_edits: int) -> list[int]:
    """Where in the text a match begins that differs by at most `most_edits` characters.

    Of neighbouring beginnings of what is one match, the best is meant.
    """
    ends = _best(_distances(pattern[::-1], text[::-1]), most_edits, max(1, len(pattern) // 2))
    return sorted(len(text) - end for end in ends)


def _distances(pattern: str, text: str) -> Iterator[int]:
    """For each position, the edits between the pattern and the best match that ends there."""
    length = len(pattern)
    mask, last = (1 << length) - 1, 1 << (length - 1)
    equal: dict[str, int] = {}
    for index, character in enumerate(pattern):
        equal[character] = equal.get(character, 0) | 1 << index
    positive, negative, distance = mask, 0, length
    for character in text:
        match = equal.get(character, 0)
        vertical = match | negative
        horizontal = (((match & positive) + positive) ^ positive) | match
        up = negative | ~(horizontal | positive) & mask
        down = positive & horizontal
        distance += bool(up & last) - bool(down & last)
        up, down = up << 1, down << 1  # a match may begin anywhere, so nothing is carried in
        positive = (down | ~(vertical | up)) & mask
        negative = up & vertical & mask
        yield distance


def _best(distances: Iterator[int], most: int, apart: int) -> list[int]:
    """The ends of matches; of those nearer to each other than `apart`, the best, then the first."""
    found: list[tuple[int, int]] = []
    for end, distance in enumerate(distances, start=1):
        if distance > most:
            continue
        if not found or end - found[-1][0] >= apart:
            found.append((end, distance))
        elif distance < found[-1][1]:
            found[-1] = (end, distance)
    return [end for end, _ in found]
