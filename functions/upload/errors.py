"""The one error of the HTTP API, and how errors become answers: problem details (RFC 9457)."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from functions.upload.answers import Output
from functions.upload.problem_codes import ProblemCode
from lector.runtime import problems
from lector.runtime.failures import LectorError


class Problem(Output, frozen=True):
    """Why it could not be done, and what to change (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Meta(description="A sentence for people.")]
    code: Annotated[
        str,
        Meta(description="For programs: a ProblemCode, or `malformed_` and the name of a field."),
    ]


class ApiError(LectorError):
    """The request cannot be carried out; `detail` tells people what to change."""

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.problem = problems.Problem(status, code, detail, headers or {})

    def details(self) -> Problem:
        """As it stands within another answer."""
        return msgspec.convert(self.problem.details(), Problem)


class NoSuchFile(ApiError):
    """The tenant has no file of this id (404)."""

    def __init__(self, file_id: object) -> None:
        super().__init__(404, ProblemCode.NO_SUCH_FILE, f"there is no file {file_id}")


def error_response(error: Exception) -> Response:
    """The answer that an error gets; an unexpected one is logged."""
    problem = error.problem if isinstance(error, ApiError) else problems.problem_of(error)
    body = msgspec.json.encode(problem.details())
    return Response(body, problem.status, problem.headers, problems.MEDIA_TYPE)
