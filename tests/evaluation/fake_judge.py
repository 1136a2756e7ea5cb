"""An OpenAI-compatible endpoint on this machine that judges as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, str], str]  # reply A, reply B -> what the judge says


class Asked(list[dict[str, Any]]):
    """The requests that came, with their headers; `failures` are answered with status 503 first."""

    failures = 0


@contextmanager
def fake_judge(answer: Answer, failures: int = 0, status: int = 200, broken: str = "") -> Iterator[tuple[str, Asked]]:
    """(address up to /v1, requests so far) while it runs. broken: a text; requests with it get status 500."""
    asked = Asked()
    asked.failures = failures

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
            code = status
            if asked.failures:
                asked.failures -= 1
                code = 503
            text = body["messages"][-1]["content"]
            code = 500 if broken and broken in text else code
            a, b = text.split("Reply A:\n")[1].split("\n\nReply B:\n")
            said = {"choices": [{"message": {"content": answer(a, b.split("\n\nWhich")[0])}}]}
            payload = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
