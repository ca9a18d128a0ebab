"""A web server that does as a test tells it, good or bad, and remembers every request. It listens on a free port."""

import hashlib
import socketserver
import threading
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer

from .origin_answer import AnswerHandler
from .process import DEADLINE_SECONDS


def pattern_bytes(size, seed="ferry"):
    """The same bytes for the same seed, without repetition."""
    return hashlib.shake_256(seed.encode()).digest(size)


class Gate:
    """Holds a body back: before each piece it waits until the test lets one more pass."""

    def __init__(self):
        self._condition = threading.Condition()
        self._allowed = 0
        self._waiting = 0
        self._open = False

    def let(self, pieces=1):
        with self._condition:
            self._allowed += pieces
            self._condition.notify_all()

    def open(self):
        """Lets everything pass from now on."""
        with self._condition:
            self._open = True
            self._condition.notify_all()

    def wait_until_held(self, deadline=DEADLINE_SECONDS):
        """Returns once an answer waits at the gate and what was let pass before has been sent."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._waiting and not self._allowed, deadline):
                raise AssertionError(f"no answer reached the gate within {deadline} s")

    def pass_one(self):
        """For the answering thread: waits for permission to send one piece."""
        with self._condition:
            self._waiting += 1
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._open or self._allowed)
            self._waiting -= 1
            if not self._open:
                self._allowed -= 1


@dataclass
class Resource:
    """What one path answers. Each field is a switch; the defaults are those of an honest static file server."""

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    content_type: str = "application/octet-stream"

    ranges: bool = True
    # A list changes the validator from one request to the next; its last entry stays. None: no such header.
    etag: object = None
    last_modified: object = None

    # Chunked transfer coding: the length is unknown until the end.
    chunked: bool = False
    redirect: str = None
    # Bytes of a header named X-Filler.
    filler_header: int = 0

    # The body goes out in pieces of this size, each held by the gate if there is one.
    piece: int = 65536
    gate: Gate = None

    # Lies: the length that is announced, the bytes after which the connection ends, a body that never does.
    claimed_length: int = None
    end_after: int = None
    endless: bool = False

    def validators(self, request_number):
        """(etag, last_modified) of the n-th request for this resource, from 0."""
        return _nth(self.etag, request_number), _nth(self.last_modified, request_number)


def _nth(value, number):
    return value[min(number, len(value) - 1)] if isinstance(value, list) else value


@dataclass
class Request:
    """What the origin saw. `status` and `sent` are filled in as the answer goes out."""

    method: str
    path: str
    headers: dict
    status: int = None
    sent: int = 0

    @property
    def range(self):
        return self.headers.get("range")


class Origin:
    def __init__(self, host="127.0.0.1", port=0):
        self._changed = threading.Condition()
        self._resources = {}
        self._counts = {}
        self._log = []
        self._gates = []
        self._server = _Server((host, port), AnswerHandler)
        self._server.origin = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self, path, body=b"", **switches):
        """Answers `path` (with its query, if any) from now on; the resource may be changed while it is served."""
        resource = Resource(body=body, **switches)
        with self._changed:
            self._resources[path] = resource
            self._counts[path] = 0
            if resource.gate:
                self._gates.append(resource.gate)
        return resource

    def requests(self, path=None):
        """The requests so far, oldest first."""
        with self._changed:
            return self._seen(path)

    def _seen(self, path):
        return [request for request in self._log if path in (None, request.path)]

    def wait_for_requests(self, count, path=None, deadline=DEADLINE_SECONDS):
        """The requests, once there are at least `count`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._seen(path)) >= count, deadline):
                raise AssertionError(f"{len(self._seen(path))} requests within {deadline} s, {count} were waited for")
            return self._seen(path)

    def close(self):
        for gate in self._gates:
            gate.open()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join(DEADLINE_SECONDS)

    def take(self, method, path, headers):
        """For the answering thread: logs the request, gives it with the resource and the request's number there."""
        request = Request(method, path, headers)
        with self._changed:
            self._log.append(request)
            self._changed.notify_all()
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            return request, self._resources.get(path), number


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, *arguments):
        self._connections = set()
        self._lock = threading.Lock()
        super().__init__(*arguments)

    def server_bind(self):
        # HTTPServer's own asks the resolver for a name of the address.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request, client_address):
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self):
        """Ends what still runs, such as a body without end."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(2)
            except OSError:
                pass

    def handle_error(self, request, client_address):
        """A peer that hangs up is a thing that tests do."""
