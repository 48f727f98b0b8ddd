"""The Tiltfile, run as Python with stand-ins for what tilt provides: they note what they are told.

Starlark is a subset of Python but for a few words that the Tiltfile does not use. So syntax and
calls are held here; what tilt makes of them is not.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from lector.local.tools import checkout
from tests.support.manifests import Manifest

Call = dict[str, Any]
# What Starlark has not, of what Python would take.
_NOT_STARLARK = (
    ast.Try,
    ast.With,
    ast.Import,
    ast.ImportFrom,
    ast.ClassDef,
    ast.While,
    ast.JoinedStr,
)


class Refused(Exception):
    """The Tiltfile called `fail`."""


@dataclass
class Tilt:
    """What a Tiltfile said."""

    images: dict[str, Call] = field(default_factory=dict)
    resources: dict[str, Call] = field(default_factory=dict)
    local: dict[str, Call] = field(default_factory=dict)
    kinds: list[Call] = field(default_factory=list)
    objects: list[Manifest] = field(default_factory=list)


def load(**arguments: Any) -> Tilt:
    """Run the Tiltfile with these arguments after `--`."""
    tilt = Tilt()
    code = (checkout() / "Tiltfile").read_text()
    tree = ast.parse(code, "Tiltfile")
    foreign = [node for node in ast.walk(tree) if isinstance(node, _NOT_STARLARK)]
    assert foreign == []
    exec(compile(tree, "Tiltfile", "exec"), _builtins(tilt, arguments))  # noqa: S102 - our own file
    return tilt


def _builtins(tilt: Tilt, arguments: dict[str, Any]) -> dict[str, Any]:
    def declare(_: str) -> None:
        """An argument that may be given."""

    def fail(words: str) -> None:
        raise Refused(words)

    def docker_build(ref: str, context: str, **more: Any) -> None:
        tilt.images[ref] = {"context": context, **more}

    return {
        "config": SimpleNamespace(
            define_string=declare, define_string_list=declare, parse=lambda: arguments
        ),
        "fail": fail,
        "watch_file": declare,
        "local": _run,
        "read_file": lambda path: (checkout() / path).read_text(),
        "decode_yaml_stream": lambda text: [o for o in yaml.safe_load_all(text) if o],
        "encode_yaml_stream": lambda objects: objects,
        "k8s_yaml": tilt.objects.extend,
        "k8s_kind": lambda kind, **more: tilt.kinds.append({"kind": kind, **more}),
        "k8s_resource": _note(tilt.resources),
        "local_resource": _note(tilt.local),
        "docker_build": docker_build,
        "sync": lambda here, there: ("sync", here, there),
        "fall_back_on": lambda paths: ("fall_back_on", *paths),
        "TRIGGER_MODE_MANUAL": "manual",
    }


def _note(where: dict[str, Call]) -> Callable[..., None]:
    def note(name: str, **more: Any) -> None:
        where[name] = more

    return note


def _run(command: str, env: dict[str, str], **_: Any) -> str:
    return _output(command, tuple(sorted(env.items())))


@cache
def _output(command: str, env: tuple[tuple[str, str], ...]) -> str:
    given = {**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **dict(env)}
    return subprocess.run(
        command.split(), cwd=checkout(), env=given, capture_output=True, text=True, check=True
    ).stdout
