"""What a model endpoint's error means, and the words that are kept of it."""

import httpx2
import pytest

from functions.llm import model_errors
from functions.llm.model_errors import RequestFailed
from functions.llm.readers import Endpoint
from functions.llm.readings import RefusedAnswer
from lector.runtime.failures import CodedFailure, LectorError, PermanentFailure, TransientFailure

ENDPOINT = Endpoint("http://user:secret@models.example:8000/v1", "sk-secret")


def failure(answer: object, **headers: str) -> LectorError:
    with pytest.raises(LectorError) as raised:
        model_errors.check_error_inside(answer, headers, ENDPOINT)
    return raised.value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"error": "model not found, try pulling it first"},
            "model not found, try pulling it first",
        ),
        ("model not found", "model not found"),
        ({"error": {"message": "no such model", "type": "invalid"}}, "no such model"),
        ({"message": "no such model", "code": 404}, "no such model"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"error": {"error": {"message": "deep"}}}, "deep"),
        ([{"error": {"code": 400, "message": "API key not valid"}}], "API key not valid"),
        ({"errors": [{"message": "first"}, {"message": "second"}]}, "first; second"),
        ({"error": {"message": "", "code": 500}, "detail": "more"}, "more"),
        ({"error_description": "expired"}, "expired"),
        (
            {"detail": [{"loc": ["body", "max_tokens"], "msg": "field required", "type": "v"}]},
            "body.max_tokens: field required",
        ),
        (
            {"message": "Provider returned error", "metadata": {"raw": '{"error": "too hot"}'}},
            "Provider returned error: too hot",
        ),
        (
            {"message": "Provider returned error", "metadata": {"raw": "hot"}},
            "Provider returned error: hot",
        ),
        ("<html><head><title>502 Bad\nGateway</title></head><h1>x</h1></html>", "502 Bad Gateway"),
        ("<!DOCTYPE html><h1>Bad gateway</h1>", "Bad gateway"),
        ("upstream connect\n error", "upstream connect error"),
        ("", "no reason given; check OPENAI_BASE_URL"),
        (None, "no reason given; check OPENAI_BASE_URL"),
        ({}, "no reason given; check OPENAI_BASE_URL"),
        ({"error": True}, "no reason given; check OPENAI_BASE_URL"),
    ],
)
def test_the_servers_own_words_are_found_wherever_they_are(body: object, reason: str) -> None:
    assert model_errors.find_reason(body) == reason


def test_words_are_looked_for_only_so_deep() -> None:
    body: object = "deep"
    for _ in range(1000):
        body = {"error": body}
    assert "no reason given" in model_errors.find_reason(body)


@pytest.mark.parametrize(
    "error",
    [
        {"code": 429},
        {"code": "429"},
        {"status": 429},
        {"status_code": 429},
        {"type": "rate_limit_error"},
        {"code": "rate_limit_exceeded"},
        {"status": "RESOURCE_EXHAUSTED"},
    ],
)
def test_a_rate_limit_inside_a_200_is_one(error: dict[str, object]) -> None:
    raised = failure({"error": {"message": "Provider returned error", **error}})
    assert isinstance(raised, TransientFailure)
    assert raised.code == "model_limits_rate"
    endpoint = "the model endpoint models.example:8000"
    assert raised.detail == f"{endpoint} answered 200 with error 429: Provider returned error"


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "slow down", "code": 429},
        {"error": True, "message": "slow down", "status": 429},
        {"statusCode": 429, "message": "slow down"},
        {"status_code": "429", "detail": "slow down"},
        {"error": {"message": "slow down", "http_code": 429}},
        [{"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}],
    ],
)
def test_a_code_is_found_wherever_an_answer_has_it(answer: object) -> None:
    raised = failure(answer)
    assert isinstance(raised, TransientFailure)
    assert "429: slow down" in raised.detail


