"""Failure codes stand once: the API lists them, and the page has words for what the API lists."""

import re

import yaml

from lector.domain.failure_codes import FailureCode
from lector.local.tools import checkout
from lector.runtime.failures import PermanentFailure, ProtocolCode

CONTRACT = yaml.safe_load((checkout() / "functions/upload/openapi.yaml").read_text())


def test_the_api_lists_every_code_that_a_person_may_meet() -> None:
    listed = CONTRACT["components"]["schemas"]["FailureCode"]["enum"]
    assert sorted(listed) == sorted([*FailureCode, *ProtocolCode])


def test_no_two_codes_are_the_same() -> None:
    assert not set(FailureCode) & set(ProtocolCode)


def test_a_failure_says_its_code_s_sentence_unless_it_knows_better() -> None:
    assert PermanentFailure(FailureCode.EMPTY_FILE).detail == "the file is empty"
    assert PermanentFailure(FailureCode.EMPTY_FILE, "0 bytes came").detail == "0 bytes came"


def test_the_commonest_refusal_has_advice_in_both_languages() -> None:
    reasons = (checkout() / "web/src/reading/reasons.ts").read_text()
    [words] = re.findall(r"password_protected: \[(.*?)\n  \],", reasons, re.DOTALL)
    assert "Remove the password" in words
    assert "Quita la contraseña" in words
