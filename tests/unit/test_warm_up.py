"""What a process makes early, where Knative has started it."""

import logging
import threading
from collections.abc import Iterator

import pytest

from lector.runtime import settings
from lector.runtime.settings import SettingsError
from lector.runtime.warm_up import WarmUp


@pytest.fixture
def knative(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("K_SERVICE", "render")
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


def ends(done: threading.Event) -> bool:
    return done.wait(5)


@pytest.mark.usefixtures("knative")
def test_what_was_registered_is_made_without_being_waited_for() -> None:
    warm_up, may, made = WarmUp(), threading.Event(), threading.Event()

    def make() -> None:
        may.wait(5)
        made.set()

    warm_up.register(make)
    warm_up.begin()
    assert not made.is_set()
    may.set()
    assert ends(made)


def test_nothing_is_made_early_where_nothing_sleeps() -> None:
    warm_up, made = WarmUp(), threading.Event()
    warm_up.register(made.set)
    warm_up.begin()
    assert not made.wait(0.1)


@pytest.mark.usefixtures("knative")
@pytest.mark.parametrize("error", [OSError("refused"), SettingsError("set it")], ids=repr)
def test_what_cannot_be_made_early_keeps_nothing_else_from_it(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    warm_up, made = WarmUp(), threading.Event()

    def fail() -> None:
        raise error

    warm_up.register(fail)
    warm_up.register(made.set)
    warm_up.begin()
    assert ends(made)
    assert ("warming up failed" in caplog.text) == isinstance(error, OSError)
