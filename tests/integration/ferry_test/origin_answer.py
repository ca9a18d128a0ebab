"""How the origin answers one HTTP/1.1 request: conditions, ranges and the lies that a Resource asks for."""

import itertools
import re
from http.server import BaseHTTPRequestHandler

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def wanted_range(header, length):
    """(first, end) of a single satisfiable range, None to send everything, "bad" where nothing fits."""
    match = _ONE_RANGE.match(header or "")
    if not match or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if first == "":
        start, end = max(0, length - int(last)), length
    else:
        start, end = int(first), min(length, int(last) + 1 if last else length)
        if last and int(last) < start:
            return None
    return (start, end) if start < end else "bad"


class AnswerHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ferry-test-origin"
    sys_version = ""
    # Head and first piece are two writes; they must not wait for an acknowledgement between them.
    disable_nagle_algorithm = True

    def do_GET(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        request, resource, number = self.server.origin.take(self.command, self.path, headers)
        if "content-length" in headers or "transfer-encoding" in headers:
            self.close_connection = True  # The request's body is not read.
        if resource is None:
            self._head(request, 404, [("Content-Length", "0")])
            return
        etag, last_modified = resource.validators(number)
        common = list(resource.headers.items())
        common += [("ETag", etag)] if etag else []
        common += [("Last-Modified", last_modified)] if last_modified else []
        common += [("X-Filler", "x" * resource.filler_header)] if resource.filler_header else []

        if resource.redirect:
            status = resource.status if 300 <= resource.status < 400 else 302
            self._head(request, status, [*common, ("Location", resource.redirect), ("Content-Length", "0")])
        elif resource.status == 200 and _is_unchanged(headers, etag, last_modified):
            self._head(request, 304, common)
        else:
            self._answer_with_body(request, resource, common, etag, last_modified)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def _answer_with_body(self, request, resource, common, etag, last_modified):
        length = len(resource.body)
        common.append(("Content-Type", resource.content_type))
        part = None
        if resource.ranges and resource.status == 200:
            common.append(("Accept-Ranges", "bytes"))
            if _range_applies(request.headers.get("if-range"), etag, last_modified):
                part = wanted_range(request.range, length)
        if part == "bad":
            self._head(request, 416, [*common, ("Content-Range", f"bytes */{length}"), ("Content-Length", "0")])
            return
        body = resource.body
        status = resource.status
        if part:
            body = memoryview(resource.body)[part[0]:part[1]]
            status = 206
            common.append(("Content-Range", f"bytes {part[0]}-{part[1] - 1}/{length}"))

        chunked = resource.chunked or resource.endless
        claimed = len(body) if resource.claimed_length is None else resource.claimed_length
        self._head(request, status,
                   [*common, ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(claimed))])
        if self.command != "HEAD":
            self._send_body(request, resource, body, chunked)
        if claimed != len(body):
            self.close_connection = True

    def _send_body(self, request, resource, body, chunked):
        for piece in _pieces(resource, body):
            if resource.gate:
                resource.gate.pass_one()
            limit = len(piece) if resource.end_after is None else resource.end_after - request.sent
            piece = piece[:max(0, limit)]
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                request.sent += len(piece)
            if resource.end_after is not None and request.sent >= resource.end_after:
                self.close_connection = True
                return
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _head(self, request, status, headers):
        request.status = status
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format, *args):
        """The origin's own log is `Origin.requests`."""


def _is_unchanged(headers, etag, last_modified):
    if "if-none-match" in headers:
        tags = [tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")]
        return etag is not None and (etag.removeprefix("W/") in tags or "*" in tags)
    return last_modified is not None and headers.get("if-modified-since") == last_modified


def _range_applies(if_range, etag, last_modified):
    """RFC 9110, 13.1.5: a weak validator never does."""
    return if_range is None or (if_range in (etag, last_modified) and not if_range.startswith("W/"))


def _pieces(resource, body):
    if resource.endless:
        pattern = bytes(body) or b"x"
        return itertools.repeat(pattern * max(1, resource.piece // len(pattern)))
    return (body[at:at + resource.piece] for at in range(0, len(body), resource.piece))
