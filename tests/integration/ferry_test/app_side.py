"""What apps say to a proxy, byte by byte: SOCKS4, SOCKS5 and HTTP written out, so that a test sees each answer and may break off anywhere."""

import errno
import socket
import struct

DEADLINE = 30


class AppSide:
    """One connection of an app to the proxy at (host, port). Reads fail by the socket's deadline. `receive_buffer`: bytes in the kernel."""

    def __init__(self, address, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends it as a program that crashed does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def finish(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as gone:  # the proxy has reset the connection already; reading tells
            if gone.errno != errno.ENOTCONN:
                raise

    def read(self, count):
        """Exactly so many bytes, fewer where the connection ends."""
        while len(self._pending) < count:
            part = self.socket.recv(65536)
            if not part:
                break
            self._pending += part
        taken, self._pending = self._pending[:count], self._pending[count:]
        return taken

    def read_until(self, mark):
        while mark not in self._pending:
            part = self.socket.recv(65536)
            if not part:
                raise AssertionError(f"the connection ended before {mark!r}: {self._pending[-2000:]!r}")
            self._pending += part
        end = self._pending.index(mark) + len(mark)
        taken, self._pending = self._pending[:end], self._pending[end:]
        return taken

    def read_to_end(self):
        """Until the other side has ended; a reset is an error."""
        parts = [self._pending]
        self._pending = b""
        while part := self.socket.recv(1 << 20):
            parts.append(part)
        return b"".join(parts)

    def wait_closed(self):
        """Until the other side has ended, in whatever way; gives what came."""
        parts = [self._pending]
        try:
            while part := self.socket.recv(65536):
                parts.append(part)
        except ConnectionError:
            pass
        self.close()
        return b"".join(parts)

    # SOCKS

    def socks5(self, host, port, user=None, command=1, early=b""):
        """The reply code; 0 is success. `early` is sent together with the request, before any reply to it."""
        if user is None:
            self.send(b"\x05\x01\x00")
            assert self.read(2) == b"\x05\x00"
        else:
            name = user.encode()
            self.send(b"\x05\x01\x02" + bytes([1, len(name)]) + name + b"\x01x")
            assert self.read(4) == b"\x05\x02\x01\x00"
        self.send(socks5_request(host, port, command) + early)
        reply = self.read(10)
        assert reply[:1] == b"\x05" and len(reply) == 10, reply
        return reply[1]

    def socks4a(self, host, port):
        """The reply code; 0x5a is success."""
        self.send(b"\x04\x01" + struct.pack("!H", port) + b"\x00\x00\x00\x01me\x00" + host.encode() + b"\x00")
        return self.read(8)[1]

    # HTTP

    def connect(self, place):
        """CONNECT; gives the status."""
        self.send(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n")
        return self.read_head().status

    def ask(self, text):
        """Sends a whole request, gives the whole response."""
        self.send(text)
        return self.read_response(is_head=text.startswith("HEAD"))

    def read_head(self):
        return Response(self.read_until(b"\r\n\r\n"))

    def read_response(self, is_head=False):
        response = self.read_head()
        if is_head or response.status in (204, 304):
            return response
        if response.headers.get("transfer-encoding") == "chunked":
            while size := int(self.read_until(b"\r\n").split(b";")[0], 16):
                response.body += self.read(size)
                assert self.read(2) == b"\r\n"
            while (line := self.read_until(b"\r\n")) != b"\r\n":
                name, value = line.decode().split(":", 1)
                response.trailers[name.strip().lower()] = value.strip()
        elif "content-length" in response.headers:
            response.body = self.read(int(response.headers["content-length"]))
        else:
            response.body = self.read_to_end()
        return response


class Response:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {}
        for line in lines[1:]:
            if line:
                name, value = line.split(":", 1)
                self.headers[name.strip().lower()] = value.strip()
        self.body = b""
        self.trailers = {}

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:2000]!r}"


def socks5_request(host, port, command=1):
    name = host.encode()
    return b"\x05" + bytes([command]) + b"\x00\x03" + bytes([len(name)]) + name + struct.pack("!H", port)
