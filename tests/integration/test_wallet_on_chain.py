"""A client whose money lies in the channel contract on an EVM chain: opens, pays, withdraws, loses its power in between, meets nodes that fail."""

import signal
import time
import unittest
from decimal import Decimal

from ferry_test.chain_case import DEADLINE_SECONDS, START_BALANCE, ChainCase


class PayTest(ChainCase):
    def setUp(self):
        super().setUp()
        self.start_chain()
        self.start_paid_relay()
        self.fund()

    def test_a_download_is_paid_from_a_channel_on_the_chain(self):
        result = self.get()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("out").read_bytes(), self.body)
        channel, = self.channels()
        self.assertEqual(channel["state"], "open")
        self.assertEqual(channel["chain_id"], 199)
        self.assertEqual(channel["confirmed"], result.json()["charged"])
        self.assertGreater(Decimal(channel["fees"]), 0)
        self.assertGreaterEqual(Decimal(channel["signed"]), Decimal(channel["confirmed"]))
        self.assertEqual(Decimal(channel["claimable"]) + Decimal(channel["withdrawable"]), Decimal(channel["deposited"]))
        ledger, = self.wallet("show").json()["ledgers"]
        self.assertEqual((ledger["ledger"], Decimal(ledger["balance"])), ("bttc", self.on_chain()))
        self.assertEqual(ledger["fee_balance"], ledger["balance"])
        self.assert_nothing_is_lost()

    def test_a_channel_that_runs_dry_is_topped_up(self):
        result = self.get("--deposit", "1")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("out").read_bytes(), self.body)
        self.assertGreater(self.sent_by_wallet(), 1)
        self.assert_nothing_is_lost()

    def test_a_relay_on_a_chain_that_was_not_named_says_what_to_set(self):
        result = self.ferry("get", self.origin.url("/file"), "--relay", self.relay.reference, "-o", self.path("out"))
        self.assertEqual(result.code, 1, result)
        self.assertIn("chain_not_named", result.stderr)
        self.assertIn("--chain", result.stderr)
        self.assertIn(self.contract["address"].lower(), result.stderr.lower())
        self.assertEqual(self.sent_by_wallet(), 0)

    def test_wrong_settings_move_nothing(self):
        other = self.chain.deploy_token()
        for options, code in ((dict(chain_id=5), "chain_not_named"), (dict(code_hash="0x" + "11" * 32), "contract_wrong_code"),
                              (dict(contract=other), "chain_not_named")):
            result = self.get(chain=self.chain_url(**options))
            self.assertEqual(result.code, 1, result)
            self.assertIn(code, result.stderr)
        self.assertEqual(self.get(chain="https://node.example").code, 2)
        self.assertEqual(self.sent_by_wallet(), 0)

    def test_a_wallet_without_coins_is_told_to_get_some(self):
        self.chain.ask("anvil_setBalance", self.address, "0x0")
        result = self.get()
        self.assertEqual(result.code, 1, result)
        self.assertIn("no_funds", result.stderr)
        self.assertIn(self.address, result.stderr)

    def test_nodes_that_fail_move_nothing_and_a_second_one_takes_over(self):
        for mode in ("status_500", "hang_up", "garbage"):
            self.proxy.set_mode(mode)
            self.assertEqual(self.wallet("deposit", "100").code, 1)
        self.assertEqual(self.sent_by_wallet(), 0)
        deposited = self.wallet("deposit", "100", chain=self.chain_url(f"{self.proxy.url},{self.chain.url}"))
        self.assertEqual(deposited.code, 0, deposited)
        self.proxy.set_mode("honest")
        self.assert_nothing_is_lost()

    def test_withdrawing_takes_back_what_was_not_claimed(self):
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        first, = self.wallet("withdraw", "--timed").json()["channels"]
        self.assertEqual((first["step"], first["amount"]), ("requested", "100"))
        second, = self.wallet("withdraw", "--timed").json()["channels"]
        self.assertEqual(second["step"], "waiting")
        self.let_time_pass()
        third, = self.wallet("withdraw", "--timed").json()["channels"]
        self.assertEqual((third["step"], third["amount"]), ("withdrawn", "100"))
        self.assertEqual(self.wallet("withdraw", "--timed").json()["channels"], [])
        channel, = self.channels()
        self.assertEqual(channel["state"], "closed")
        self.assertEqual(self.on_chain() + Decimal(channel["fees"]), START_BALANCE)

    def test_the_key_alone_finds_the_channels_again_and_their_money(self):
        self.assertEqual(self.get().code, 0)
        charged = Decimal(self.channels()[0]["confirmed"])
        self.move_to_new_machine()
        found, = self.wallet("recover", data="new", relay=False).json()["chains"]
        self.assertEqual((found["found"], found["added"]), (1, 1))
        again, = self.wallet("recover", data="new", relay=False).json()["chains"]
        self.assertEqual((again["found"], again["added"]), (1, 0))
        before = self.on_chain()
        self.assertEqual(self.wallet("withdraw", data="new", relay=False).json()["channels"][0]["step"], "requested")
        self.let_time_pass()
        taken, = self.wallet("withdraw", data="new", relay=False).json()["channels"]
        self.assertEqual(taken["step"], "withdrawn")
        self.assertGreater(Decimal(taken["amount"]), 0)
        self.assertLessEqual(Decimal(taken["amount"]), 10_000)
        self.assertGreater(self.on_chain(), before)
        self.assertGreater(charged, 0)


