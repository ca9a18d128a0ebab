"""One body from many relays: they share the work, and those that die are made up for."""

import json
import unittest
import urllib.request
from decimal import Decimal

from ferry_test import FerryCase, Gate, pattern_bytes

CHUNK = 256 * 1024
CHUNKS = 256  # 64 MiB
RELAYS = 10
KILLED = 3
PRICE = Decimal(50)  # of a chunk that the relay fetches, at 200 BTT/MiB


class SeveralRelaysTest(FerryCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.gate = Gate()
        self.body = pattern_bytes(CHUNKS * CHUNK)
        self.origin.serve("/big", self.body, etag='"v1"', piece=CHUNK, gate=self.gate, headers={"Cache-Control": "max-age=600"})
        first = self.start_relay(name="relay0")
        ledger = ["--ledger", "ledger:" + first.admin]
        # The one that keeps the ledger must stay.
        self.relays = [first, *(self.start_relay(*ledger, name=f"relay{number}") for number in range(1, RELAYS))]

    def start_download(self, *flags):
        named = [word for relay in self.relays for word in ("--relay", relay.reference)]
        return self.start_ferry("get", self.origin.url("/big"), *named, "--relays-at-once", str(RELAYS), "-o", self.path("out"), "--json", *flags)

    def chunks_of(self, relay):
        token = (relay.data / "admin-token").read_text().strip()
        request = urllib.request.Request(relay.admin + "/api/v1/channels", headers={"Authorization": "Bearer " + token})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            channels = json.load(answer)["channels"]
        return sum(Decimal(channel["charged"]) for channel in channels) / PRICE

    def let_until(self, ready):
        """Lets the origins' bodies go on, piece by piece, until the relays have come so far."""
        for _ in range(CHUNKS):
            if ready():
                return
            self.gate.wait_until_held()
            self.gate.let(4)
        self.fail("the relays never came so far")

    def test_three_of_ten_are_killed_in_the_middle(self):
        download = self.start_download()
        self.let_until(lambda: sum(self.chunks_of(relay) > 1 for relay in self.relays[1:]) >= KILLED + 1)
        victims = [relay for relay in self.relays[1:] if self.chunks_of(relay) > 1][:KILLED]
        for victim in victims:
            victim.kill()
        self.gate.open()
        receipt = json.loads(download.read_line())
        self.assertEqual(download.wait(), 0, download.stderr())
        self.assertEqual(self.path("out").read_bytes(), self.body)
        self.assertGreater(sum(entry["chunks"] > 0 for entry in receipt["relays"]), KILLED)

        channels = self.ferry("wallet", "channels", "--json").json()["channels"]
        dead = {victim.reference for victim in victims}
        # What is promised to a dead relay is gone; to a living one it is there for the next download.
        cost = sum(Decimal(entry["signed"] if entry["relay"] in dead else entry["confirmed"]) + Decimal(entry["adopted"]) for entry in channels)
        least = CHUNKS * PRICE
        print(f"    {len(receipt['relays'])} relays, cost {cost} BTT, {100 * (cost / least - 1):.1f} % above one undisturbed relay", flush=True)
        self.assertLessEqual(cost, least * Decimal("1.10"))


if __name__ == "__main__":
    unittest.main()
