"""Failure codes stand once: the API lists them, and the page has words for what the API lists."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from functions.upload.problem_codes import ProblemCode
from lector.domain.failure_codes import FailureCode
from lector.local.tools import checkout
from lector.runtime.failures import PermanentFailure, ProtocolCode

CONTRACT = json.loads((checkout() / "functions/upload/openapi.json").read_text())


def test_the_api_lists_every_code_that_a_person_may_meet() -> None:
    schemas = CONTRACT["components"]["schemas"]
    for codes in (FailureCode, ProtocolCode, ProblemCode):
        assert sorted(schemas[codes.__name__]["enum"]) == sorted(codes)


FAILURES = {
    "ApiError",
    "Unmakeable",
    "PermanentFailure",
    "FailedAttempt",
    "RefusedAnswer",
    "Failure",
    "Answer",
}


def literal_codes(path: Path) -> Iterator[str]:
    """Codes that a module gives to a failure as a string of its own."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FAILURES:
            given = [*node.args[:2], *(k.value for k in node.keywords if k.arg == "code")]
            codes = [a for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            yield from (f"{path.name}:{a.lineno} {a.value!r}" for a in codes if "_" in str(a.value))


def test_every_failure_is_raised_by_the_name_of_its_code() -> None:
    modules = [*checkout().glob("functions/**/*.py"), *checkout().glob("lector/**/*.py")]
    assert [found for path in modules for found in literal_codes(path)] == []


def test_no_two_codes_are_the_same() -> None:
    assert not set(FailureCode) & set(ProtocolCode)


def test_a_failure_says_its_code_s_sentence_unless_it_knows_better() -> None:
    assert PermanentFailure(FailureCode.EMPTY_FILE).detail == "the file is empty"
    assert PermanentFailure(FailureCode.EMPTY_FILE, "0 bytes came").detail == "0 bytes came"


def test_the_commonest_refusal_has_advice_in_both_languages() -> None:
    reasons = (checkout() / "web/src/reading/reasons.ts").read_text()
    [words] = re.findall(r"password_protected: \[(.*?)\n  \],", reasons, re.DOTALL)
    assert "Type its password" in words
    assert "Escribe su contraseña" in words
