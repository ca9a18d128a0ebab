"""The smallest WebSocket server that browsers accept: sends back every message. RFC 6455, frames of one part up to 64 KiB."""

import base64
import hashlib

_ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def echo_messages(connection):
    """Serves one connection until it closes."""
    stream = connection.makefile("rb")
    key = ""
    while (line := stream.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"sec-websocket-key:"):
            key = line.split(b":", 1)[1].strip().decode()
    accept = base64.b64encode(hashlib.sha1((key + _ACCEPT).encode()).digest()).decode()
    connection.sendall(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
    while len(head := stream.read(2)) == 2:
        length = head[1] & 0x7F
        size = stream.read(2) if length == 126 else b""
        mask = stream.read(4)
        body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(stream.read(int.from_bytes(size, "big") if size else length)))
        connection.sendall(head[:1] + bytes([length]) + size + body)
        if head[0] & 0x0F == 8:
            return
