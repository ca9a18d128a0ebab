"""A watchtower on a chain: a relay leaves its claims there, dies, and loses nothing to a client that withdraws meanwhile."""

import time
import unittest
import urllib.request
from decimal import Decimal

from ferry_test.chain_case import BTT, DEADLINE_SECONDS
from ferry_test.earning_case import BENEFICIARY, PURSE, EarningCase
from ferry_test.programs import clean_environment, relay_program

PAST_BLOCKS = 300  # before the tower was there


class WatchtowerTest(EarningCase):
    def setUp(self):
        super().setUp()
        self.chain.ask("anvil_mine", hex(PAST_BLOCKS))
        self.tower = self.start_tower()
        self.ready = self.tower.wait_ready()
        self.chain.ask("anvil_setBalance", self.ready["address"], hex(PURSE * BTT))

    def start_tower(self):
        command = [relay_program(), "watchtower", "--listen", "127.0.0.1:0", "--data", self.path("tower"), "--ledger", self.chain_url(confirmations=1),
                   "--watch-relay", self.account]
        return self.start_process(command, "tower", clean_environment(self.path("tower")))

    def wait_for_metric(self, name, what):
        end = time.monotonic() + DEADLINE_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < end:
            with opener.open(self.ready["watchtower"] + "/metrics", timeout=DEADLINE_SECONDS) as answer:
                lines = answer.read().decode().splitlines()
            value = next(float(line.split()[1]) for line in lines if line.startswith("ferry_watchtower_" + name + " "))
            if what(value):
                return value
        raise AssertionError(f"{name} stays {value}")

    def test_it_claims_for_a_relay_that_is_dead_while_the_client_withdraws_and_goes_on_where_it_was(self):
        self.relay.restart("--listen", self.listen, "--watchtower", self.ready["watchtower"])
        self.earn(kill=False)
        self.wait_for_metric("channels", lambda value: value == 1)
        earned = Decimal(self.earnings()["claimable"])
        self.relay.kill()
        step, = self.wallet("withdraw").json()["channels"]
        self.assertEqual(step["step"], "requested", step)
        self.wait_for_metric("claims_total", lambda value: value == 1)
        self.assertLess(self.coins(self.ready["address"]), PURSE)

        # Its next start asks for events from where it was, not from the chain's beginning.
        self.tower.stop()
        known = len(self.proxy.log_ranges())
        self.tower = self.start_tower()
        self.ready = self.tower.wait_ready()
        self.wait_for_metric("last_seen_seconds", lambda value: value > 0)
        ranges = self.proxy.log_ranges()[known:]
        self.assertGreater(len(ranges), 0)
        self.assertGreater(min(first for first, _ in ranges), PAST_BLOCKS)

        # The relay comes back, finds what was done for it, and has only to settle that.
        self.running = [self.start()]
        told = self.wait_for_earnings(lambda one: Decimal(one["settled"]) > 0 and one["transactions_pending"] == 0)
        self.assertGreater(earned, 0)
        self.assertEqual(Decimal(told["claimed"]), earned)
        self.assertEqual(Decimal(told["settled"]), self.holds(BENEFICIARY))
        self.assertEqual(Decimal(told["fees_paid"]), PURSE - self.coins(self.account))

        # The client gets the rest.
        self.let_time_pass()
        taken, = self.wallet("withdraw").json()["channels"]
        self.assertEqual(taken["step"], "withdrawn", taken)
        self.assertEqual(self.holds(self.contract["address"]), 0)


if __name__ == "__main__":
    unittest.main()
