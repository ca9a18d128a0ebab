"""Crashes: relay and client are killed in turn, twenty times within one download, and in the end everyone agrees to the last unit."""

import json
import signal
import unittest
import urllib.request
from decimal import Decimal

from ferry_test import FerryCase, Gate, pattern_bytes

CHUNK = 256 * 1024
CHUNKS = 256  # 64 MiB
KILLS = 20


def amounts(entry, *names):
    return [Decimal(entry[name]) for name in names]


class CrashTest(FerryCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.gate = Gate()
        self.body = pattern_bytes(CHUNKS * CHUNK)
        self.origin.serve("/big", self.body, etag='"v1"', piece=CHUNK, gate=self.gate, headers={"Cache-Control": "max-age=600"})
        self.relay = self.start_relay()
        self.address = self.relay.reference.split("@")[1]

    def start_download(self, *flags):
        return self.start_ferry("get", self.origin.url("/big"), "--relay", self.relay.reference, "-o", self.path("out"), "--json", *flags)

    def relay_channels(self):
        token = (self.relay.data / "admin-token").read_text().strip()
        request = urllib.request.Request(self.relay.admin + "/api/v1/channels", headers={"Authorization": "Bearer " + token})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return json.load(answer)["channels"]

    def test_twenty_kills_in_one_download(self):
        download = self.start_download()
        step = CHUNKS // (KILLS + 4)
        for kill in range(KILLS):
            self.gate.wait_until_held()
            self.gate.let(step)
            self.gate.wait_until_held()
            if kill % 2 == 0:
                self.relay.kill()
                self.relay.start("--listen", self.address)  # the client comes back by itself
            else:
                download.kill()
                download = self.start_download("--resume")
        self.gate.open()
        self.assertEqual(download.wait(), 0, download.stderr())
        self.assertEqual(self.path("out").read_bytes(), self.body)

        ours = self.ferry("wallet", "channels", "--json").json()["channels"]
        theirs = self.relay_channels()
        self.assertEqual((len(ours), len(theirs)), (1, 1))
        confirmed, signed, adopted = amounts(ours[0], "confirmed", "signed", "adopted")
        charged, ceiling = amounts(theirs[0], "charged", "ceiling")
        self.assertEqual(ceiling, signed, "the relay holds another promise than the client signed")
        self.assertEqual(charged, confirmed, "the relay charged something else than the client confirmed")
        window = Decimal(5 * 50)  # four chunks ahead and one of credit, at 200 BTT/MiB
        self.assertLessEqual(adopted, window)

        self.relay.stop()  # claims what is left
        self.relay.start("--listen", self.address)
        claimed = amounts(self.relay_channels()[0], "total_claimed")[0]
        self.assertEqual(claimed, min(charged, ceiling))
        print(f"    signed {signed}, charged {charged}, confirmed {confirmed}, adopted {adopted}, paid out {claimed} BTT", flush=True)

    def test_a_relay_that_is_told_to_stop_finishes_what_runs(self):
        download = self.start_download()
        self.gate.wait_until_held()
        self.relay.process.send(signal.SIGTERM)
        self.gate.open()
        self.assertEqual(download.wait(), 0, download.stderr())
        self.assertEqual(self.relay.process.wait(), 0)
        self.assertEqual(self.path("out").read_bytes(), self.body)


if __name__ == "__main__":
    unittest.main()
