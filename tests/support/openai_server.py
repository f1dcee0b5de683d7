"""A server on loopback that speaks OpenAI's protocol and misbehaves as it is told."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

__all__ = ["Reply", "Server", "answer", "serving"]


@dataclass(frozen=True)
class Reply:
    """What the server does with one question."""

    body: Any = None
    """JSON, or bytes as they are."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0


def answer(
    lines: Sequence[str],
    *,
    logprob: float | None = None,
    content: str | None = None,
    finish: str = "stop",
    refusal: str | None = None,
) -> Reply:
    """A proper answer of a chat completion; tokens are of three characters."""
    text = json.dumps({"lines": list(lines)}) if content is None else content
    choice: dict[str, Any] = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": None if refusal else text, "refusal": refusal},
    }
    if logprob is not None:
        tokens = [text[at : at + 3] for at in range(0, len(text), 3)]
        choice["logprobs"] = {"content": [{"token": t, "logprob": logprob} for t in tokens]}
    return Reply({"object": "chat.completion", "choices": [choice]})


class Server:
    """Replies in turn; the last one again and again."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.replies: list[Reply | Callable[[dict[str, Any]], Reply]] = [answer([])]
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.models: Any = {"data": [{"id": "reader"}]}
        self.lock = threading.Lock()

    def reply(self, request: dict[str, Any]) -> Reply:
        with self.lock:
            self.requests.append(request)
            chosen = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return chosen(request) if callable(chosen) else chosen

    def pictures(self) -> list[np.ndarray]:
        """The pictures that were sent."""
        found = []
        for request in self.requests:
            url = request["messages"][1]["content"][0]["image_url"]["url"]
            data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
            assert picture is not None
            found.append(picture)
        return found


@contextmanager
def serving() -> Iterator[Server]:
    """A running server; stopped at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.keys.append(self.headers.get("Authorization"))
            self._send(Reply(server.models))

        def do_POST(self) -> None:
            server.keys.append(self.headers.get("Authorization"))
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/v1/chat/completions":
                self._send(Reply({"error": "no such path"}, 404))
                return
            reply = server.reply(json.loads(body))
            time.sleep(reply.wait)
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:  # the client gave up waiting
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(http.server_address[1])
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