@pytest.mark.parametrize(
    ("code", "kind", "means"),
    [
        (401, PermanentFailure, "model_refused_authentication"),
        (403, PermanentFailure, "model_refused_authentication"),
        (402, PermanentFailure, "model_wants_payment"),
        (400, PermanentFailure, "model_refused_request"),
        (404, PermanentFailure, "model_refused_request"),
        (408, RequestFailed, "model_failed"),
        (500, RequestFailed, "model_failed"),
        (502, RequestFailed, "model_failed"),
        (529, RequestFailed, "model_failed"),
        ("invalid_api_key", PermanentFailure, "model_refused_authentication"),
        ("insufficient_quota", PermanentFailure, "model_wants_payment"),
        ("overloaded_error", RequestFailed, "model_failed"),
    ],
)
def test_another_error_inside_a_200_means_what_its_code_says(
    code: object, kind: type[CodedFailure], means: str
) -> None:
    raised = failure({"error": {"message": "no", "code": code}})
    assert isinstance(raised, kind)
    assert raised.code == means


def test_an_error_of_the_choice_counts_as_one_of_the_answer() -> None:
    error = {"code": 429, "message": "slow down"}
    choice = {"finish_reason": "error", "error": error, "message": {"content": "half a"}}
    assert isinstance(failure({"choices": [choice]}), TransientFailure)
    ended = {"finish_reason": "error", "message": {"content": "half a"}}
    assert isinstance(failure({"choices": [ended], "error": error}), TransientFailure)
    assert isinstance(failure({"choices": [ended]}), RequestFailed)


def test_an_error_without_a_code_is_a_refused_answer_with_its_words() -> None:
    for answer in ({"error": "it broke"}, {"error": {"message": "it broke"}}):
        raised = failure(answer)
        assert isinstance(raised, RefusedAnswer)
        assert (raised.code, "it broke" in raised.detail) == ("model_failed", True)


def test_what_is_no_completion_says_what_it_says() -> None:
    raised = failure({"detail": "Not Found"})
    assert isinstance(raised, RefusedAnswer)
    assert raised.code == "not_a_completion"
    assert "Not Found" in raised.detail
    assert "OPENAI_BASE_URL" in raised.detail


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"message": {"content": "fine"}}]},
        {"choices": [{"message": {"content": "fine"}}], "error": None},
        {"choices": [{"message": {"content": "fine"}, "error": None}], "error": {}},
        {"choices": []},
        {"choices": "none"},
        {"choices": [7]},
        {},
        [1, 2],
        "text",
        None,
    ],
)
def test_what_is_no_error_is_left_to_others(answer: object) -> None:
    model_errors.check_error_inside(answer, {}, ENDPOINT)


@pytest.mark.parametrize(
    ("headers", "error", "wait_s"),
    [
        ({"retry-after": "7"}, {}, 7.0),
        ({"retry-after-ms": "1500"}, {}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "7"}, {}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "7"}, {}, 7.0),
        ({}, {"retry_after": 3}, 3.0),
        ({}, {"retry_after_seconds": "4"}, 4.0),
        ({}, {}, None),
    ],
)
def test_how_long_to_wait_is_said_in_several_ways(
    headers: dict[str, str], error: dict[str, object], wait_s: float | None
) -> None:
    raised = failure({"error": {"code": 429, "message": "slow", **error}}, **headers)
    assert isinstance(raised, TransientFailure)
    assert raised.retry_after_s == wait_s


def test_neither_key_nor_password_is_repeated() -> None:
    raised = failure({"error": {"code": 401, "message": "wrong key sk-secret"}})
    assert "secret" not in str(raised)


def test_a_reader_without_a_key_has_its_words_repeated_as_they_are() -> None:
    words = "none of the models is loaded"
    endpoint = Endpoint("http://models.example/v1")
    answer = {"error": {"code": 404, "message": words}}
    with pytest.raises(LectorError, match=words):
        model_errors.check_error_inside(answer, {}, endpoint)


def test_what_an_error_of_the_connection_quotes_of_the_key_is_not_repeated() -> None:
    endpoint = Endpoint("http://models.example/v1", "sk-secret", secrets=("in-a-header",))
    error = httpx2.LocalProtocolError("Illegal header value b'Bearer sk-secret' b'in-a-header'")
    raised = model_errors.classify_transport(error, endpoint)
    assert "Illegal header value" in str(raised)
    assert "secret" not in str(raised)
    assert "in-a-header" not in str(raised)
