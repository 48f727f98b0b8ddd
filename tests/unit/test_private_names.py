"""The check that no test takes its expectation from a private name of its subject."""

from pathlib import Path

import pytest

from tools import private_names
from tools.private_names import Use


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from functions.upload.access import _FOR_ADMINS", "_FOR_ADMINS"),
        ("from lector.runtime import _hidden", "_hidden"),
        ("from lector._inner import thing", "thing"),
        ("import lector._inner", "lector._inner"),
        ("from lector import bridge\nbridge.source._GRACE_S", "_GRACE_S"),
        ("import lector.runtime.database\nlector.runtime.database._pool", "_pool"),
        ("from tools import manifests as made\nmade._of('x')", "_of"),
        ("from lector.local.stack import Stack\nStack(1).embedded._port", "_port"),
        ("def test(stack: Stack) -> None:\n    assert stack._wiring", "_wiring"),
        ("from lector import feed\npatch.setattr(feed, '_BACKLOG', 2)", "_BACKLOG"),
        ("patch.setattr('lector.runtime.events._now', now)", "lector.runtime.events._now"),
        ("from unittest import mock\nmock.patch.object(thing, '_clock')", "_clock"),
        ("getattr(thing, '_secret')", "_secret"),
        # A name of the product stays private when the test has one like it.
        ("from lector import feed\n_LIMIT = 1\nassert feed._LIMIT == _LIMIT", "_LIMIT"),
        ("from lector import feed\nassert (feed.Feed)(1)[0].peek()._rows == []", "_rows"),
    ],
)
def test_a_private_name_of_the_product_is_found(source: str, name: str) -> None:
    line = source.count("\n") + 1
    assert private_names.uses(source) == [Use(line, name)]


@pytest.mark.parametrize(
    "source",
    [
        "from lector.runtime import settings\nassert settings.current",
        "from __future__ import annotations\nfrom lector.local import stack\nstack.__name__",
        "from tests.support import parts\n_OWN = 1\nassert _OWN",
        "class Helper:\n    def look(self) -> int:\n        return self._x",
        "class A:\n    def __init__(self):\n        self._x = 1\n\nassert A()._x",
        "from lector.local.process import Part\nPart('a')._replace(name='b')",
        "environment = {'_LECTOR_COMPLETE': 'bash'}",
        "_, found = pair",
    ],
)
def test_public_names_and_a_tests_own_are_free(source: str) -> None:
    assert private_names.uses(source) == []


def test_a_file_with_a_private_name_is_refused_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests").mkdir()
    file = tmp_path / "tests" / "test_one.py"
    file.write_text("from lector import feed\n\nfeed._poll()\n")
    monkeypatch.setattr(private_names, "ROOT", tmp_path)
    assert private_names.main() == 1
    assert "tests/test_one.py:3: _poll is private" in capsys.readouterr().err
    file.write_text("from lector import feed\n\nfeed.poll()\n")
    assert private_names.main() == 0