class SlowTest(ChainCase):
    """The chain, its node or the relay's view of it takes its time."""

    def setUp(self):
        super().setUp()
        self.start_chain()
        self.chain.ask("anvil_mine", "0x8")  # the contract is older than any confirmations

    def start_get(self, *flags):
        return self.start_ferry("get", self.origin.url("/file"), "--relay", self.relay.reference, "--chain", self.chain_url(), "-o", self.path("out"), "--json", *flags)

    def wait_for_word(self, process, word):
        end = time.monotonic() + DEADLINE_SECONDS
        while word not in process.stderr():
            self.assertTrue(process.is_running() and time.monotonic() < end, process.stderr())

    def test_a_relay_that_sees_the_deposit_later_is_waited_for_and_no_other_is_made(self):
        self.start_paid_relay(confirmations=3)
        self.fund()
        process = self.start_get()
        self.wait_for_word(process, "has not seen the deposit")
        self.assertEqual(self.sent_by_wallet(), 1)
        self.chain.ask("anvil_mine", "0x4")
        self.assertEqual(process.wait(), 0)
        self.assertEqual(self.path("out").read_bytes(), self.body)
        self.assertEqual(self.sent_by_wallet(), 1)
        self.assert_nothing_is_lost()

    def test_a_relay_that_sees_a_top_up_later_is_waited_for(self):
        self.start_paid_relay(confirmations=3)
        self.fund()
        self.chain.ask("evm_setIntervalMining", 1)
        result = self.get("--deposit", "50")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.path("out").read_bytes(), self.body)
        channel, = self.channels()
        # Each top-up moves what has been used: no more of them than it takes.
        self.assertLessEqual(Decimal(channel["deposited"]), 4 * Decimal(channel["confirmed"]) + 50)
        self.assert_nothing_is_lost()

    def test_a_node_that_falls_silent_after_the_deposit_and_comes_back(self):
        self.start_paid_relay()
        self.fund()
        self.chain.mine_only_when_told()
        process = self.start_get()
        self.proxy.wait_for_sent(1)
        self.proxy.set_mode("never")
        self.chain.ask("evm_mine")
        self.proxy.set_mode("status_500")
        self.proxy.set_mode("honest")
        self.chain.ask("evm_setAutomine", True)
        self.assertEqual(process.wait(), 0)
        self.assertEqual(self.path("out").read_bytes(), self.body)
        self.assertEqual(self.sent_by_wallet(), 1)
        self.assert_nothing_is_lost()

    def test_an_interrupted_wait_says_that_the_deposit_is_on_its_way(self):
        self.start_paid_relay()
        self.fund()
        self.chain.mine_only_when_told()
        process = self.start_get()
        self.wait_for_word(process, "waits for the chain")
        process.send(signal.SIGINT)
        self.assertEqual(process.wait(), 130)
        self.assertTrue(self.channels()[0]["unfinished"])
        self.chain.ask("evm_setAutomine", True)
        self.chain.ask("evm_mine")
        self.assertEqual(self.get().code, 0)
        self.assertEqual(self.sent_by_wallet(), 1)
        self.assert_nothing_is_lost()


