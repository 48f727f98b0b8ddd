"""PDFs with bytes overwritten, cut out or put in: pages, or a reason, and never a surprise.

Bounded in number, so in time; `HYPOTHESIS_EXAMPLES` asks for more than a test run can afford.
"""

import os
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.render import rendering
from lector.runtime.failures import PermanentFailure
from lector.runtime.settings import Rendering
from tests.support import pdfs

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "60"))
CONFIG = replace(Rendering(), render_page_timeout_s=5)
SEEDS = [
    pdfs.text_pdf(["The first page.", "The second page."]),
    pdfs.rotated_pdf("Turned", 90),
    pdfs.two_columns("left", "right"),
    pdfs.truncated_with_missing_pages(),
]
PATCHES = st.one_of(
    st.binary(max_size=24),
    st.sampled_from(
        [
            b"/Count 99999999",
            b"/Kids [1 0 R]",
            b"<<" * 200,
            b"[" * 500,
            b"-2147483648 0 R",
            b"/Length 999999999999",
            b"stream\r\n",
            b"endobj",
            b"/MediaBox [0 0 1e30 1e30]",
            b"\x00" * 64,
        ]
    ),
)


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    pdf=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 64), PATCHES), min_size=1, max_size=6),
)
@pytest.mark.timeout(300)
def test_a_damaged_pdf_gives_pages_or_a_reason(
    tmp_path: Path, pdf: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    for place, removed, patch in edits:
        at = int(place * len(pdf))
        pdf = pdf[:at] + patch + pdf[at + removed :]
    path = tmp_path / f"{uuid4()}.pdf"
    path.write_bytes(pdf)
    try:
        pages = rendering.inspect(path, 50, CONFIG).page_count
        outcomes = list(rendering.render(path, range(1, min(pages, 4) + 1), CONFIG))
    except PermanentFailure:
        return  # the reason why the file as a whole cannot be read
    assert len(outcomes) == min(pages, 4)
    for number, outcome in outcomes:
        proof = outcome.encoded if isinstance(outcome, rendering.RenderedImage) else outcome.detail
        assert proof, f"page {number} has neither an image nor a reason"
