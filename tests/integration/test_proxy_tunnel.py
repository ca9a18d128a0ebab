"""Bytes through tunnels: early data, halves that end alone, slow readers, and relays that come and go."""

import hashlib
import json
import socket
import struct
import sys
import threading
import time
import unittest
from pathlib import Path

from ferry_test import HOST, Fountain, ProxyCase, pattern_bytes, resident_mib, socks5_request

MIB = 1 << 20


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def swallow(connection):
    """Reads until the app's half has ended, and only then says what came."""
    digest = hashlib.sha256()
    while data := connection.recv(65536):
        digest.update(data)
    connection.sendall(digest.hexdigest().encode())


# Nobody runs out of money here, as at the standard prices they would.
CHEAP = ("--tariff-tunnel-down", "0.01", "--tariff-tunnel-up", "0.01")
BENCH = Path(__file__).resolve().parents[1] / "bench"


class TunnelTest(ProxyCase):
    def test_early_data_arrives_before_the_app_has_heard_anything(self):
        server = self.serve_tcp(echo)
        proxy = self.start_proxy()
        app = self.app(proxy)
        early = pattern_bytes(10_000)
        self.assertEqual(app.socks5(HOST, server.port, early=early), 0)
        self.assertEqual(app.read(len(early)), early)
        app = self.app(proxy)
        place = f"{HOST}:{server.port}"
        app.send(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode() + early)
        self.assertEqual(app.read_head().status, 200)
        self.assertEqual(app.read(len(early)), early)

    def test_the_apps_half_ends_and_it_still_reads(self):
        server = self.serve_tcp(swallow)
        proxy = self.start_proxy()
        body = pattern_bytes(3 * MIB)
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port), 0)
        app.send(body)
        app.finish()
        self.assertEqual(app.read_to_end().decode(), hashlib.sha256(body).hexdigest())
        server.wait_for_ends(1)
        proxy.wait_for_no_tunnels()

    def test_an_app_that_says_all_at_once_and_ends(self):
        server = self.serve_tcp(swallow)
        proxy = self.start_proxy()
        app = self.app(proxy)
        place = f"{HOST}:{server.port}"
        app.send(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\nhello")
        app.finish()
        self.assertEqual(app.read_head().status, 200)
        self.assertEqual(app.read_to_end().decode(), hashlib.sha256(b"hello").hexdigest())

    def test_the_origins_half_ends_and_it_still_reads(self):
        heard = []
        done = threading.Event()

        def serve(connection):
            connection.sendall(b"all that I have to say")
            connection.shutdown(1)
            while data := connection.recv(65536):
                heard.append(data)
            done.set()

        server = self.serve_tcp(serve)
        proxy = self.start_proxy()
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port), 0)
        self.assertEqual(app.read_to_end(), b"all that I have to say")
        app.send(b"and this is my answer")
        app.finish()
        self.assertTrue(done.wait(30))
        self.assertEqual(b"".join(heard), b"and this is my answer")
        proxy.wait_for_no_tunnels()

    def test_both_directions_at_once_stay_whole(self):
        server = self.serve_tcp(echo)
        proxy = self.start_proxy()
        body = pattern_bytes(4 * MIB)
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port), 0)
        writer = threading.Thread(target=lambda: (app.send(body), app.finish()), daemon=True)
        writer.start()
        got = app.read_to_end()
        writer.join()
        self.assertEqual(len(got), len(body))
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(body).digest())

    def test_many_small_messages_go_back_and_forth(self):
        server = self.serve_tcp(echo)
        proxy = self.start_proxy()
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port), 0)
        for i in range(500):
            word = b"%06d" % i
            app.send(word)
            self.assertEqual(app.read(6), word)

    def test_many_quiet_tunnels_do_not_hold_each_other_up(self):
        server = self.serve_tcp(echo)
        proxy = self.start_proxy()
        began = time.monotonic()
        apps = [self.app(proxy) for _ in range(100)]
        for app in apps:
            self.assertEqual(app.socks5(HOST, server.port), 0)
        opened = time.monotonic()
        for app in apps:
            app.send(b"x")
            self.assertEqual(app.read(1), b"x")
        print(f"    100 tunnels opened one after the other in {opened - began:.2f} s, a byte there and back through each in {time.monotonic() - opened:.2f} s",
              flush=True)

    def test_small_talk_is_not_starved_by_bulk(self):
        origin = self.start_process([sys.executable, BENCH / "tunnel_origin.py"], "origin").wait_ready()
        relay = self.start_exit(*CHEAP)
        proxy = self.start_proxy(relay=relay)

        def carried():
            return sum(value for name, value in relay.metrics().items() if name.startswith("ferry_relay_tunnel_bytes_total"))

        # Processes of their own: a thread here would be waited for by this one.
        for kind in ("down", "up"):
            load = self.start_process([sys.executable, BENCH / "load_tunnel.py", kind, "--streams", 4, "--seconds", 3600, "--port", proxy.address[1],
                                       "--socks", f"{HOST}:{origin['port']}"], f"load-{kind}")
            self.assertEqual(json.loads(load.read_line()), {"event": "warm"})
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, origin["port"]), 0)
        app.send(b"E")
        rounds = 200
        before = carried()
        for i in range(rounds):
            word = b"%06d" % i
            app.send(word)
            self.assertEqual(app.read(6), word)
        passing = (carried() - before) / rounds / MIB
        print(f"    {rounds} small messages there and back; of 8 bulk tunnels {passing:.2f} MiB passed during each", flush=True)
        self.assertGreater(passing, 0)
        # It shares a connection with them: before it may lie what their windows let be under way, 2 MiB each from the relay and 0.5 MiB each to it.
        self.assertLess(passing, 4 * 2 + 4 * 0.5)

    def test_a_reset_of_the_origin_is_no_clean_end(self):
        def serve(connection):
            connection.recv(1)
            connection.sendall(b"half")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        server = self.serve_tcp(serve)
        proxy = self.start_proxy()
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port), 0)
        app.send(b"x")
        with self.assertRaises(ConnectionError):
            app.read_to_end()

    def test_a_crash_of_the_app_is_no_clean_end(self):
        ends = []
        ended = threading.Event()

        def serve(connection):
            connection.sendall(b"go on")
            try:
                while connection.recv(65536):
                    pass
                ends.append("clean")
            except ConnectionError:
                ends.append("reset")
            ended.set()

        server = self.serve_tcp(serve)
        proxy = self.start_proxy()
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port), 0)
        self.assertEqual(app.read(5), b"go on")
        app.send(b"half of wh")
        app.reset()
        self.assertTrue(ended.wait(30))
        self.assertEqual(ends, ["reset"])

    def test_more_apps_than_a_session_has_streams(self):
        """The rest is refused, not left hanging, and whoever comes after one has left is served."""
        server = self.serve_tcp(echo)
        proxy = self.start_proxy(relay=self.start_exit("--max-streams", "64"))
        apps = [self.app(proxy) for _ in range(80)]
        for app in apps:
            app.send(b"\x05\x01\x00" + socks5_request(HOST, server.port))
        self.assertEqual(proxy.wait_for(lambda status: len(status["tunnels"]) == 80, "all are asked for")["tunnels"][0]["host"], HOST)
        late = self.app(proxy)
        place = f"{HOST}:{server.port}"
        late.send(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n")
        served = [app for app in apps if app.read(12)[3] == 0]
        self.assertGreaterEqual(len(served), 60)
        self.assertLess(len(served), 80)
        refused = late.read_response()
        self.assertEqual((refused.status, refused.headers["ferry-error"]), (503, "too_many_streams"), refused)
        for i, app in enumerate(served):
            app.send(b"%04d" % i)
        for i, app in enumerate(served):
            self.assertEqual(app.read(4), b"%04d" % i)
        for app in served:
            app.close()
        proxy.wait_for_no_tunnels()
        self.assertEqual(self.app(proxy).socks5(HOST, server.port), 0)


class ReconnectTest(ProxyCase):
    def test_a_relay_that_was_restarted_is_found_again(self):
        server = self.serve_tcp(echo)
        origin = self.start_origin()
        origin.serve("/file", b"x" * 1000)
        proxy = self.start_proxy()
        where = self.relay.reference.split("@")[1]
        held = self.app(proxy)
        self.assertEqual(held.socks5(HOST, server.port), 0)
        for _ in range(3):
            self.assertEqual(self.curl("-x", proxy.url, self.url(origin, "/file")), b"x" * 1000)
            self.relay.kill()
            self.relay.start("--listen", where)
            app = self.app(proxy)
            self.assertEqual(app.socks5(HOST, server.port, early=b"hello"), 0)
            self.assertEqual(app.read(5), b"hello")
        held.wait_closed()

    def test_a_request_waits_for_a_relay_that_is_starting(self):
        server = self.serve_tcp(echo)
        proxy = self.start_proxy()
        where = self.relay.reference.split("@")[1]
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, server.port), 0)
        self.relay.kill()
        app.wait_closed()
        waiting = self.app(proxy)
        place = f"{HOST}:{server.port}"
        waiting.send(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n")
        proxy.wait_for(lambda status: any(not relay["connected"] for relay in status["relays"]), "the proxy notices that the relay is gone")
        self.relay.start("--listen", where)
        self.assertEqual(waiting.read_head().status, 200)


class StalledTest(ProxyCase):
    TUNNELS = 100
    LIMIT_MIB = 64

    def test_a_hundred_apps_that_stop_reading_hold_little_memory(self):
        fountain = Fountain()
        self.addCleanup(fountain.close)
        server = self.serve_tcp(echo)
        proxy = self.start_proxy("--deposit", "50000")
        warm = self.app(proxy)
        self.assertEqual(warm.socks5(HOST, server.port), 0)
        pids = {"ferry": proxy.process.pid, "ferry-relay": self.relay.process.pid}
        before = {name: resident_mib(pid) for name, pid in pids.items()}
        descriptors = proxy.descriptors()
        apps = [self.app(proxy, receive_buffer=65536) for _ in range(self.TUNNELS)]
        for app in apps:
            self.assertEqual(app.socks5(HOST, fountain.port), 0)
        taken = fountain.wait_until_stalled(self.TUNNELS)
        during = {name: resident_mib(pid) for name, pid in pids.items()}
        print("    " + ", ".join(f"{name} {before[name]:.1f} MiB before, {during[name]:.1f} with {self.TUNNELS} stalled tunnels" for name in pids)
              + f"; the origin got rid of {sum(taken) / MIB:.1f} MiB, {proxy.spent():.0f} BTT were paid", flush=True)

        # What lies in buffers is paid for: 100 BTT/MiB.
        self.assertLess(proxy.spent(), self.TUNNELS * 2 * 100)
        warm.send(b"still here")
        self.assertEqual(warm.read(10), b"still here")
        again = self.app(proxy)
        self.assertEqual(again.socks5(HOST, server.port, early=b"a new one"), 0)
        self.assertEqual(again.read(9), b"a new one")
        for name in pids:
            self.assertLess(during[name], self.LIMIT_MIB, name)
        for app in apps:
            app.close()
        proxy.wait_for(lambda status: len(status["tunnels"]) == 2, "the tunnels of apps that left end")
        proxy.wait_for_descriptors(descriptors + 10)


if __name__ == "__main__":
    unittest.main()
