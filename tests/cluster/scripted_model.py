"""A model that reads nothing: each chat completion is answered at once, with one sentence.

It stands alone, as it is mounted into a pod that has Python and nothing else: `python3 FILE PORT`.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SENTENCE = "The text of a page, as a scripted model says it."
COMPLETION = {
    "id": "chatcmpl-scripted",
    "object": "chat.completion",
    "created": 1,
    "model": "scripted-1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": SENTENCE},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


class Handler(BaseHTTPRequestHandler):
    """The endpoint of a model, as OpenAI's API has it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Health, and a list of models for whoever asks."""
        self._answer({"object": "list", "data": [{"id": "scripted-1", "object": "model"}]})

    def do_POST(self) -> None:
        """A chat completion."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(COMPLETION)

    def _answer(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: a line for each page says nothing."""


class Server(ThreadingHTTPServer):
    """With room for as many callers as pages are read at once."""

    request_queue_size = 512
    daemon_threads = True


if __name__ == "__main__":
    Server(("", int(sys.argv[1])), Handler).serve_forever()