class OutbidTest(ChainCase):
    """The nodes ask for more than a transaction offers: it is sent again for a higher fee, and counts once."""

    def setUp(self):
        super().setUp()
        self.start_chain()
        self.start_paid_relay()
        self.fund()
        self.proxy.set_mode("dear_sent")

    def check_deposit(self):
        channel, = self.channels()
        self.assertEqual((channel["deposited"], channel["unfinished"]), ("100", False))
        self.assertEqual(self.sent_by_wallet(), 1)
        self.assert_nothing_is_lost()

    def test_a_deposit_is_outbid(self):
        deposited = self.wallet("deposit", "100")
        self.assertEqual(deposited.code, 0, deposited)
        self.assertEqual(len(set(self.proxy.sent())), 2)
        self.check_deposit()

    def test_killed_with_the_higher_bid_sent(self):
        process = self.start_wallet("deposit", "100")
        self.proxy.wait_for_sent(2)
        process.kill()
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        self.assertEqual(len(set(self.proxy.sent())), 2)
        self.check_deposit()

    def test_a_refund_is_outbid(self):
        self.proxy.set_mode("honest")
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        self.proxy.set_mode("dear_sent")
        step, = self.wallet("withdraw").json()["channels"]
        self.assertEqual((step["step"], step["amount"]), ("refunded", "100"))
        channel, = self.channels()
        self.assertEqual((channel["state"], channel["unfinished"]), ("closed", False))
        self.assertEqual(self.sent_by_wallet(), 2)
        self.assertEqual(self.on_chain() + Decimal(channel["fees"]), START_BALANCE)


