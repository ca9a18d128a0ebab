"""curl through the local proxy: every way it can ask, what it gets, and what it pays for."""

import hashlib
import json
import ssl
import unittest
from decimal import Decimal

from ferry_test import HOST, Gate, ProxyCase, pattern_bytes, relay_chunks

CHUNK = 256 * 1024
ALL_WAYS = ("-x http://{0}", "--socks5-hostname {0}", "--socks4a {0}", "--proxytunnel -x http://{0}")


class CurlCase(ProxyCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.proxy = self.start_proxy()

    def at(self, path):
        return self.url(self.origin, path)

    def through(self, *arguments, **more):
        return self.curl("-x", self.proxy.url, *arguments, **more)


class CurlFetchTest(CurlCase):
    def test_small_and_large_bodies_arrive_whole_in_every_way(self):
        small, large = b"hello\n", pattern_bytes(2 << 20)
        self.origin.serve("/small", small)
        self.origin.serve("/large", large)
        for way in ALL_WAYS:
            with self.subTest(way):
                arguments = way.format(self.proxy.place).split()
                self.assertEqual(self.curl(*arguments, self.at("/small")), small)
                got = self.curl(*arguments, self.at("/large"))
                self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(large).digest())
        self.assertGreater(self.proxy.spent(), 0)
        self.assertNotIn("localhost", self.names.asked())

    def test_socks5_with_an_address_that_the_app_looked_up(self):
        """curl resolves by itself here, to an address of this machine: refused unless local destinations may go direct."""
        self.origin.serve("/small", b"hello")
        resolve = ["--resolve", f"{HOST}:{self.origin.port}:127.0.0.1"]
        self.curl("--socks5", self.proxy.place, *resolve, self.at("/small"), code=97)
        direct = self.start_proxy("--local", "direct", relay=self.relay, data="direct")
        self.assertEqual(self.curl("--socks5", direct.place, *resolve, self.at("/small")), b"hello")
        self.assertEqual(direct.spent(), 0)

    def test_head_and_the_words_of_the_answer(self):
        self.origin.serve("/file", pattern_bytes(3 * CHUNK), etag='"v1"', content_type="text/plain")
        head = self.through("-I", self.at("/file")).decode()
        self.assertIn(" 200 ", head)
        self.assertIn(f"Content-Length: {3 * CHUNK}\r\n", head)
        self.assertIn("content-type: text/plain", head)
        self.assertIn("Ferry-Verification: ", head)
        self.assertEqual(relay_chunks(self.relay), 0, "a HEAD needs no chunk")
        whole = self.through("-D", "-", "-o", "/dev/null", self.at("/file")).decode()
        self.assertIn("Ferry-Verification: relay", whole)
        self.origin.serve("/missing", b"no such thing", status=404)
        self.assertEqual(self.through("-w", "%{http_code}", self.at("/missing")), b"no such thing404")
        self.origin.serve("/empty", b"")
        self.assertEqual(self.through("-w", "%{http_code}", self.at("/empty")), b"200")

    def test_a_redirect_is_the_apps_to_follow(self):
        self.origin.serve("/from", redirect="/to")
        self.origin.serve("/to", b"arrived")
        self.assertEqual(self.through("-w", "%{http_code}", "-o", "/dev/null", self.at("/from")), b"302")
        self.assertEqual(self.through("-L", self.at("/from")), b"arrived")

    def test_conditions_go_to_the_origin(self):
        self.origin.serve("/file", b"x" * 100, etag='"v1"')
        self.assertEqual(self.through("-H", 'If-None-Match: "v1"', "-w", "%{http_code}", self.at("/file")), b"304")

    def test_what_it_cost_comes_as_a_trailer_to_those_who_take_trailers(self):
        body = pattern_bytes(2 * CHUNK + 5)
        self.origin.serve("/file", body)
        app = self.app(self.proxy)
        answer = app.ask(f"GET {self.at('/file')} HTTP/1.1\r\nHost: {HOST}\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
        self.assertEqual((answer.status, answer.body), (200, body))
        self.assertEqual(answer.headers["trailer"], "Ferry-Charged")
        charged = Decimal(answer.trailers["ferry-charged"])
        self.assertGreater(charged, 0)
        self.assertEqual(charged, self.proxy.spent())
        plain = app.ask(f"GET {self.at('/file')} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
        self.assertEqual((plain.body, plain.trailers), (body, {}))
        self.assertEqual(plain.headers["content-length"], str(len(body)))

    def test_a_body_of_unknown_length(self):
        body = pattern_bytes(CHUNK + 77)
        self.origin.serve("/stream", body, chunked=True, ranges=False)
        self.assertEqual(self.through(self.at("/stream")), body)
        self.assertEqual(self.through("--http1.0", self.at("/stream")), body)

    def test_fifty_at_once(self):
        for i in range(50):
            self.origin.serve(f"/{i}", pattern_bytes(20_000, seed=str(i)))
        for way in ("-x http://{0}", "--socks5-hostname {0}"):
            with self.subTest(way):
                output = [part for i in range(50) for part in ("-o", self.path(f"got-{i}"), self.at(f"/{i}"))]
                self.curl("-Z", "--parallel-max", "50", "--parallel-immediate", *way.format(self.proxy.place).split(), *output)
                for i in range(50):
                    self.assertEqual(self.path(f"got-{i}").read_bytes(), pattern_bytes(20_000, seed=str(i)))
                    self.path(f"got-{i}").unlink()
        self.proxy.wait_for_no_tunnels()

    def test_two_urls_share_a_connection(self):
        self.origin.serve("/a", b"aa")
        self.origin.serve("/b", b"bb")
        done = self.through("-w", "%{num_connects} ", self.at("/a"), self.at("/b"), self.at("/a"))
        self.assertEqual(done, b"aa1 bb0 aa0 ")

    def test_pipelined_requests_are_answered_in_order(self):
        for i in range(5):
            self.origin.serve(f"/{i}", pattern_bytes(40_000, seed=str(i)))
        app = self.app(self.proxy)
        app.send("".join(f"GET {self.at(f'/{i}')} HTTP/1.1\r\nHost: {HOST}\r\n\r\n" for i in range(5)))
        for i in range(5):
            answer = app.read_response()
            self.assertEqual((answer.status, answer.body), (200, pattern_bytes(40_000, seed=str(i))))

    def test_the_proxys_own_pages_cost_nothing(self):
        page = self.through("http://ferry.local/").decode()
        self.assertIn("Spent today", page)
        self.assertIn("FindProxyForURL", self.through("http://ferry.local/proxy.pac").decode())
        self.assertEqual(json.loads(self.curl(self.proxy.url + "/status.json"))["today"]["spent"], "0")
        self.assertEqual(self.curl("-H", "Host: evil.example", "-o", "/dev/null", "-w", "%{http_code}", self.proxy.url + "/"), b"421")


class CurlRangeTest(CurlCase):
    """Only the chunks that a range needs are charged."""

    def setUp(self):
        super().setUp()
        self.body = pattern_bytes(16 * CHUNK + 99)
        self.origin.serve("/big", self.body, etag='"v1"')

    def charged_chunks(self, *arguments):
        before = relay_chunks(self.relay)
        got = self.through(*arguments, self.at("/big"))
        return got, relay_chunks(self.relay) - before

    def test_ranges_cost_what_they_touch(self):
        for text, part, chunks in (("0-9", self.body[:10], 1), ("1000000-1299999", self.body[1_000_000:1_300_000], 2),
                                   ("-50", self.body[-50:], 1), (f"{16 * CHUNK}-", self.body[16 * CHUNK:], 1), ("0-", self.body, 17)):
            with self.subTest(text):
                got, charged = self.charged_chunks("-r", text)
                self.assertEqual(got, part)
                self.assertEqual(charged, chunks)

    def test_a_range_is_answered_as_one_and_beyond_the_end_refused(self):
        head = self.through("-r", "5-9", "-D", "-", "-o", "/dev/null", self.at("/big")).decode()
        self.assertIn(" 206 ", head)
        self.assertIn(f"Content-Range: bytes 5-9/{len(self.body)}", head)
        self.assertIn("Content-Length: 5\r\n", head)
        beyond = self.through("-r", f"{len(self.body)}-", "-D", "-", "-o", "/dev/null", self.at("/big")).decode()
        self.assertIn(" 416 ", beyond)
        self.assertIn(f"bytes */{len(self.body)}", beyond)

    def test_if_range_of_another_version_gets_all(self):
        got = self.through("-r", "0-9", "-H", 'If-Range: "v1"', self.at("/big"))
        self.assertEqual(got, self.body[:10])
        got = self.through("-r", "0-9", "-H", 'If-Range: "v0"', self.at("/big"))
        self.assertEqual(got, self.body)

    def test_a_download_is_resumed(self):
        half = 8 * CHUNK + 1000
        self.path("file").write_bytes(self.body[:half])
        _, charged = self.charged_chunks("-C", "-", "-o", self.path("file"))
        self.assertEqual(self.path("file").read_bytes(), self.body)
        self.assertEqual(charged, 9)


class CurlUploadTest(ProxyCase):
    """Requests with bodies are carried to the origin as they are."""

    def setUp(self):
        super().setUp()
        self.received = []
        self.server = self.serve_tcp(self.take)
        self.proxy = self.start_proxy()

    def take(self, connection):
        """An origin that reads each request whole, says 100 first where that is wished, and answers with the body's hash."""
        stream = connection.makefile("rb")
        while line := stream.readline():
            headers = {}
            while (field := stream.readline()) not in (b"\r\n", b""):
                name, value = field.decode().split(":", 1)
                headers[name.lower()] = value.strip()
            if headers.get("expect"):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            if headers.get("transfer-encoding") == "chunked":
                body = b""
                while size := int(stream.readline(), 16):
                    body += stream.read(size)
                    stream.readline()
                stream.readline()
            else:
                body = stream.read(int(headers.get("content-length", 0)))
            self.received.append((line.decode().split(" ")[0], headers, body))
            answer = hashlib.sha256(body).hexdigest().encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)

    def send(self, *arguments):
        return self.curl("-x", self.proxy.url, *arguments, self.url(self.server, "/upload")).decode()

    def test_uploads_with_and_without_a_length(self):
        body = pattern_bytes((2 << 20) + 17)
        self.path("body").write_bytes(body)
        wanted = hashlib.sha256(body).hexdigest()
        self.assertEqual(self.send("-T", self.path("body")), wanted)
        self.assertEqual(self.send("-T", self.path("body"), "-H", "Expect: 100-continue"), wanted)
        self.assertEqual(self.send("-T", self.path("body"), "-H", "Transfer-Encoding: chunked"), wanted)
        self.assertEqual(self.send("-X", "POST", "--data-binary", f"@{self.path('body')}"), wanted)
        methods = [method for method, _, _ in self.received]
        self.assertEqual(methods, ["PUT", "PUT", "PUT", "POST"])
        self.assertEqual(self.received[1][1].get("expect"), "100-continue")

    def test_other_methods_and_no_words_for_the_proxy_reach_the_origin(self):
        self.assertEqual(self.send("-X", "DELETE"), hashlib.sha256(b"").hexdigest())
        self.assertEqual(self.send("-X", "POST", "-d", "a=1", "-H", "Proxy-Connection: keep-alive", "-U", "editor:x"), hashlib.sha256(b"a=1").hexdigest())
        method, headers, body = self.received[-1]
        self.assertEqual((method, body), ("POST", b"a=1"))
        self.assertNotIn("proxy-connection", headers)
        self.assertNotIn("proxy-authorization", headers)
        self.assertEqual(headers["host"], f"{HOST}:{self.server.port}")


class CurlTlsTest(ProxyCase):
    def test_https_through_connect_and_socks(self):
        certificate, key = self.certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        body = pattern_bytes(1 << 20)

        def serve(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        server = self.serve_tcp(serve, tls=context)
        proxy = self.start_proxy()
        for way in ALL_WAYS:
            with self.subTest(way):
                self.assertEqual(self.curl("-k", *way.format(proxy.place).split(), self.url(server, "/", "https")), body)
        self.assertEqual(self.curl("--cacert", certificate, "-x", proxy.url, self.url(server, "/", "https")), body)


class SlowOriginTest(CurlCase):
    def test_a_body_reaches_the_app_while_the_origin_still_sends(self):
        gate = Gate()
        body = pattern_bytes(4 * CHUNK)
        self.origin.serve("/slow", body, chunked=True, ranges=False, piece=CHUNK, gate=gate)
        app = self.app(self.proxy)
        gate.let(2)
        app.send(f"GET {self.at('/slow')} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n")
        self.assertEqual(app.read_head().status, 200)
        size = int(app.read_until(b"\r\n"), 16)
        self.assertEqual(app.read(size), body[:size])
        gate.open()
        app.read_to_end()


if __name__ == "__main__":
    unittest.main()
