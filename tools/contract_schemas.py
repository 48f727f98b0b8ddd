"""The contracts as JSON Schemas and examples, in the form in which they travel (ProtoJSON)."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message

from lector.runtime import events

CONTRACTS = Path(__file__).resolve().parents[1] / "contracts"
_FILE = "01a213a9-6cfe-75c2-8ffa-118885c43b33"
_EXAMPLES: dict[str, Any] = {
    "generation": 1,
    "object_key": f"files/{_FILE}/original.pdf",
    "name": "report.pdf",
    "size_bytes": 120_934,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "tenant": "default",
    "status": "completed",
    "provenance": "model",
    "model": "qwen/qwen3-vl-8b-instruct",
    "code": "not_a_pdf",
    "detail": "the file is no PDF",
    "function": "render",
    "destination": "telegram",
    "text": "report.pdf: 3 pages read",
    "warning": "the file was damaged and has been repaired",
}
_NUMBERS = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32)
_LONG = (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)


def comments() -> dict[str, str]:
    """What the contract says of each message and field, by its full name."""
    with tempfile.NamedTemporaryFile() as file:
        protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{CONTRACTS}"]
        words = [*protoc, "--include_source_info", f"--descriptor_set_out={file.name}"]
        subprocess.run([*words, "events.proto"], check=True)
        [proto] = FileDescriptorSet.FromString(Path(file.name).read_bytes()).file
    told = {}
    for location in proto.source_code_info.location:
        path = list(location.path)
        said = " ".join(location.leading_comments.split())
        if said and path[:1] == [4] and len(path) in (2, 4):
            message = proto.message_type[path[1]]
            field = f".{message.field[path[3]].name}" if len(path) == 4 and path[2] == 2 else ""
            told[f"{proto.package}.{message.name}{field}"] = said
    return told


def schema(message: Any, told: dict[str, str]) -> dict[str, Any]:
    """The JSON Schema of a message as ProtoJSON."""
    required = [f.json_name for f in message.fields if not _is_optional(f)]
    return {
        "type": "object",
        **({"description": told[message.full_name]} if message.full_name in told else {}),
        **({"required": required} if required else {}),
        "properties": {
            field.json_name: {
                **_of_field(field, told),
                **({"description": told[field.full_name]} if field.full_name in told else {}),
            }
            for field in message.fields
        },
    }


def _is_optional(field: FieldDescriptor) -> bool:
    return field.containing_oneof is not None or _is_map(field)


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _of_field(field: FieldDescriptor, told: dict[str, str]) -> dict[str, Any]:
    if _is_map(field):
        return {"type": "object", "additionalProperties": {"type": "string"}}
    one = _of_one(field, told)
    return {"type": "array", "items": one} if field.is_repeated else one


def _of_one(field: FieldDescriptor, told: dict[str, str]) -> dict[str, Any]:
    if field.message_type:
        return schema(field.message_type, told)
    if field.cpp_type in _NUMBERS:
        return {"type": "integer", "minimum": 0}
    if field.cpp_type in _LONG:
        return {"type": "string", "pattern": "^[0-9]+$"}
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return {"type": "boolean"}
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return {"type": "number"}
    encoded = field.type == FieldDescriptor.TYPE_BYTES
    return {"type": "string", **({"contentEncoding": "base64"} if encoded else {})}


def example(kind: type[Message]) -> dict[str, Any]:
    """A message with every field that it needs, as it travels."""
    message = _filled(kind())
    encoded: dict[str, Any] = json.loads(events.to_json(message))
    return encoded


def _filled(message: Message) -> Message:
    for field in cast("list[FieldDescriptor]", message.DESCRIPTOR.fields):
        union = field.containing_oneof
        if union and not union.name.startswith("_") and message.WhichOneof(union.name):
            continue
        if _is_map(field):
            getattr(message, field.name)["ce-type"] = "lector.file.uploaded"
        elif field.message_type and field.is_repeated:
            _filled(getattr(message, field.name).add())
        elif field.message_type:
            _filled(getattr(message, field.name))
        elif field.is_repeated:
            getattr(message, field.name).extend([1, 2])
        else:
            setattr(message, field.name, _value(field))
    return message


def _value(field: FieldDescriptor) -> Any:
    if field.name in _EXAMPLES:
        return _EXAMPLES[field.name]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b"{}"
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return "words"
    return False if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else 1