class KilledTest(ChainCase):
    """Killed with a transaction thrown away, in the pool, or executed; the next start finishes it, and nothing is paid twice."""

    def setUp(self):
        super().setUp()
        self.start_chain()
        self.start_paid_relay()
        self.fund()

    def kill_when_sent(self, mode, *command, different=1):
        """Starts a command and kills it when its transaction has come to the node."""
        known = len(set(self.proxy.sent()))
        if mode == "waits":
            self.chain.mine_only_when_told()
        else:
            self.proxy.set_mode(mode)
        process = self.start_wallet(*command)
        self.proxy.wait_for_sent(known + different)
        process.kill()
        self.proxy.set_mode("honest")
        self.chain.ask("evm_setAutomine", True)
        self.chain.ask("evm_mine")

    def check_deposit(self, mode):
        self.kill_when_sent(mode, "deposit", "100")
        again = self.wallet("deposit", "100")
        self.assertEqual(again.code, 0, again)
        channel, = self.channels()
        self.assertEqual(channel["deposited"], "100")
        self.assertFalse(channel["unfinished"])
        self.assertEqual(self.sent_by_wallet(), 1)
        self.assertEqual(len(set(self.proxy.sent())), 1)
        self.assert_nothing_is_lost()

    def test_a_deposit_that_was_thrown_away(self):
        self.check_deposit("drop_sent")

    def test_a_deposit_that_waits_in_the_pool(self):
        self.check_deposit("waits")

    def test_a_deposit_that_was_executed(self):
        self.check_deposit("mute_sent")

    def test_a_download_goes_on_with_the_deposit_of_the_killed_one(self):
        self.kill_when_sent("drop_sent", "deposit", "5000")
        self.assertEqual(self.get().code, 0)
        self.assertEqual(self.sent_by_wallet(), 1, self.channels())
        self.assert_nothing_is_lost()

    def check_withdrawal(self, mode):
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        self.kill_when_sent(mode, "withdraw", "--timed")
        step, = self.wallet("withdraw", "--timed").json()["channels"]
        self.assertIn(step["step"], ("requested", "waiting"), step)
        self.let_time_pass()
        self.kill_when_sent(mode, "withdraw", "--timed")
        last = self.wallet("withdraw", "--timed").json()["channels"]
        self.assertTrue(all(entry["step"] in ("withdrawn", "nothing") for entry in last), last)
        channel, = self.channels()
        self.assertEqual((channel["state"], channel["unfinished"]), ("closed", False))
        self.assertEqual(self.sent_by_wallet(), 3)
        self.assertEqual(self.on_chain() + Decimal(channel["fees"]), START_BALANCE)

    def test_a_withdrawal_that_was_thrown_away(self):
        self.check_withdrawal("drop_sent")

    def test_a_withdrawal_that_waits_in_the_pool(self):
        self.check_withdrawal("waits")

    def test_a_withdrawal_that_was_executed(self):
        self.check_withdrawal("mute_sent")

    def check_refund(self, mode):
        """Closed by agreement: killed with the refund sent, the next call sends the same."""
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        sent = self.sent_by_wallet()
        self.kill_when_sent(mode, "withdraw")
        step = self.wallet("withdraw").json()["channels"]
        self.assertTrue(all(entry["step"] in ("refunded", "nothing") for entry in step), step)
        channel, = self.channels()
        self.assertEqual((channel["state"], channel["unfinished"]), ("closed", False))
        self.assertEqual(self.sent_by_wallet(), sent + 1)
        self.assertEqual(self.on_chain() + Decimal(channel["fees"]), START_BALANCE)

    def test_a_refund_that_was_thrown_away(self):
        self.check_refund("drop_sent")

    def test_a_refund_that_waits_in_the_pool(self):
        self.check_refund("waits")

    def test_a_refund_that_was_executed(self):
        self.check_refund("mute_sent")


class TokenTest(KilledTest):
    """The same with a token: each deposit has a step before it."""

    def setUp(self):
        ChainCase.setUp(self)
        self.start_chain(token=None)
        self.start_paid_relay()
        self.fund()
        self.give_tokens(START_BALANCE)

    def check_deposit(self, mode):
        for killed in (1, 2):  # with the approval sent, with the deposit sent
            if (mode, killed) == ("drop_sent", 2):
                break  # the approval would be thrown away again
            self.kill_when_sent(mode, "deposit", "100")
            self.assertLessEqual(self.sent_by_wallet(), killed)
        again = self.wallet("deposit", "100")
        self.assertEqual(again.code, 0, again)
        channel, = self.channels()
        self.assertEqual(channel["deposited"], "100")
        self.assertEqual(self.sent_by_wallet(), 2)
        self.assertEqual(self.on_chain() + Decimal(channel["fees"]), START_BALANCE)

    def check_withdrawal(self, mode):
        self.assertEqual(self.wallet("deposit", "100").code, 0)
        for _ in range(2):
            self.kill_when_sent(mode, "withdraw", "--timed")
            self.assertEqual(self.wallet("withdraw", "--timed").code, 0)
            self.let_time_pass()
        channel, = self.channels()
        self.assertEqual((channel["state"], channel["unfinished"]), ("closed", False))
        self.assertEqual(self.sent_by_wallet(), 4)
        self.assertEqual(self.on_chain() + Decimal(channel["fees"]), START_BALANCE)

    def test_a_download_goes_on_with_the_deposit_of_the_killed_one(self):
        self.kill_when_sent("drop_sent", "deposit", "5000")
        self.assertEqual(self.get().code, 0)
        self.assertEqual(self.sent_by_wallet(), 2, self.channels())
        self.assertEqual(self.channels()[0]["deposited"], "5000")


if __name__ == "__main__":
    unittest.main()
