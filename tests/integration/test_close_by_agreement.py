"""A client that leaves and a relay that agrees: the money is back at once, the relay still claims all that it earned, and whoever dies in between loses nothing."""

import json
import shutil
import time
import unittest
import urllib.request
from decimal import Decimal

from ferry_test import FerryCase, pattern_bytes
from ferry_test.chain_case import BTT, DEADLINE_SECONDS, START_BALANCE, ChainCase


def wait_for_log(relay, words):
    end = time.monotonic() + DEADLINE_SECONDS
    while words not in relay.process.stderr():
        assert relay.process.is_running() and time.monotonic() < end, relay.process.stderr()


class AgreementTest(FerryCase):
    """On the embedded ledger."""

    def setUp(self):
        super().setUp()
        origin = self.start_origin()
        origin.serve("/file", pattern_bytes(600_000))
        self.relay = self.start_relay()
        self.address = self.relay.reference.split("@")[1]
        got = self.ferry("get", origin.url("/file"), "--relay", self.relay.reference, "-o", self.path("out"), "--json")
        self.assertEqual(got.code, 0, got)
        self.charged = Decimal(got.json()["charged"])
        self.deposited = Decimal(self.wallet("channels").json()["channels"][0]["deposited"])
        self.granted = self.balance() + self.deposited

    def wallet(self, *arguments, data="client"):
        return self.ferry("wallet", *arguments, "--relay", self.relay.reference, "--json", data=data)

    def withdraw(self, *flags, data="client"):
        step, = self.wallet("withdraw", *flags, data=data).json()["channels"]
        return step

    def balance(self):
        return Decimal(self.wallet("show").json()["ledgers"][0]["balance"])

    def relay_channel(self):
        token = (self.relay.data / "admin-token").read_text().strip()
        request = urllib.request.Request(self.relay.admin + "/api/v1/channels", headers={"Authorization": "Bearer " + token})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=DEADLINE_SECONDS) as answer:
            channel, = json.load(answer)["channels"]
        return channel

    def claim_all(self):
        self.relay.stop()
        self.relay.start("--listen", self.address)
        return Decimal(self.wallet("channels").json()["channels"][0]["claimed"])

    def test_the_rest_is_back_at_once_and_the_relay_claims_what_the_receipt_says(self):
        step = self.withdraw()
        self.assertEqual((step["step"], Decimal(step["amount"])), ("refunded", self.deposited - self.charged), step)
        self.assertEqual(self.balance(), self.granted - self.charged)
        self.assertEqual(self.relay_channel()["status"], "withdrawing")
        self.assertEqual(self.withdraw()["step"], "nothing")
        self.assertEqual(self.balance(), self.granted - self.charged)
        self.assertEqual(self.claim_all(), self.charged)
        self.assertEqual(self.wallet("withdraw").json()["channels"], [])

    def test_an_old_copy_of_the_wallet_gets_nothing_twice(self):
        shutil.copytree(self.path("client"), self.path("old"))
        self.assertEqual(self.withdraw()["step"], "refunded")
        step = self.withdraw(data="old")  # what is left is the relay's, which claims it as soon as it sees this
        self.assertEqual((step["step"], Decimal(step["amount"])), ("requested", self.charged))
        self.assertEqual(self.balance(), self.granted - self.charged)
        self.assertEqual(self.claim_all(), self.charged)

    def test_whoever_wants_it_goes_the_timed_way(self):
        step = self.withdraw("--timed")
        self.assertEqual(step["step"], "requested")
        self.assertNotIn("not_at_once", step)
        # The relay has earned something, which a refund beside the withdrawal must not touch: it claims first.
        self.assertEqual(self.claim_all(), self.charged)
        self.assertEqual(self.withdraw()["step"], "refunded")
        self.assertEqual(self.balance(), self.granted - self.charged)

    def test_a_relay_that_dies_behind_its_mark_gives_the_same_answer_again(self):
        process = self.start_ferry("wallet", "withdraw", "--relay", self.relay.reference, "--json")
        wait_for_log(self.relay, "closed by agreement")
        self.relay.kill()
        process.wait()
        self.relay.start("--listen", self.address)
        self.wallet("withdraw")  # finishes what was sent, or asks again: even beside a withdrawal that has begun since
        self.assertEqual(self.balance(), self.granted - self.charged)
        self.assertEqual(self.claim_all(), self.charged)


class AgreementOnChainTest(ChainCase):
    def setUp(self):
        super().setUp()
        self.start_chain()
        self.start_paid_relay()
        self.fund()
        relay_key = self.relay.reference.removeprefix("ferry://").split("@")[0]
        self.chain.ask("anvil_setBalance", relay_key, hex(1_000 * BTT))  # its fee money

    def test_the_rest_is_back_at_once_and_the_relay_claims_what_the_receipt_says(self):
        charged = Decimal(self.get().json()["charged"])
        before = self.on_chain()
        step, = self.wallet("withdraw").json()["channels"]
        self.assertEqual(step["step"], "refunded", step)
        self.assertGreater(self.on_chain(), before)
        self.assert_nothing_is_lost()
        channel, = self.channels()
        self.assertEqual((channel["state"], Decimal(channel["deposited"])), ("closing", charged))
        self.assertEqual(self.sent_by_wallet(), 2)
        self.relay.stop()  # claims what is left
        channel, = self.channels(relay=False)
        self.assertEqual((channel["state"], Decimal(channel["claimed"])), ("closed", charged))
        self.assertEqual(self.wallet("withdraw", relay=False).json()["channels"], [])
        self.assertEqual(self.on_chain() + charged + Decimal(channel["fees"]), START_BALANCE)

    def test_a_relay_that_is_gone_leaves_the_timed_way(self):
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        self.relay.kill()
        step, = self.wallet("withdraw").json()["channels"]
        self.assertEqual((step["step"], step["not_at_once"]["name"]), ("requested", "relay_unreachable"))
        self.let_time_pass()
        step, = self.wallet("withdraw").json()["channels"]
        self.assertEqual((step["step"], step["amount"]), ("withdrawn", "100"))
        self.assertEqual(self.on_chain() + Decimal(self.channels()[0]["fees"]), START_BALANCE)

    def test_a_relay_that_dies_behind_its_mark_keeps_nothing(self):
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        process = self.start_wallet("withdraw")
        wait_for_log(self.relay, "closed by agreement")
        self.relay.kill()
        process.wait()
        self.relay.start("--listen", self.relay.reference.split("@")[1])
        for _ in range(2):  # refunded already, or the timed way
            self.wallet("withdraw")
            self.let_time_pass()
        channel, = self.channels()
        self.assertEqual((channel["state"], channel["unfinished"]), ("closed", False))
        self.assertEqual(self.on_chain() + Decimal(channel["fees"]), START_BALANCE)


if __name__ == "__main__":
    unittest.main()
