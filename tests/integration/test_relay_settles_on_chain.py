"""A relay that turns vouchers into money on a chain while it is killed, its node fails, or its purse is empty: nothing is paid twice, nothing is
stuck, and what it says it has earned is what the chain has, to the last unit."""

import signal
import unittest

from ferry_test.chain_case import BTT
from ferry_test.earning_case import BENEFICIARY, PURSE, EarningCase


class KilledTest(EarningCase):
    """kill -9 before and after each call that moves a claim or a settlement on. The receipt is asked for once before a transaction is sent, and
    then until it is there."""

    def check(self, *points):
        for number, (method, count, after) in enumerate(points, 1):
            with self.subTest(method=method, count=count, after=after):
                self.earn()
                self.proxy.set_trap(method, count, after)
                process = self.start()
                self.proxy.wait_for_trap()
                process.send(signal.SIGKILL)
                process.kill()
                self.proxy.release()
                self.run_to_the_end(2 * number)

    def test_before_and_after_a_claim_is_prepared(self):
        self.check(("eth_estimateGas", 1, False), ("eth_estimateGas", 1, True))

    def test_before_and_after_a_claim_is_sent(self):
        self.check(("eth_sendRawTransaction", 1, False), ("eth_sendRawTransaction", 1, True))

    def test_before_and_after_the_fate_of_a_claim_is_known(self):
        self.check(("eth_getTransactionReceipt", 2, False), ("eth_getTransactionReceipt", 2, True))

    def test_before_and_after_a_settlement_is_prepared(self):
        self.check(("eth_estimateGas", 2, False), ("eth_estimateGas", 2, True))

    def test_before_and_after_a_settlement_is_sent(self):
        self.check(("eth_sendRawTransaction", 2, False), ("eth_sendRawTransaction", 2, True))


class FailingNodeTest(EarningCase):
    """The node fails from the moment when a claim is sent."""

    def check(self, mode, after):
        self.earn()
        self.proxy.set_trap("eth_sendRawTransaction", 1, after, mode)
        self.running = [self.start()]
        self.proxy.wait_for_trap()
        ready = self.running[0].wait_ready()
        self.wait_for_earnings(lambda told: told["trouble"] != "" and told["transactions_pending"] == 1)
        self.assertEqual(ready["event"], "ready")
        self.proxy.release()
        self.proxy.set_mode("honest")
        self.check_all_is_settled(2)

    def test_with_status_500_before_it_has_the_claim(self):
        self.check("status_500", False)

    def test_with_status_500_after_it_has_the_claim(self):
        self.check("status_500", True)

    def test_by_falling_silent(self):
        self.check("never", True)

    def test_by_throwing_the_claim_away(self):
        self.check("drop_sent", False)

    def test_by_taking_its_time_for_every_answer(self):
        self.earn()
        self.proxy.set_mode("late")
        self.run_to_the_end(2)


class PurseTest(EarningCase):
    def test_out_of_money_for_fees_it_says_so_sells_on_and_claims_when_there_is_some(self):
        self.earn()
        self.chain.ask("anvil_setBalance", self.account, hex(10 ** 15))
        process = self.start()
        self.running = [process]
        admin = process.wait_ready()["admin"]
        self.relay.admin = admin
        self.wait_for_earnings(lambda told: told["trouble"].startswith("no_fee_money"))
        ready = self.relay.admin_text("/readyz")
        self.assertTrue(ready.startswith("ok\n"), ready)
        self.assertIn("fee money is low", ready)
        self.assertEqual(self.holds(BENEFICIARY), 0)
        self.chain.ask("anvil_setBalance", self.account, hex(PURSE * BTT))
        self.check_all_is_settled(2)


class TokenTest(EarningCase):
    """Channels hold a token, and fees are paid in the chain's coin."""

    money = None

    def test_a_claim_is_made_when_the_token_it_brings_is_worth_its_fee_in_coins(self):
        self.earn()
        dear = self.start("--coin-price", "100")
        dear.wait_ready()
        told = self.wait_for_earnings(lambda one: one["last_claim_ms"] > 0)
        self.assertEqual((told["claimed"], told["fees_paid"]), ("0", "0"))
        preview = self.command("settle", "--dry-run", "--json")
        self.assertEqual([claim["reason"] for claim in preview["claims"]], ["dust"])
        dear.kill()
        self.run_to_the_end(2)


if __name__ == "__main__":
    unittest.main()
