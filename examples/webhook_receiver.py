"""Hear by webhook what becomes of documents, and believe only what Lector has signed.

lector notify add https://this-machine.example.org/    # prints the secret, once
pip install standardwebhooks && WEBHOOK_SECRET=whsec_… python webhook_receiver.py 9000
"""

import os
import sys
from collections import deque
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
told = deque[str](maxlen=10_000)  # after a crash Lector may tell the same thing twice


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to Lector, and 401 to whoever else."""

    def do_POST(self) -> None:
        """Print an event that Lector tells of."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            data = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self.answer(401)
        if self.headers["webhook-id"] not in told:
            told.append(self.headers["webhook-id"])
            print(self.headers["ce-type"], self.headers["ce-subject"], data, flush=True)
        return self.answer(204)

    def answer(self, status: int) -> None:
        """Say nothing but this."""
        self.send_response(status)
        self.end_headers()


HTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()
