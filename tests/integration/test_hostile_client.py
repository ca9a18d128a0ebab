"""Strangers at the relay's port: garbage, oversized, unknown and out-of-order messages close their connection and nobody else's."""

import os
import socket
import ssl
import unittest

from ferry_test import FerryCase, pattern_bytes

DEADLINE = 20


class RawClient:
    """TLS and WebSocket by hand, so that what follows may be wrong."""

    def __init__(self, where, handshake=True):
        host, port = where.rsplit(":", 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(socket.create_connection((host, int(port)), DEADLINE))
        self.socket.settimeout(DEADLINE)
        if handshake:
            answer = self.ask("GET /ferry HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Protocol: ferry.1\r\n\r\n")
            assert b" 101 " in answer, answer

    def ask(self, text):
        self.socket.sendall(text.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = self.socket.recv(4096)
            if not part:
                break
            answer += part
        return answer

    def send_frame(self, payload, opcode=2, announced=None):
        length = len(payload) if announced is None else announced
        head = bytes([0x80 | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + length.to_bytes(2, "big")
        else:
            head += bytes([0x80 | 127]) + length.to_bytes(8, "big")
        mask = os.urandom(4)
        body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + body)

    def wait_closed(self):
        """Reads until the relay closes; fails by the socket's deadline if it does not."""
        try:
            while self.socket.recv(65536):
                pass
        except (ConnectionError, ssl.SSLError) as closed:
            if isinstance(closed, TimeoutError):
                raise
        self.socket.close()


HELLO = bytes([0x93, 1, 0x91, 1, 0xA4]) + b"test"

BAD_MESSAGES = {
    "empty": b"",
    "not MessagePack": b"\xc1\xc1\xc1",
    "random": bytes(range(1, 200)),
    "an unknown type": bytes([0x92, 99, 1]),
    "a type of the other side": bytes([0x93, 23, 1, 2]),
    "a request before hello": bytes([0x92, 16, 1]),
    "an array that claims four billion elements": b"\xdd\xff\xff\xff\xff",
    "a string that claims four billion bytes": bytes([0x93, 1, 0x91, 1]) + b"\xdb\xff\xff\xff\xff",
    "deep nesting": b"\x91" * 1000,
    "no common version": bytes([0x93, 1, 0x91, 0x7F, 0xA4]) + b"test",
    "a truncated hello": HELLO[:-2],
}


class HostileClientTest(FerryCase):
    def setUp(self):
        super().setUp()
        self.relay = self.start_relay()
        self.where = self.relay.reference.split("@")[1]

    def assert_honest_clients_are_served(self):
        origin = self.start_origin()
        origin.serve("/file", pattern_bytes(1000))
        result = self.ferry("get", origin.url("/file"), "--relay", self.relay.reference, "-o", self.path("honest"))
        self.assertEqual(result.code, 0, result)

    def test_bad_messages_close_their_own_connection_and_are_counted(self):
        for name, message in BAD_MESSAGES.items():
            with self.subTest(name):
                client = RawClient(self.where)
                client.send_frame(message)
                client.wait_closed()
        self.assertEqual(self.relay.metrics()["ferry_relay_peer_faults_total"], len(BAD_MESSAGES))
        self.assert_honest_clients_are_served()

    def test_a_message_above_the_limit_is_not_read(self):
        client = RawClient(self.where)
        client.send_frame(b"x" * 1000, announced=1 << 40)
        client.wait_closed()
        self.assert_honest_clients_are_served()

    def test_garbage_instead_of_tls_and_http(self):
        host, port = self.where.rsplit(":", 1)
        plain = socket.create_connection((host, int(port)), DEADLINE)
        plain.settimeout(DEADLINE)
        plain.sendall(b"\x00" * 4096)
        try:
            while plain.recv(4096):
                pass
        except ConnectionError:
            pass
        plain.close()
        client = RawClient(self.where, handshake=False)
        client.socket.sendall(b"\xff\xfe garbage \r\n\r\n")
        client.wait_closed()
        client = RawClient(self.where, handshake=False)
        try:
            client.socket.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000)
        except (ConnectionError, ssl.SSLError):
            pass  # the relay need not read to the end what it refuses
        client.wait_closed()
        self.assert_honest_clients_are_served()

    def test_plain_requests_get_plain_answers(self):
        self.assertIn(b" 426 ", RawClient(self.where, handshake=False).ask("GET /ferry HTTP/1.1\r\nHost: relay\r\n\r\n"))
        self.assertIn(b" 404 ", RawClient(self.where, handshake=False).ask("GET /nothing HTTP/1.1\r\nHost: relay\r\n\r\n"))
        self.assertIn(b" 405 ", RawClient(self.where, handshake=False).ask("DELETE / HTTP/1.1\r\nHost: relay\r\n\r\n"))


if __name__ == "__main__":
    unittest.main()
