"""The functions in this process, each called without a socket."""

from typing import Any

from flask import Flask
from google.protobuf.message import Message
from werkzeug.test import Client, TestResponse

from lector.domain.functions import FUNCTIONS
from lector.local.tools import checkout
from lector.runtime import events, serve
from lector.runtime.events import Event
from tests.support.asgi import AsgiToWsgi


class Functions:
    """All functions; `call` hands an event to one of them."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.apps: dict[str, Any] = {}
        for name in FUNCTIONS:
            source = str(checkout() / "functions" / name / "main.py")
            app = serve.create_app(name, source)
            self.apps[name] = app if isinstance(app, Flask) else AsgiToWsgi(app)
            self.clients[name] = Client(self.apps[name])

    def call(self, name: str, event: Event[Any]) -> TestResponse:
        """The HTTP answer of a function to an event."""
        headers, body = events.to_http(event)
        return self.clients[name].post("/", headers=headers, data=body)

    def reply(self, name: str, event: Event[Any]) -> Event[Any]:
        """The event with which a function answers an event."""
        answer = self.call(name, event)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return events.from_request(dict(answer.headers), answer.get_data())

    def accepts(self, name: str, event: Event[Any]) -> None:
        """The function handles an event and says nothing."""
        answer = self.call(name, event)
        assert (answer.status_code, answer.get_data()) == (204, b""), answer.get_data(as_text=True)


def event(cause: str, subject: object, data: Message) -> Event[Any]:
    """An event as if another function had sent it."""
    return events.event(cause, str(subject), data, "test")
