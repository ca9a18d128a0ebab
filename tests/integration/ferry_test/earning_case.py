"""The base class of tests with a relay that turns vouchers into money on a chain, and what must be true of its books then."""

import json
import os
import subprocess
import time
from decimal import Decimal

from .chain_case import BTT, DEADLINE_SECONDS, NATIVE, ChainCase
from .programs import clean_environment, relay_program

PURSE = 1_000  # of the relay's own account
BENEFICIARY = "0x" + "ab" * 20
CLAIMS = ("--claim-interval", "1s", "--claim-worth", "1", "--settle-worth", "1")


class EarningCase(ChainCase):
    """`earn` lets a client pay the relay, and ends that; `start` starts it to claim through the proxy. `money`: the token, or None for a new one."""

    money = NATIVE

    def setUp(self):
        super().setUp()
        self.start_chain(self.money)
        self.chain.ask("anvil_mine", "0x8")  # the contract is older than any confirmations
        self.origin = self.start_origin()
        self.fund()
        if self.money is None:
            self.give_tokens(100_000)
        self.chain.ask("evm_setIntervalMining", 1)  # the chain moves on whatever becomes of the relay
        self.quiet = ["--ledger", self.chain_url(self.chain.url, confirmations=1), "--withdraw-delay", "900s", "--beneficiary", BENEFICIARY]
        self.relay = self.start_relay(*self.quiet, "--claim-interval", "30d")
        self.listen = self.relay.reference.split("@")[1]
        self.account = self.relay.reference.split("@")[0][len("ferry://"):]
        self.chain.ask("anvil_setBalance", self.account, hex(PURSE * BTT))
        self.downloads = 0

    def earn(self, kill=True):
        if not self.relay.process.is_running():
            self.relay.start("--listen", self.listen)
        self.downloads += 1
        self.origin.serve(f"/{self.downloads}", os.urandom(600_000))
        result = self.ferry("get", self.origin.url(f"/{self.downloads}"), "--relay", self.relay.reference, "--chain", self.chain_url(), "-o", self.path("out"), "--json")
        self.assertEqual(result.code, 0, result)
        if kill:
            self.relay.kill()

    def start(self, *more):
        """Does not wait until it is ready, which may never come."""
        command = [relay_program(), "--listen", self.listen, "--admin", "127.0.0.1:0", "--data", self.relay.data, "--log-format", "json", *self.quiet,
                   "--ledger", self.chain_url(confirmations=1), *CLAIMS, *more]
        return self.start_process(command, "claiming", clean_environment(self.relay.data))

    def command(self, *arguments):
        done = subprocess.run([relay_program(), *arguments, "--data", self.relay.data], env=clean_environment(self.relay.data), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr}

    def earnings(self):
        return self.command("earnings", "--json")

    def wait_for_earnings(self, what):
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            told = self.earnings()
            if "error" not in told and what(told):
                return told
        raise AssertionError(told)

    def coins(self, address):
        return Decimal(int(self.chain.ask("eth_getBalance", address, "latest"), 16)) / BTT

    def holds(self, address):
        """What channels hold: the coin or the token."""
        if self.money is not None:
            return self.coins(address)
        call = {"to": self.token, "data": "0x70a08231" + address[2:].lower().rjust(64, "0")}  # balanceOf(address)
        return Decimal(int(self.chain.ask("eth_call", call, "latest"), 16)) / BTT

    def check_all_is_settled(self, transactions):
        """By the relay that runs, and again from its directory when it is killed."""
        told = self.wait_for_earnings(lambda one: one["transactions_pending"] == 0 and {one["claimable"], one["unsettled"]} == {"0"})
        for process in self.running:
            process.kill()
        stopped = self.earnings()
        for name in ("claimed", "settled", "unsettled", "claimable", "fees_paid", "written_off"):
            self.assertEqual(stopped[name], told[name], name)
        self.assertEqual(Decimal(told["settled"]), self.holds(BENEFICIARY))
        self.assertEqual(told["claimed"], told["settled"])
        self.assertEqual(Decimal(told["fees_paid"]), PURSE - self.coins(self.account))
        self.assertEqual(int(self.chain.ask("eth_getTransactionCount", self.account, "latest"), 16), transactions)
        deposited = sum(Decimal(channel["deposited"]) for channel in self.channels())
        self.assertEqual(self.holds(self.contract["address"]), deposited - Decimal(told["claimed"]))

    def run_to_the_end(self, transactions):
        self.running = [self.start()]
        self.check_all_is_settled(transactions)
