"""Relays that cheat, as processes of their own, beside an honest one: what each lie costs, what is kept of it, and that the file is right all the same."""

import subprocess
import unittest
from decimal import Decimal

from ferry_test import FerryCase, pattern_bytes
from ferry_test.programs import build_dir, clean_environment

CHUNK = 256 * 1024
CHUNKS = 100
LAST = CHUNKS - 1
NOTHING = {"chunks": 0, "charged": "0"}
BODY = pattern_bytes(CHUNKS * CHUNK - 77)


class LyingRelayCase(FerryCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.origin.serve("/file", BODY, etag='"v1"')
        self.url = self.origin.url("/file")
        self.path("body").write_bytes(BODY)
        self.honest = self.start_relay()

    def start_liar(self, *cheats):
        command = [str(part) for part in (build_dir() / "tests" / "hostile" / "lying_relay", self.path("body"), self.url, '"v1"', *cheats)]
        self.liar = self.start_talking(command)
        return self.liar

    def start_talking(self, command):
        """It lives as long as its standard input."""
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   env=clean_environment(self.folder))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        return process.stdout.readline().split('"relay":"')[1].split('"')[0]

    def get(self, *flags, to="out"):
        result = self.ferry("get", self.url, "--relay", self.liar, "--relay", self.honest.reference, "-o", self.path(to), "--json", *flags)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path(to).read_bytes(), BODY)
        return {entry["relay"]: entry for entry in result.json()["relays"]}

    def marked(self):
        listed = self.ferry("relays", "--json", "--why", "--relay", self.liar, "--relay", self.honest.reference).json()["relays"]
        return {entry["relay"]: entry for entry in listed}


class LieTest(LyingRelayCase):
    def check_lie(self, cheat, chunks, code=None):
        """It is paid for `chunks` that were right, and not chosen again."""
        self.start_liar(cheat)
        relays = self.get("--relays-at-once", "1")
        told = relays.get(self.liar, NOTHING)
        self.assertEqual(told["chunks"], chunks)
        self.assertLessEqual(Decimal(told["charged"]), Decimal("0.01") + Decimal("0.5") * chunks)
        mark = self.marked()[self.liar]
        self.assertIsNotNone(mark["marked_until"])
        self.assertEqual(mark["marked_for"], code)
        self.assertIn("it lied", mark["why"])
        self.assertNotIn(self.liar, self.get(to="again"))

    def test_one_bit_of_a_chunk(self):
        self.check_lie("corrupt-chunk=3", 3, "chunk_hash")

    def test_the_last_chunk(self):
        self.check_lie(f"corrupt-chunk={LAST}", LAST, "chunk_hash")

    def test_one_unit_more_for_a_chunk(self):
        self.check_lie("overcharge-chunk=3", 3, "charge_above_quote")

    def test_one_unit_more_for_the_request(self):
        self.check_lie("overcharge-fee=1", 0, "charge_above_quote")

    def test_another_chunk_than_the_next(self):
        self.check_lie("skip-chunk=3", 3, "chunk_order")

    def test_a_body_that_is_said_to_be_longer(self):
        self.check_lie("claim-longer=1000000", LAST, "chunk_size")

    def test_a_last_word_that_is_not_the_first(self):
        self.check_lie("change-final-manifest=1", CHUNKS, "manifest_changed")

    def test_a_quote_for_another_page(self):
        self.check_lie("quote-for-another=1", 0, "quote_other_request")


class FailureTest(LyingRelayCase):
    """What a relay does badly without lying: the file comes, nothing that did not come is paid, and the relay is not marked, but its score falls."""

    def check_failure(self, cheat, chunks, *flags):
        self.start_liar(cheat)
        told = self.get(*flags).get(self.liar, NOTHING)
        self.assertLessEqual(told["chunks"], chunks)
        self.assertLessEqual(Decimal(told["charged"]), (Decimal("0.01") + Decimal("0.5") * chunks if chunks else 0))
        entry = self.marked()[self.liar]
        self.assertIsNone(entry["marked_until"])
        return entry

    def test_it_refuses_after_its_quote(self):
        self.check_failure("refuse-after-quote=1", 0)

    def test_it_says_nothing(self):
        self.check_failure("ignore-requests=1", 0)

    def test_it_stalls_at_99_percent(self):
        self.check_failure(f"stall-at-chunk={LAST}", LAST)

    def test_it_goes_away_before_its_last_word(self):
        self.check_failure("close-before-done=1", CHUNKS)

    def test_it_is_not_who_it_says(self):
        self.check_failure("other-identity=1", 0)

    def test_its_quotes_are_old(self):
        self.check_failure("old-quotes=1", 0)


if __name__ == "__main__":
    unittest.main()
