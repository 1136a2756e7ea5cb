"""A fake OpenAI-compatible endpoint on this machine, for the live chat."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.feedback_app import kit


class Endpoint(BaseHTTPRequestHandler):
    """Answers with the model's number and what it was asked; a model called `broken` fails."""

    asked: list[dict[str, Any]] = []  # noqa: RUF012 - of the one server of a test

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(body | {"path": self.path})
        writer = kit.MODELS.index(body["model"]) if body["model"] in kit.MODELS else None
        words = f"Turn {len(body['messages'])}, says writer {writer}: {body['messages'][-1]['content']}"
        said = json.dumps({"choices": [{"message": {"role": "assistant", "content": words}}]}).encode()
        self.send_response(500 if writer is None else 200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def serving() -> Iterator[str]:
    """Its address; what it was asked before is forgotten."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Endpoint.asked = []
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
