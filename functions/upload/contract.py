"""The API's contract: an OpenAPI 3.1 document, made of the operations and their types.

python -m functions.upload.contract FILE
"""

import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from functions.upload import fields
from functions.upload.errors import Problem
from functions.upload.examples import EXAMPLES, Example
from functions.upload.fields import Nothing
from functions.upload.files.options import MOST_FILES, FilesForm
from functions.upload.operations import Operation, fetched_body
from functions.upload.problem_codes import ProblemCode
from lector.domain.doubts import DoubtCode
from lector.domain.failure_codes import FailureCode
from lector.runtime import problems
from lector.runtime.failures import ProtocolCode

Json = dict[str, Any]

_ABOUT = """Announce a file, PUT its bytes to the URL in the answer, confirm; or send it as a form
in one request. Then watch it (`/v1/files/{id}/events`), read its pages as they come, and search.

Every error is a problem detail (RFC 9457) whose `code` is for programs and whose `detail` is a
sentence for people: 400 for what is not as described here, 422 for what is, but makes no sense.
Lists continue with `cursor`, which is the last answer's `next`. Where this Lector asks for a
token, send `Authorization: Bearer …`; `lector token` makes one. `security` says which scope a
token needs.
"""
_TAGS = {
    "files": "Files and what a person does with them",
    "pages": "Pages, and the versions of their text",
    "text": "The text of a whole file, and search over everything",
    "live": "What happens, as it happens",
    "readers": "Who reads the pages",
    "access": "Who may do what",
    "notifications": "Whom Lector tells what happens",
    "upkeep": "For whoever looks after a Lector",
}
_REFERENCE = "#/components/schemas/{name}"
_FILE = {"type": "string", "format": "binary"}
_TRACE_ID = {
    "description": "The id of the request's trace, as in its log lines: 32 hexadecimal digits.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_TRACED = {"X-Trace-Id": {"$ref": "#/components/headers/TraceId"}}


class Schemas:
    """JSON schemas of types; those that have a name are kept as components."""

    def __init__(self) -> None:
        self.components: Json = {}

    def of(self, kind: Any) -> Json:
        """The schema of a type, by reference if it has a name."""
        [schema], components = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
        for name, component in components.items():
            component.pop("title", None)
            for member in component.get("properties", {}).values():
                if member.get("default", ...) is None:
                    del member["default"]  # it says no more than that the member may be missing
            self.components.setdefault(name, component)
        return schema

    def of_form(self, kind: type, files: Json) -> Json:
        """The schema of a form with files."""
        schema = self.of(kind)
        component = self.components[kind.__name__]
        members = component["properties"]
        component["properties"] = {name: _in_a_form(member) for name, member in members.items()}
        component["properties"]["file"] = files
        component["required"] = ["file"]
        return schema


def _in_a_form(member: Json) -> Json:
    """A member without null: in a form everything is text, and what is left out is not there."""
    choices = [choice for choice in member.get("anyOf", ()) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else member


def document(operations: Iterable[Operation]) -> bytes:
    """The contract of these operations, as JSON."""
    schemas = Schemas()
    paths: Json = {}
    for operation in operations:
        described = _operation(operation, schemas)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    for codes in (DoubtCode, FailureCode, ProtocolCode, ProblemCode):
        schemas.of(codes)
    bearer = {"type": "http", "scheme": "bearer", "description": "Made with `lector token`."}
    problem = {
        "description": "It could not be done; `detail` says why and what to change.",
        "content": {problems.MEDIA_TYPE: {"schema": schemas.of(Problem)}},
        "headers": _TRACED,
    }
    components = {
        "securitySchemes": {"token": bearer},
        "responses": {"Problem": problem},
        "headers": {"TraceId": _TRACE_ID},
        "schemas": dict(sorted(schemas.components.items())),
    }
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Lector",
            "version": "1",
            "summary": "A PDF in, its text out, page by page.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This Lector"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": components,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"


def _operation(operation: Operation, schemas: Schemas) -> Json:
    summary, _, description = (inspect.getdoc(operation.function) or "").partition("\n\n")
    first, *others = operation.function.__name__.split("_")
    name = first + "".join(word.title() for word in others)
    example = EXAMPLES.get(name, Example())
    described: Json = {
        "tags": [operation.tag],
        "operationId": name,
        "summary": summary.rstrip("."),
        **({"description": description} if description else {}),
        # Where tokens are not asked for, everybody may; where they are, those of this scope.
        "security": [{}, {"token": [operation.scope]}],
    }
    parameters = list(_parameters(operation, schemas))
    if parameters:
        described["parameters"] = [_with_example(one, example) for one in parameters]
    if operation.body is not Nothing or operation.form_fields:
        described["requestBody"] = _body(operation, example, schemas)
    described["responses"] = dict(_answers(operation, schemas))
    return described


def _parameters(operation: Operation, schemas: Schemas) -> Iterator[Json]:
    for name, hint in operation.in_path.items():
        schema = schemas.of(hint)
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for place, where in (("query", "query"), ("headers", "header")):
        for name, field in fields.fields_of(operation.hints.get(place, Nothing)).items():
            schema = schemas.of(fields.without_none(field.type))
            description = schema.pop("description", None)
            if field.default not in (msgspec.NODEFAULT, None):
                schema["default"] = field.default
            yield {
                "name": name,
                "in": where,
                **({"description": description} if description else {}),
                **({"required": True} if field.required else {}),
                "schema": schema,
            }


def _with_example(parameter: Json, example: Example) -> Json:
    name, given = parameter["name"], example.parameters
    return {**parameter, "example": given[name]} if name in given else parameter


def _body(operation: Operation, example: Example, schemas: Schemas) -> Json:
    schema = schemas.of(operation.body)
    if operation.fetched:
        schema = {"anyOf": [schema, schemas.of(fetched_body(operation.fetched))]}
    content: Json = {"application/json": {"schema": schema}}
    if example.bodies:
        named = {name: {"value": body} for name, body in example.bodies.items()}
        content["application/json"]["examples"] = named
    if operation.form_fields:
        many = operation.form_fields is FilesForm
        files = (
            {"type": "array", "items": _FILE, "minItems": 1, "maxItems": MOST_FILES}
            if many
            else _FILE
        )
        form = schemas.of_form(operation.form_fields, files)
        sent = {"example": dict(example.form)} if example.form else {}
        content["multipart/form-data"] = {"schema": form, **sent}
    return {"required": operation.body_is_needed, "content": content}


def _answers(operation: Operation, schemas: Schemas) -> Iterator[tuple[str, Json]]:
    for status, kind in operation.answers.items():
        answer: Json = {"description": _text_of(kind), "headers": _TRACED}
        if operation.content:
            content = {name: _content(kind, schemas) for name, kind in operation.content.items()}
            answer["content"] = content
        elif kind is not None:
            answer["content"] = {"application/json": {"schema": schemas.of(kind)}}
        if operation.path == "/v1/files" and operation.method == "POST":
            text = {"description": "The file's address.", "schema": {"type": "string"}}
            answer["headers"] = {"Location": text, **_TRACED}
        yield str(status), answer
    if operation.method == "GET":
        yield "304", {"description": "It is as If-None-Match has it.", "headers": _TRACED}
    yield "default", {"$ref": "#/components/responses/Problem"}


def _content(kind: Any, schemas: Schemas) -> Json:
    return {"schema": _FILE if kind is bytes else schemas.of(kind)}


def _text_of(kind: Any) -> str:
    """What is said of an answer: the docstring of its type."""
    return "Done." if kind is None else (inspect.getdoc(kind) or "The answer.")
