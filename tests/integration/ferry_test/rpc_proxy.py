"""A JSON-RPC proxy that misbehaves on command: the method proxy_mode sets how, everything else goes to the node behind it."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .process import DEADLINE_SECONDS

# What the mode does to a question; every other question passes.
MODES = {
    "honest": "nothing",
    "drop_sent": "says that it took a transaction, and throws it away",
    "dear_sent": "the first transaction is refused as underpriced, whenever it comes; others pass",
    "mute_sent": "passes a transaction on and hangs up without an answer",
    "status_500": "every question gets a page of HTTP status 500",
    "garbage": "every question gets bytes that are no JSON",
    "wrong_id": "every answer bears another id",
    "huge": "every answer is endless",
    "hang_up": "every connection is closed without an answer",
    "never": "no question is answered until the mode changes",
    "rich": "balances are a thousand times what they are, channels too",
    "short_ranges": "no logs of more than eight blocks at once",
    "late": "every answer takes its time",
}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Whoever asked was killed."""


LATE_SECONDS = 0.1


class Trap:
    """Springs at one question: holds it back, before or after the node has answered it, until release(), or changes the mode."""

    def __init__(self, method, number, after, mode):
        self.method, self.left, self.after, self.mode = method, number, after, mode
        self.sprung = self.released = False


class RpcProxy:
    def __init__(self, target):
        self._target = urlsplit(target)
        self._mode = "honest"
        self._changed = threading.Condition()
        self._sent = []
        self._cheap = None  # the transaction that "dear_sent" refuses
        self._trap = None
        self._log_ranges = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # head and body in one packet

            def do_POST(self):  # noqa: N802, the name that http.server calls
                self.close_connection = not proxy.serve(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self.release()
        self.set_mode("honest")
        self._server.shutdown()
        self._thread.join(DEADLINE_SECONDS)
        self._server.server_close()

    def set_mode(self, mode):
        assert mode in MODES, mode
        with self._changed:
            self._mode = mode
            self._cheap = None
            self._changed.notify_all()

    def set_trap(self, method, number=1, after=False, mode=None):
        """For the number-th question of this method from now on; with `mode` that is what it changes to instead of being held."""
        with self._changed:
            self._trap = Trap(method, number, after, mode)

    def wait_for_trap(self):
        with self._changed:
            if not self._changed.wait_for(lambda: self._trap.sprung, DEADLINE_SECONDS):
                raise AssertionError(f"{self._trap.left} more questions {self._trap.method} were waited for")

    def release(self):
        """Who is held gets no answer; the trap is gone."""
        with self._changed:
            if self._trap is not None:
                self._trap.released = True
            self._trap = None
            self._changed.notify_all()

    def log_ranges(self):
        """First and last block of each question for logs, in order; the last may be "latest"."""
        with self._changed:
            return list(self._log_ranges)

    def _spring(self, method, after):
        """True when the question was held back: it gets no answer."""
        with self._changed:
            trap = self._trap
            if trap is None or trap.method != method or trap.sprung or trap.after != after:
                return False
            trap.left -= 1
            if trap.left > 0:
                return False
            trap.sprung = True
            if trap.mode is not None:
                self._mode = trap.mode
            self._changed.notify_all()
            if trap.mode is not None:
                return False
            self._changed.wait_for(lambda: trap.released, DEADLINE_SECONDS)
            return True

    def sent(self):
        """The raw transactions that came, in order; the same one may come again."""
        with self._changed:
            return list(self._sent)

    def wait_for_sent(self, count):
        """Until so many different ones have come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(set(self._sent)) >= count, DEADLINE_SECONDS):
                raise AssertionError(f"{len(set(self._sent))} transactions came, {count} were waited for")

    def _note(self, raw):
        with self._changed:
            self._sent.append(raw)
            self._changed.notify_all()

    def serve(self, handler, body):
        """False closes the connection."""
        question = json.loads(body)
        method = question["method"]
        if self._spring(method, after=False):
            return False
        mode = self._mode
        if method == "eth_getLogs":
            self._note_range(question["params"][0])
        if method == "proxy_mode":
            self.set_mode(question["params"][0])
            return self._answer(handler, {"jsonrpc": "2.0", "id": question["id"], "result": True})
        if mode == "never":
            with self._changed:
                self._changed.wait_for(lambda: self._mode != "never", DEADLINE_SECONDS)
            return False
        if mode == "hang_up":
            return False
        if mode == "status_500":
            return self._write(handler, 500, b"<html>internal error</html>")
        if mode == "garbage":
            return self._write(handler, 200, b"\x00\xff{]")
        if mode == "huge":
            return self._pour(handler)
        sends = method == "eth_sendRawTransaction"
        if mode == "drop_sent" and sends:
            self._note(question["params"][0])
            return self._answer(handler, {"jsonrpc": "2.0", "id": question["id"], "result": "0x" + "00" * 32})
        if mode == "dear_sent" and sends and self._is_cheap(question["params"][0]):
            return self._answer(handler, {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32000, "message": "transaction underpriced"}})
        if mode == "short_ranges" and method == "eth_getLogs" and self._is_long(question["params"][0]):
            return self._answer(handler, {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32005, "message": "query returned too much"}})
        answer = self._ask(body)
        if self._spring(method, after=True):
            return False
        if mode == "late":
            with self._changed:
                self._changed.wait_for(lambda: self._mode != "late", LATE_SECONDS)
        if sends:
            self._note(question["params"][0])
        if mode == "mute_sent" and sends:
            return False
        if mode == "wrong_id":
            answer["id"] = question["id"] + 1
        if mode == "rich":
            self._enrich(method, answer)
        return self._answer(handler, answer)

    def _is_cheap(self, raw):
        with self._changed:
            self._cheap = self._cheap or raw
            is_cheap = raw == self._cheap
        if is_cheap:
            self._note(raw)
        return is_cheap

    def _note_range(self, query):
        with self._changed:
            self._log_ranges.append((int(query["fromBlock"], 16), query["toBlock"] if query["toBlock"] == "latest" else int(query["toBlock"], 16)))

    def _is_long(self, query):
        return query["toBlock"] != "latest" and int(query["toBlock"], 16) - int(query["fromBlock"], 16) >= 8

    def _enrich(self, method, answer):
        if method == "eth_getBalance":
            answer["result"] = hex(int(answer["result"], 16) * 1000)
        if method == "eth_call" and len(answer.get("result", "")) == 2 + 5 * 64:  # a channel's state: the balance comes first
            balance = int(answer["result"][2:66], 16) * 1000
            answer["result"] = "0x" + format(balance, "064x") + answer["result"][66:]

    def _ask(self, body):
        connection = http.client.HTTPConnection(self._target.hostname, self._target.port, timeout=DEADLINE_SECONDS)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def _answer(self, handler, answer):
        return self._write(handler, 200, json.dumps(answer).encode())

    def _write(self, handler, status, body):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return True

    def _pour(self, handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"{" * 65536)
        except OSError:
            return False
