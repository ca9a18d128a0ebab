"""Strangers at the local proxy's port: whatever they send, they get a clear refusal or their end, and honest apps are served meanwhile."""

import resource
import socket
import struct
import unittest

from ferry_test import HOST, Fountain, ProxyCase, pattern_bytes, resident_mib, socks5_request

IDLE = 5000


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


class BadInputCase(ProxyCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.origin.serve("/file", pattern_bytes(10_000))
        self.server = self.serve_tcp(echo)
        self.proxy = self.start_proxy()
        self.assert_honest_apps_are_served()
        self.proxy.wait_for_no_tunnels()
        self.descriptors = self.proxy.descriptors()

    def assert_honest_apps_are_served(self):
        with self.app(self.proxy) as app:
            answer = app.ask(f"GET {self.url(self.origin, '/file')} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
            self.assertEqual((answer.status, answer.body), (200, pattern_bytes(10_000)))
        with self.app(self.proxy) as app:
            self.assertEqual(app.socks5(HOST, self.server.port, early=b"hello"), 0)
            self.assertEqual(app.read(5), b"hello")

    def assert_nothing_is_left(self):
        self.assert_honest_apps_are_served()
        self.proxy.wait_for_no_tunnels()
        self.proxy.wait_for_descriptors(self.descriptors + 5)

    def send_and_wait(self, data):
        """What comes back until the proxy closes."""
        app = self.app(self.proxy)
        try:
            app.send(data)
            app.finish()
        except ConnectionError:
            pass  # the proxy need not read to the end what it refuses
        return app.wait_closed()

    def status_of(self, data):
        app = self.app(self.proxy)
        try:
            app.send(data)
        except ConnectionError:
            pass
        return app.read_response().status


class GarbageTest(BadInputCase):
    def test_what_is_neither_socks_nor_http_ends(self):
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
        for name, data in {"zeros": bytes(4096), "a TLS hello": hello, "high bytes": b"\xff\xfe garbage\r\n\r\n", "a digit": b"1 2 3\r\n\r\n",
                           "SOCKS6": b"\x06\x01\x00", "a space": b" GET / HTTP/1.1\r\n\r\n"}.items():
            with self.subTest(name):
                self.assertEqual(self.send_and_wait(data), b"")
        self.assert_nothing_is_left()

    def test_socks_that_breaks_its_rules(self):
        for name, data in {
            "no methods": b"\x05\x00",
            "only unknown methods": b"\x05\x02\x7f\x80",
            "another version in the request": b"\x05\x01\x00" + b"\x04\x01\x00\x01\x7f\x00\x00\x01\x00\x50",
            "an unknown address type": b"\x05\x01\x00" + b"\x05\x01\x00\x09\x7f\x00\x00\x01\x00\x50",
            "an empty name": b"\x05\x01\x00" + socks5_request("", 80),
            "port 0": b"\x05\x01\x00" + socks5_request(HOST, 0),
            "a name with a NUL": b"\x05\x01\x00" + socks5_request("origin\0.example.org", 80),
            "a name of 255 bytes without a dot": b"\x05\x01\x00" + socks5_request("a" * 255, 80),
            "a request without a greeting": socks5_request(HOST, 80),
            "SOCKS4 BIND": b"\x04\x02\x00\x50\x08\x08\x08\x08\x00",
            "SOCKS4a without a name": b"\x04\x01\x00\x50\x00\x00\x00\x01\x00\x00",
            "a SOCKS4 user without end": b"\x04\x01\x00\x50\x08\x08\x08\x08" + b"u" * 100_000,
            "a SOCKS4a name of 300 bytes": b"\x04\x01\x00\x50\x00\x00\x00\x01\x00" + b"a" * 300 + b"\x00",
        }.items():
            with self.subTest(name):
                answer = self.send_and_wait(data)
                self.assertNotIn(b"\x05\x00\x00\x01", answer, "granted")
                self.assertNotEqual(answer[:2], b"\x00\x5a", "granted")
        self.assert_nothing_is_left()

    def test_http_that_breaks_its_rules(self):
        for wanted, name, data in (
            (414, "a request line of a megabyte", b"GET http://" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n"),
            (431, "a header flood", b"GET http://a.example.org/ HTTP/1.1\r\n" + b"X-Flood: x\r\n" * 10_000 + b"\r\n"),
            (431, "a header of a megabyte", b"GET http://a.example.org/ HTTP/1.1\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\n"),
            (400, "no target", b"GET\r\n\r\n"),
            (400, "bare LF", b"GET http://a.example.org/ HTTP/1.1\nHost: a\n\n"),
            (400, "two lengths", b"POST http://a.example.org/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
            (400, "length and chunks", b"POST http://a.example.org/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (400, "a negative length", b"POST http://a.example.org/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
            (400, "a space before the colon", b"GET http://a.example.org/ HTTP/1.1\r\nHost : a.example.org\r\n\r\n"),
            (400, "a folded line", b"GET http://a.example.org/ HTTP/1.1\r\nX: a\r\n b\r\n\r\n"),
            (400, "CONNECT to port 0", b"CONNECT origin.example.org:0 HTTP/1.1\r\n\r\n"),
            (400, "CONNECT without a port", b"CONNECT origin.example.org HTTP/1.1\r\n\r\n"),
            (400, "CONNECT to port 65536", b"CONNECT origin.example.org:65536 HTTP/1.1\r\n\r\n"),
            (400, "CONNECT to nobody", b"CONNECT :80 HTTP/1.1\r\n\r\n"),
            (400, "a name of 300 bytes", b"CONNECT " + b"a" * 300 + b".example.org:80 HTTP/1.1\r\n\r\n"),
            (400, "a URL's name of 300 bytes", b"GET http://" + b"a." * 150 + b"org/ HTTP/1.1\r\n\r\n"),
            (403, "CONNECT to this machine", b"CONNECT [::1]:22 HTTP/1.1\r\nHost: [::1]:22\r\n\r\n"),
            (505, "HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ):
            with self.subTest(name):
                self.assertEqual(self.status_of(data), wanted)
        self.assert_nothing_is_left()

    def test_a_chunked_body_that_breaks_its_rules_reaches_nobody_as_a_whole(self):
        place = f"{HOST}:{self.server.port}"
        for body in (b"zz\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n", b"ffffffffffffffffff\r\nhello", b"5;" + b"e" * 100_000):
            with self.subTest(body[:20]):
                answer = self.send_and_wait(f"POST http://{place}/ HTTP/1.1\r\nHost: {place}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + body)
                self.assertNotIn(b"0\r\n\r\n", answer)
        self.assert_nothing_is_left()


class SlowTest(BadInputCase):
    def test_greetings_byte_by_byte(self):
        for text in (b"\x05\x01\x00" + socks5_request(HOST, self.server.port),
                     b"\x04\x01" + struct.pack("!H", self.server.port) + b"\0\0\0\x01me\0" + HOST.encode() + b"\0",
                     f"CONNECT {HOST}:{self.server.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode()):
            app = self.app(self.proxy)
            for byte in text:
                app.send(bytes([byte]))
            app.send(b"through")
            app.read_until(b"through")

    def test_unfinished_greetings_keep_nobody_waiting(self):
        apps = []
        for start in (b"", b"\x05", b"\x05\x01", b"\x05\x01\x00\x05\x01\x00\x03", b"\x04\x01", b"CONN", b"GET http://x.example.org/ HTTP/1.1\r\nHost:"):
            app = self.app(self.proxy)
            app.send(start)
            apps.append(app)
        self.assert_honest_apps_are_served()
        for app in apps:
            app.close()
        self.assert_nothing_is_left()


class GoneTest(BadInputCase):
    def test_apps_that_disappear(self):
        fountain = Fountain()
        self.addCleanup(fountain.close)
        self.origin.serve("/endless", b"y" * 65536, endless=True, chunked=True, ranges=False)
        place = f"{HOST}:{self.server.port}"
        for end in ("close", "reset"):
            with self.subTest(end):
                app = self.app(self.proxy)
                app.send(f"PUT http://{place}/ HTTP/1.1\r\nHost: {place}\r\nContent-Length: 100000000\r\n\r\n".encode() + bytes(100_000))
                app.read(1000)
                getattr(app, end)()
                app = self.app(self.proxy)
                self.assertEqual(app.socks5(HOST, fountain.port), 0)
                app.read(1 << 20)
                getattr(app, end)()
                app = self.app(self.proxy)
                app.send(f"GET {self.url(self.origin, '/endless')} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
                app.read(1 << 20)
                getattr(app, end)()
                app = self.app(self.proxy)
                app.send(f"CONNECT {HOST}:{self.server.port} HTTP/1.1\r\nHost: x\r\n\r\n")
                getattr(app, end)()
        self.assert_nothing_is_left()
        self.proxy.wait_for(lambda _: self.relay.metrics()["ferry_relay_streams"] == 0, "the relay's streams end")

    def test_thousands_of_idle_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = min(IDLE, hard - 200)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        before = resident_mib(self.proxy.process.pid)
        idle = []
        for i in range(wanted):
            idle.append(socket.create_connection(self.proxy.address))
            if i % 2:
                idle[-1].send(b"\x05\x01")
            if i % 1000 == 999:
                self.assert_honest_apps_are_served()
        during, descriptors = resident_mib(self.proxy.process.pid), self.proxy.descriptors()
        self.assert_honest_apps_are_served()
        for connection in idle:
            connection.close()
        self.assert_nothing_is_left()
        after = resident_mib(self.proxy.process.pid)
        print(f"    {wanted} idle connections: {before:.1f} MiB before, {during:.1f} with {descriptors} descriptors, {after:.1f} after", flush=True)
        self.assertLess(during, 64)
        self.assertLess(after - before, 16)


if __name__ == "__main__":
    unittest.main()
