"""The functions one after the other, on real parts: what each event leads to."""

import io

import pymupdf

from support.called import Functions
from support.model import ScriptedModel


def test_a_file_posted_as_a_form_is_accepted(functions: Functions, model: ScriptedModel) -> None:
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "hello")
    answer = functions.clients["upload"].post(
        "/v1/files", data={"file": (io.BytesIO(document.tobytes()), "a.pdf")}
    )
    assert answer.status_code == 202
