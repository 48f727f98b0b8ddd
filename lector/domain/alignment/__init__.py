"""The words of an answer, each with its place on the page: held against what an anchor sees there.

An anchor is what an independent reader sees on the same page: words with boxes. The answer may be
Markdown, HTML or LaTeX, and in another reading order.
"""

from lector.domain.alignment.anchors import AnchorWord
from lector.domain.alignment.placing import align

__all__ = ["AnchorWord", "align"]
