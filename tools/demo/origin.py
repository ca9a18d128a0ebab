"""A small web server for the demonstration: one large file, with ranges, a strong validator and a lifetime."""

import hashlib
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/64MiB.bin"
SIZE = 64 << 20


def make_body():
    """The same bytes every time, quickly: one block that nobody could compress, numbered."""
    block = hashlib.shake_256(b"ferry demo").digest(65536 - 8)
    return b"".join(number.to_bytes(8, "big") + block for number in range(SIZE // 65536))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    body = b""
    etag = ""

    def do_GET(self):
        self.answer(with_body=True)

    def do_HEAD(self):
        self.answer(with_body=False)

    def answer(self, with_body):
        if self.path != PATH:
            self.send_error(404)
            return
        first, last = 0, SIZE - 1
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        partial = wanted and self.headers.get("If-Range", self.etag) == self.etag and int(wanted[1]) < SIZE
        if partial:
            first = int(wanted[1])
            last = min(int(wanted[2]), last) if wanted[2] else last
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {first}-{last}/{SIZE}")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", self.etag)
        self.send_header("Cache-Control", "public, max-age=3600")
        self.end_headers()
        if with_body:
            self.wfile.write(memoryview(self.body)[first:last + 1])

    def log_message(self, *_):
        pass


def start():
    """A running server on a free port; its URL is `url`."""
    Handler.body = make_body()
    Handler.etag = f'"{hashlib.sha256(Handler.body).hexdigest()[:16]}"'
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.url = f"http://127.0.0.1:{server.server_port}{PATH}"
    return server
