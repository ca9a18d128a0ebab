"""Plain http:// through the local proxy when one relay's word, or one relay, is not enough. Relays lie as in test_quorum.py."""

import json
import threading
import unittest

from ferry_test import Gate, NameServer, Proxy, ProxyCase, pattern_bytes

CHUNK = 256 * 1024
HEADERS = {"Cache-Control": "max-age=600"}


class ProxyOverSeveralTest(ProxyCase):
    def start_relay_of(self, place, name, *flags):
        server = NameServer(place=place)
        self.addCleanup(server.close)
        return self.start_relay("--resolver", server.address, *flags, name=name)

    def start_proxy_over(self, relays, *flags, data="client"):
        named = [word for relay in relays for word in ("--relay", relay.reference)]
        return Proxy(self.start_ferry("proxy", "--listen", "127.0.0.1:0", *named, *flags, data=data))

    def fetched(self, proxy):
        status, text = proxy.get("/status.json")
        self.assertEqual(status, 200)
        return json.loads(text)["fetched"]

    def test_a_lie_reaches_no_app_when_a_quorum_is_wanted(self):
        body = pattern_bytes(3 * CHUNK + 7)
        origin = self.start_origin()
        lying = self.start_origin("127.0.0.2", origin.port)
        origin.serve("/file", body, headers=HEADERS, etag='"v1"')
        lying.serve("/file", body[:CHUNK] + b"x" + body[CHUNK + 1:], headers=HEADERS, etag='"v1"')
        liar = self.start_relay_of("127.0.0.2", "liar")
        honest = [self.start_relay_of("127.0.0.1", f"honest{number}") for number in range(2)]

        alone = self.start_proxy_over([liar], data="trusting")
        self.assertNotEqual(self.curl("-x", alone.url, self.url(origin, "/file")), body, "nobody lies in this test")

        proxy = self.start_proxy_over([liar, *honest], "--verify", "quorum=2")
        self.assertEqual(self.curl("-x", proxy.url, "-D", self.path("head"), self.url(origin, "/file")), body)
        self.assertIn("Ferry-Verification: quorum\r\n", self.path("head").read_bytes().decode())
        self.assertEqual(self.fetched(proxy), {"quorum": 1})
        self.assertEqual(proxy.process.stop(), 0)
        [record] = self.ferry("evidence", "list", "--json").json()["records"]
        self.assertEqual(record["code"], "chunk_outvoted")

        # Of two that contradict each other nobody can tell who is right.
        two = self.start_proxy_over([liar, honest[0]], "--verify", "quorum=2", data="two")
        done = self.curl("-x", two.url, "-D", self.path("head"), "-o", self.path("page"), self.url(origin, "/file"), code=None)
        head = self.path("head").read_bytes().decode()
        # The first chunk is the same for both; the second is never delivered.
        if done.returncode == 0:
            self.assertIn("Ferry-Error: quorum_not_reached\r\n", head)
        self.assertNotIn(b"x" + body[CHUNK + 1:CHUNK + 100], self.path("page").read_bytes())
        self.assertEqual(self.fetched(two), {"not reached": 1})

    def test_what_two_relays_do_not_vouch_for_is_an_error_page(self):
        origin = self.start_origin()
        lying = self.start_origin("127.0.0.2", origin.port)
        origin.serve("/small", b"the truth", headers=HEADERS, etag='"v1"')
        lying.serve("/small", b"the trick", headers=HEADERS, etag='"v1"')
        relays = [self.start_relay_of("127.0.0.2", "liar"), self.start_relay_of("127.0.0.1", "honest")]
        proxy = self.start_proxy_over(relays, "--verify", "quorum=2")
        page = self.curl("-x", proxy.url, "-i", self.url(origin, "/small")).decode()
        self.assertTrue(page.startswith("HTTP/1.1 502 "), page)
        self.assertIn("Ferry-Error: quorum_not_reached\r\n", page)
        self.assertNotIn("the tr", page)

    def test_a_large_download_goes_on_when_one_of_its_relays_is_killed(self):
        body = pattern_bytes(64 * CHUNK)
        gate = Gate()
        origin = self.start_origin()
        origin.serve("/big", body, headers=HEADERS, etag='"v1"', piece=CHUNK, gate=gate)
        first = self.start_relay_of("127.0.0.1", "relay0")
        others = [self.start_relay_of("127.0.0.1", f"relay{number}", "--ledger", "ledger:" + first.admin) for number in (1, 2)]
        proxy = self.start_proxy_over([first, *others], "--relays-at-once", "3")
        got = []
        app = threading.Thread(target=lambda: got.append(self.curl("-x", proxy.url, self.url(origin, "/big"))))
        app.start()
        victim = None
        for _ in range(64):
            victim = next((relay for relay in others if relay.metrics()["ferry_relay_payload_bytes_total"] > CHUNK), None)
            if victim:
                break
            gate.wait_until_held()
            gate.let(4)
        self.assertIsNotNone(victim, "one relay brought all")
        victim.kill()
        gate.open()
        app.join()
        self.assertTrue(got and got[0] == body)
        self.assertEqual(self.fetched(proxy), {"relay": 1})

    def test_a_content_address_is_no_level_for_a_proxy(self):
        relay = self.start_relay()
        result = self.ferry("proxy", "--relay", relay.reference, "--verify", "content-address")
        self.assertNotEqual(result.code, 0)
        self.assertIn("quorum=2", result.stderr)


if __name__ == "__main__":
    unittest.main()
