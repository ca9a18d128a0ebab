"""A URL crosses a paid relay: fetched, quoted, paid, verified, written, accounted for on both sides."""

import hashlib
import ssl
import unittest
import urllib.request
from decimal import Decimal

from ferry_test import FerryCase, Gate, pattern_bytes

CHUNK = 256 * 1024


def charged_by(receipt):
    return Decimal(receipt["charged"])


class FetchCase(FerryCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()

    def get(self, relay, path, *flags, to="out", data="client"):
        return self.ferry("get", self.origin.url(path), "--relay", relay.reference, "-o", self.path(to), "--json", *flags, data=data)


class CrossingTest(FetchCase):
    def test_a_file_crosses_and_the_receipt_tells_its_hash_and_cost(self):
        body = pattern_bytes(3 * CHUNK + 777)
        self.origin.serve("/file", body)
        relay = self.start_relay()
        result = self.get(relay, "/file")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("out").read_bytes(), body)
        receipt = result.json()
        self.assertEqual(receipt["status"], 200)
        self.assertEqual(receipt["bytes"], len(body))
        self.assertEqual(receipt["chunks"], 4)
        self.assertEqual(receipt["sha256"], hashlib.sha256(body).hexdigest())
        self.assertEqual(receipt["verification"], "relay")
        self.assertGreater(charged_by(receipt), 0)
        self.assertEqual(receipt["relays"][0]["chunks"], 4)
        self.assertEqual(receipt["relays"][0]["cache_hits"], 0)

    def test_the_second_fetch_is_served_from_the_cache_at_the_hit_price(self):
        self.origin.serve("/file", pattern_bytes(8 * CHUNK), headers={"Cache-Control": "max-age=600"}, etag='"v1"')
        relay = self.start_relay()
        first = self.get(relay, "/file", to="first").json()
        requests = len(self.origin.requests("/file"))
        second = self.get(relay, "/file", to="second").json()
        self.assertEqual(second["relays"][0]["cache_hits"], 8)
        self.assertLess(charged_by(second), charged_by(first))
        self.assertEqual(len(self.origin.requests("/file")), requests, "the cache asked the origin again")

    def test_the_cache_survives_a_restart_of_the_relay(self):
        self.origin.serve("/file", pattern_bytes(4 * CHUNK), headers={"Cache-Control": "max-age=600"}, etag='"v1"')
        relay = self.start_relay()
        self.assertEqual(self.get(relay, "/file", to="first").code, 0)
        self.assertEqual(relay.stop(), 0)
        relay.restart()
        again = self.get(relay, "/file", to="second")
        self.assertEqual(again.code, 0, again)
        self.assertEqual(again.json()["relays"][0]["cache_hits"], 4)

    def test_a_body_of_unknown_length_is_cut_as_it_arrives(self):
        gate = Gate()
        body = pattern_bytes(2 * CHUNK + 5)
        self.origin.serve("/stream", body, chunked=True, ranges=False, piece=CHUNK, gate=gate)
        relay = self.start_relay()
        fetch = self.start_ferry("get", self.origin.url("/stream"), "--relay", relay.reference, "-o", self.path("out"), "--json")
        gate.wait_until_held()
        gate.let(1)
        gate.wait_until_held()
        gate.open()
        self.assertEqual(fetch.wait(), 0)
        self.assertEqual(self.path("out").read_bytes(), body)

    def test_an_empty_body_a_head_and_a_404_pass_through(self):
        self.origin.serve("/empty", b"")
        self.origin.serve("/missing", b"no such thing", status=404)
        relay = self.start_relay()
        empty = self.get(relay, "/empty")
        self.assertEqual(empty.code, 0, empty)
        self.assertEqual(self.path("out").read_bytes(), b"")
        missing = self.get(relay, "/missing", to="missing")
        self.assertEqual(missing.code, 1, missing)
        self.assertIn("404", missing.stderr)

    def test_a_body_goes_to_standard_output(self):
        self.origin.serve("/text", b"hello\n")
        relay = self.start_relay()
        result = self.ferry("get", self.origin.url("/text"), "--relay", relay.reference, "-o", "-")
        self.assertEqual((result.code, result.stdout), (0, b"hello\n"), result)

    def test_a_budget_is_a_hard_stop_that_leaves_a_resumable_file(self):
        body = pattern_bytes(40 * CHUNK)
        self.origin.serve("/big", body, etag='"v1"')
        relay = self.start_relay()
        stopped = self.get(relay, "/big", "--budget", "300")
        self.assertEqual(stopped.code, 1, stopped)
        self.assertIn("--resume", stopped.stderr)
        self.assertFalse(self.path("out").exists())
        resumed = self.get(relay, "/big", "--resume")
        self.assertEqual(resumed.code, 0, resumed)
        self.assertEqual(self.path("out").read_bytes(), body)
        self.assertGreater(resumed.json()["resumed_from"], 0)
        again = self.get(relay, "/big", "--resume")
        self.assertEqual(again.code, 1, again)
        self.assertIn("leave resume out", again.stderr)
        self.assertEqual(self.path("out").read_bytes(), body)

    def test_a_wrong_checksum_never_leaves_the_final_name(self):
        self.origin.serve("/file", pattern_bytes(CHUNK))
        relay = self.start_relay()
        result = self.get(relay, "/file", "--sha256", "00" * 32)
        self.assertEqual(result.code, 1, result)
        self.assertFalse(self.path("out").exists())
        right = self.get(relay, "/file", "--sha256", hashlib.sha256(pattern_bytes(CHUNK)).hexdigest(), to="right")
        self.assertEqual(right.code, 0, right)
        self.assertEqual(right.json()["verification"], "origin-digest")

    def test_a_wrong_relay_address_is_refused_before_any_money_moves(self):
        self.origin.serve("/file", b"x")
        relay = self.start_relay()
        wrong = "ferry://0x" + "11" * 20 + "@" + relay.reference.split("@")[1]
        result = self.ferry("get", self.origin.url("/file"), "--relay", wrong, "-o", self.path("out"))
        self.assertEqual(result.code, 1, result)
        self.assertIn("identity", result.stderr)
        self.assertEqual(self.ferry("wallet", "channels", "--json").json().get("channels", []), [])

    def test_a_price_above_the_users_limit_is_refused(self):
        self.origin.serve("/file", b"x")
        relay = self.start_relay()
        result = self.get(relay, "/file", "--max-price", "0.000001")
        self.assertEqual(result.code, 1, result)
        self.assertIn("price", result.stderr)

    def test_a_quote_tells_price_and_assumptions(self):
        self.origin.serve("/file", pattern_bytes(CHUNK))
        relay = self.start_relay()
        quote = self.ferry("quote", self.origin.url("/file"), "--relay", relay.reference, "--json")
        self.assertEqual(quote.code, 0, quote)
        self.assertIn("quotes", quote.json())

    def test_three_relays_share_one_ledger(self):
        self.origin.serve("/file", pattern_bytes(CHUNK))
        first = self.start_relay(name="first")
        second = self.start_relay("--ledger", "ledger:" + first.admin, name="second")
        third = self.start_relay("--ledger", "ledger:" + first.admin, name="third")
        for relay in (first, second, third):
            result = self.get(relay, "/file", to="from-" + relay.data.name)
            self.assertEqual(result.code, 0, result)
        wallet = self.ferry("wallet", "channels", "--json").json()
        self.assertEqual(len(wallet["channels"]), 3)

    def test_the_relays_front_page_tells_whom_to_write_to(self):
        relay = self.start_relay("--contact", "abuse@example.org")
        where = relay.reference.split("@")[1]
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
        page = opener.open(f"https://{where}/", timeout=20).read().decode()
        self.assertIn("abuse@example.org", page)

    def test_metrics_and_health_tell_what_was_served(self):
        self.origin.serve("/file", pattern_bytes(2 * CHUNK))
        relay = self.start_relay()
        self.assertEqual(self.get(relay, "/file").code, 0)
        metrics = relay.metrics()
        served = sum(value for name, value in metrics.items() if name.startswith("ferry_relay_chunks_total"))
        self.assertEqual(served, 2)
        self.assertEqual(relay.admin_text("/healthz").strip(), "ok")
        self.assertEqual(relay.admin_text("/readyz").split()[0], "ok")


