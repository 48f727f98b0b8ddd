"""An operation of the API: how a request becomes the arguments of a plain function, and back.

    @routes.get("/v1/files/{file_id}", READ)
    def get_file(caller: Caller, file_id: Id) -> File:
        ...

The function runs in the thread pool. Its parameters `caller`, `query`, `headers`, `body` and `form`
are what their types say; any other stands in the path. Its docstring is the contract's text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any, TypeVar, get_type_hints

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from functions.upload import bodies, fields
from functions.upload.authentication import authenticate

Handler = TypeVar("Handler", bound=Callable[..., Any])
Parsed = TypeVar("Parsed", bound=msgspec.Struct)

JSON_BYTES = 16 * 1024
_ANY_PATH = ":path}"  # of a place that takes whatever is left, with slashes
_NOT_IN_PATH = ("caller", "query", "headers", "body", "form", "return")


@dataclass(frozen=True)
class Answer:
    """A value with another status than the operation's first, or with headers."""

    value: object
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Operation:
    """A method of a path. `scope` is what a token must be good for; None: nobody is asked.

    `answers` are the types of answers by their status, the first of which is the usual one; where
    an answer is not JSON, `content` are its types by media type. `form` is called in place of
    `function` if the request is sent as a form with `form_fields`, and `fetched` if its body has a
    `url`: it gets the file there as a form, and a body of its own type.
    """

    tag: str
    method: str
    path: str
    scope: str | None
    function: Callable[..., Any]
    answers: Mapping[int, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    form: Callable[..., Any] | None = None
    form_fields: type[msgspec.Struct] | None = None
    fetched: Callable[..., Any] | None = None
    json_bytes: int = JSON_BYTES

    def __post_init__(self) -> None:
        if not self.answers:
            self.answers = {200: self.function.__annotations__["return"]}

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The types of the function's parameters."""
        return get_type_hints(self.function, include_extras=True)

    @property
    def body(self) -> type[msgspec.Struct]:
        """What the body must be."""
        kind: type[msgspec.Struct] = self.hints.get("body", fields.Nothing)
        return kind

    @property
    def body_is_needed(self) -> bool:
        """Whether the body must say something."""
        return any(field.required for field in fields.fields_of(self.body).values())

    @property
    def in_path(self) -> dict[str, Any]:
        """The types of what stands in the path."""
        return {name: hint for name, hint in self.hints.items() if name not in _NOT_IN_PATH}

    def find_in(self, path: str) -> dict[str, str] | None:
        """What a path has in the places of this one, such as `{file_id}`; None for another path."""
        template, found = self.path.split("/"), path.split("/")
        if template[-1].endswith(_ANY_PATH):
            found[len(template) - 1 :] = ["/".join(found[len(template) - 1 :])]
        values = {}
        for place, text in zip_longest(template, found, fillvalue=""):
            if place.startswith("{") and text:
                values[place[1:].removesuffix(_ANY_PATH).removesuffix("}")] = text
            elif place != text:
                return None
        return values

    async def respond(self, request: Request, found: Mapping[str, str]) -> Response:
        """The answer to a request whose path holds what was `found`."""
        if self.scope is None:
            page: Response = await run_in_threadpool(self.function, request, **found)
            return page
        caller = await run_in_threadpool(authenticate, request, self.scope)
        if self.form and bodies.is_form(request):
            async with bodies.form(request, caller) as sent:
                given = {"caller": caller, "form": sent}
                return await run_in_threadpool(self._run, self.form, request, found, given)
        reads = request.method in ("GET", "HEAD")
        body = b"" if reads else await bodies.read(request, caller, self.json_bytes)
        given = {"caller": caller, "body": body}
        if self.fetched and "url" in bodies.json_object(request, body, needed=True):
            return await self._respond_with_fetched(self.fetched, request, found, given)
        return await run_in_threadpool(self._run, self.function, request, found, given)

    async def _respond_with_fetched(
        self,
        function: Callable[..., Any],
        request: Request,
        found: Mapping[str, str],
        given: dict[str, Any],
    ) -> Response:
        """The answer to a request about a file at a URL, which is fetched when all else is well."""
        from functions.upload import fetching  # noqa: PLC0415 - seldom asked for

        said = bodies.json_object(request, given["body"], needed=True)
        wanted = await run_in_threadpool(fields.parse, fetched_body(function), said)
        async with fetching.form(wanted.url, given["caller"]) as sent:
            more = {**given, "form": sent}
            return await run_in_threadpool(self._run, function, request, found, more)

    def _run(
        self,
        function: Callable[..., Any],
        request: Request,
        found: Mapping[str, str],
        given: dict[str, Any],
    ) -> Response:
        """Parse what is left to be parsed, call the function, and encode what it returns."""
        hints = self.hints if function is self.function else get_type_hints(function)
        arguments: dict[str, Any] = {
            name: given[name] for name in ("caller", "form") if name in hints
        }
        query = parse_query(hints.get("query", fields.Nothing), request)
        if "query" in hints:
            arguments["query"] = query
        if "headers" in hints:
            arguments["headers"] = parse_headers(hints["headers"], request)
        if "body" in given:
            sent = bodies.json_object(request, given["body"], needed=self.body_is_needed)
            body: object = fields.parse(hints.get("body", fields.Nothing), sent)
            if "body" in hints:
                arguments["body"] = body
        for name, hint in self.in_path.items():
            text = fields.values_of_texts({name: hint}, {name: [found[name]]})[name]
            arguments[name] = fields.value_of(name, hint, text)
        return self._encode(function(**arguments))

    def _encode(self, value: object) -> Response:
        if isinstance(value, Response):
            return value
        answer = value if isinstance(value, Answer) else Answer(value, next(iter(self.answers)))
        if answer.value is None:
            return Response(None, answer.status, answer.headers)
        body = msgspec.json.encode(answer.value)
        return Response(body, answer.status, answer.headers, "application/json")


def fetched_body(function: Callable[..., Any]) -> Any:
    """The type of the body with which `fetched` of an operation is called."""
    return get_type_hints(function, include_extras=True)["body"]


class Routes:
    """Operations that stand together in the contract."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.operations: list[Operation] = []

    def get(self, path: str, scope: str | None, **more: Any) -> Callable[[Handler], Handler]:
        """An operation that changes nothing."""
        return self._add("GET", path, scope, more)

    def post(self, path: str, scope: str | None, **more: Any) -> Callable[[Handler], Handler]:
        """An operation that makes or changes something."""
        return self._add("POST", path, scope, more)

    def put(self, path: str, scope: str, **more: Any) -> Callable[[Handler], Handler]:
        """An operation that replaces something."""
        return self._add("PUT", path, scope, more)

    def patch(self, path: str, scope: str, **more: Any) -> Callable[[Handler], Handler]:
        """An operation that changes a part of something."""
        return self._add("PATCH", path, scope, more)

    def delete(self, path: str, scope: str, **more: Any) -> Callable[[Handler], Handler]:
        """An operation that removes something."""
        return self._add("DELETE", path, scope, more)

    def _add(
        self, method: str, path: str, scope: str | None, more: Mapping[str, Any]
    ) -> Callable[[Handler], Handler]:
        def add(function: Handler) -> Handler:
            operation = Operation(self.tag, method, path, scope, function, **more)
            self.operations.append(operation)
            return function

        return add


def parse_query(kind: type[Parsed], request: Request) -> Parsed:
    """A request's query; of an option that is repeated in vain, the first counts."""
    texts: dict[str, list[str]] = {}
    for name, text in request.query_params.multi_items():
        texts.setdefault(name, []).append(text)
    hints = {name: field.type for name, field in fields.fields_of(kind).items()}
    return fields.parse(kind, fields.values_of_texts(hints, texts))


def parse_headers(kind: type[Parsed], request: Request) -> Parsed:
    """Those of a request's headers that an operation looks at."""
    names = fields.fields_of(kind)
    sent = {name: request.headers[name] for name in names if name in request.headers}
    return fields.parse(kind, sent)
