"""What an app hears when the proxy cannot or may not take it where it wants: its own protocol's code, and in HTTP a page that says what to do."""

import socket
import unittest

from ferry_test import HOST, MISSING, ProxyCase

# RFC 1928, section 6.
SUCCEEDED, GENERAL_FAILURE, NOT_ALLOWED, HOST_UNREACHABLE, REFUSED, TTL_EXPIRED, NO_SUCH_COMMAND = 0, 1, 2, 4, 5, 6, 7


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class RefusalCase(ProxyCase):
    def hears(self, proxy, place, socks, status, error, words=""):
        """All three ways to `place`: SOCKS5's code, and the page for CONNECT and for GET."""
        host, port = place.rsplit(":", 1)
        self.assertEqual(self.app(proxy).socks5(host.strip("[]"), int(port)), socks, "SOCKS5")
        connect = self.app(proxy)
        self.is_page(connect.ask(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n"), status, error, words)
        self.is_page(self.app(proxy).ask(f"GET http://{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n"), status, None, words)

    def is_page(self, answer, status, error, words):
        self.assertEqual(answer.status, status, answer)
        if error:
            self.assertIn(error, answer.headers["ferry-error"])
        self.assertIn("text/html", answer.headers["content-type"])
        self.assertIn(words, answer.body.decode())
        self.assertIn("<h1>", answer.body.decode())


class DestinationTest(RefusalCase):
    def test_nobody_listens_there(self):
        proxy = self.start_proxy()
        place = f"{HOST}:{unused_port()}"
        self.hears(proxy, place, REFUSED, 502, "tunnel_refused", "Check the address")
        self.assertEqual(self.app(proxy).socks4a(HOST, int(place.split(":")[1])), 0x5B)

    def test_the_name_does_not_exist(self):
        proxy = self.start_proxy()
        self.hears(proxy, f"{MISSING}:80", HOST_UNREACHABLE, 502, "exit_name", "Check the address")

    def test_the_relays_policy_does_not_allow_it(self):
        proxy = self.start_proxy(relay=self.start_exit(exit_allow=("127.0.0.1/32:80",)))
        for port in (22, 25):
            with self.subTest(port):
                self.hears(proxy, f"{HOST}:{port}", NOT_ALLOWED, 403, "exit_port", "exit policy")
        closed = self.start_exit(exit_allow=(), name="closed")
        proxy = self.start_proxy(relay=closed, data="second")
        self.hears(proxy, f"{HOST}:80", NOT_ALLOWED, 403, "exit_", "exit policy")

    def test_the_relay_itself_is_no_destination(self):
        proxy = self.start_proxy()
        for port in (self.relay.reference.rsplit(":", 1)[1], self.relay.admin.rsplit(":", 1)[1].rstrip("/")):
            with self.subTest(port):
                self.hears(proxy, f"{HOST}:{port}", NOT_ALLOWED, 403, "exit_own_port", "exit policy")

    def test_local_destinations_never_go_to_a_relay(self):
        proxy = self.start_proxy()
        for host in ("127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "printer", "nas.local", "[::ffff:127.0.0.1]"):
            with self.subTest(host):
                answer = self.app(proxy).ask(f"CONNECT {host}:22 HTTP/1.1\r\nHost: {host}:22\r\n\r\n")
                self.is_page(answer, 403, "local_destination", "--local direct")
                page = self.app(proxy).ask(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n")
                self.is_page(page, 403, "local_destination", "--local direct")
        self.assertEqual(self.app(proxy).socks5("localhost", 22), NOT_ALLOWED)
        self.assertEqual(self.names.asked(), [])
        self.assertEqual(self.relay.metrics()["ferry_relay_tunnels_total"], 0)

    def test_excluded_hosts_go_straight(self):
        server = self.serve_tcp(lambda connection: connection.sendall(b"straight"))
        proxy = self.start_proxy("--exclude", f"127.0.0.1:{server.port}")
        app = self.app(proxy)
        self.assertEqual(app.connect(f"127.0.0.1:{server.port}"), 200)
        self.assertEqual(app.read_to_end(), b"straight")
        self.assertEqual(self.app(proxy).ask("CONNECT 127.0.0.1:9 HTTP/1.1\r\nHost: 127.0.0.1:9\r\n\r\n").status, 403)

    def test_a_relay_that_is_gone(self):
        proxy = self.start_proxy()
        self.relay.kill()
        apps = [self.app(proxy) for _ in range(3)]
        apps[0].send(f"CONNECT {HOST}:80 HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
        apps[1].send(f"GET http://{HOST}/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
        self.assertEqual(apps[2].socks5(HOST, 80), GENERAL_FAILURE)
        for app in apps[:2]:
            answer = app.read_response()
            self.assertIn(answer.status, (502, 503), answer)
            self.assertIn("ferry relays", answer.body.decode(), "the page does not say what to do about the relay")


class CommandTest(RefusalCase):
    def test_udp_and_bind_are_refused_by_their_code(self):
        proxy = self.start_proxy()
        self.assertEqual(self.app(proxy).socks5(HOST, 80, command=2), NO_SUCH_COMMAND)
        self.assertEqual(self.app(proxy).socks5(HOST, 80, command=3), NO_SUCH_COMMAND)

    def test_a_password_where_one_is_set(self):
        server = self.serve_tcp(lambda connection: connection.sendall(b"in"))
        proxy = self.start_proxy("--user", "me", "--password", "x")
        place = f"{HOST}:{server.port}"
        refused = self.app(proxy).ask(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n")
        self.assertEqual(refused.status, 407, refused)
        self.assertIn("Basic", refused.headers["proxy-authenticate"])
        app = self.app(proxy)
        app.send(b"\x05\x01\x00")
        self.assertEqual(app.read(2), b"\x05\xff")
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port, user="me"), SUCCEEDED)
        self.assertEqual(app.read_to_end(), b"in")
        # It reads first: a server that closes over unread bytes resets the connection.
        reader = self.serve_tcp(lambda connection: (connection.recv(4096), connection.sendall(b"in")))
        with_words = ["-x", proxy.url, "--proxy-user", "me:x", "--proxytunnel", "--http0.9", f"http://{HOST}:{reader.port}/"]
        self.assertEqual(self.curl(*with_words), b"in")
        self.assertEqual(self.curl("-o", "/dev/null", "-w", "%{http_code}", proxy.url + "/status.json"), b"401")

    def test_other_machines_are_kept_out_unless_a_password_is_set(self):
        relay = self.start_exit()
        for flags in ((), ("--allow-remote",)):
            with self.subTest(flags):
                refused = self.ferry("proxy", "--listen", "0.0.0.0:0", "--relay", relay.reference, *flags)
                self.assertNotEqual(refused.code, 0, refused)
                self.assertIn("password", refused.stderr)


if __name__ == "__main__":
    unittest.main()