class BadOriginTest(FetchCase):
    """Origins that lie: a clear error, nothing cached, only verified chunks charged."""

    def fails_with(self, path, code):
        relay = self.start_relay()
        result = self.get(relay, path)
        self.assertEqual(result.code, 1, result)
        self.assertIn(code, result.stderr)
        self.assertFalse(self.path("out").exists())
        return relay

    def test_a_length_that_lies(self):
        self.origin.serve("/lies", pattern_bytes(CHUNK), claimed_length=2 * CHUNK, ranges=False)
        self.fails_with("/lies", "origin")

    def test_an_early_end(self):
        self.origin.serve("/short", pattern_bytes(4 * CHUNK), end_after=CHUNK + 10, ranges=False)
        self.fails_with("/short", "origin")

    def test_a_header_of_a_megabyte(self):
        self.origin.serve("/header", b"x", filler_header=1 << 20)
        self.fails_with("/header", "origin")

    def test_a_validator_that_changes_midway(self):
        self.origin.serve("/changes", pattern_bytes(64 * CHUNK), etag=['"a"', '"b"', '"c"', '"d"', '"e"'])
        self.fails_with("/changes", "changed")

    def test_an_endless_body_stops_at_the_budget(self):
        self.origin.serve("/endless", b"y" * CHUNK, endless=True, chunked=True, ranges=False)
        relay = self.start_relay()
        result = self.get(relay, "/endless", "--budget", "500")
        self.assertEqual(result.code, 1, result)
        self.assertIn("budget", result.stderr)

    def test_the_relay_refuses_to_contact_private_addresses(self):
        relay = self.start_relay(exit_allow=())
        result = self.get(relay, "/file")
        self.assertEqual(result.code, 1, result)
        self.assertIn("exit_", result.stderr)


if __name__ == "__main__":
    unittest.main()
