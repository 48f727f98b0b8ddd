"""Bars, one for each process, cut into the parts that its time went to: an SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _NAMES, _RIGHT = 1200, 150, 60
_BAR, _GAP, _TOP = 30, 12, 46
_LETTER = 6.2  # pixels of a letter of 11 px, about
_LEAST_SHOWN = 0.012  # of the longest bar; what is smaller is added up
_COLOURS = ("#9ecae1", "#c7e9c0", "#fdd0a2", "#dadaeb", "#fdae6b", "#a1d99b", "#bcbddc", "#c6dbef")
_REST = "#e5e5e5"
_OTHERS = "others"


@dataclass(frozen=True)
class Bar:
    """A process, and milliseconds of a page by part."""

    name: str
    parts: Mapping[str, float]

    @property
    def ms(self) -> float:
        """All of them."""
        return sum(self.parts.values())

    def largest_first(self) -> list[tuple[str, float]]:
        """Its parts, sorted."""
        return sorted(self.parts.items(), key=lambda part: -part[1])


def draw(bars: Sequence[Bar], title: str) -> str:
    """The bars, longest first, as an SVG that says everything in letters, too."""
    longest = max((bar.ms for bar in bars), default=1.0) or 1.0
    scale = (_WIDTH - _NAMES - _RIGHT) / longest
    height = _TOP + len(bars) * (_BAR + _GAP)
    space, box = "http://www.w3.org/2000/svg", f"0 0 {_WIDTH} {height}"
    lines = [
        f'<svg xmlns="{space}" viewBox="{box}" font-family="sans-serif" font-size="11">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="24" font-size="16">{escape(title)}</text>',
    ]
    for number, bar in enumerate(bars):
        lines += _bar(bar, _TOP + number * (_BAR + _GAP), scale, _LEAST_SHOWN * longest)
    return "\n".join([*lines, "</svg>", ""])


def _bar(bar: Bar, top: float, scale: float, least: float) -> list[str]:
    middle = top + _BAR / 2 + 4
    lines = [f'<text x="8" y="{middle:.0f}" font-size="13">{escape(bar.name)}</text>']
    left = float(_NAMES)
    shown = [part for part in bar.largest_first() if part[1] >= least]
    rest = bar.ms - sum(ms for _, ms in shown)
    for number, (part, ms) in enumerate([*shown, *([(_OTHERS, rest)] if rest > 0 else [])]):
        colour = _REST if part == _OTHERS else _COLOURS[number % len(_COLOURS)]
        width, name = ms * scale, part.rpartition(".")[2]
        lines.append(
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{colour}"'
            f' stroke="#ffffff"><title>{escape(part)}: {ms:.2f} ms</title></rect>'
        )
        words = f"{name} {ms:.1f}"
        if len(words) * _LETTER < width and name != bar.name:
            lines.append(f'<text x="{left + 4:.1f}" y="{middle:.0f}">{escape(words)}</text>')
        left += width
    return [*lines, f'<text x="{left + 6:.0f}" y="{middle:.0f}">{bar.ms:.1f} ms</text>']
