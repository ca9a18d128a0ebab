"""The base class of tests with money on a chain: a chain with the contract, a proxy before it, a relay and a wallet that use it."""

import shutil
import time
from decimal import Decimal

from .anvil import DEPLOYER, Anvil, build_contracts
from .case import FerryCase
from .origin import pattern_bytes
from .process import DEADLINE_SECONDS
from .rpc_proxy import RpcProxy

NATIVE = "0x0000000000000000000000000000000000001010"
BTT = 10 ** 18
START_BALANCE = 100_000
LONG_AGO = 1_700_000_000  # the chain's clock is behind ours, so that a withdrawal's delay is the chain's alone
DELAY_SECONDS = 900


class ChainCase(FerryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        build_contracts()

    def start_chain(self, token=NATIVE):
        self.chain = Anvil(self.folder, flags=["--timestamp", LONG_AGO])
        self.addCleanup(self.chain.kill)
        self.contract = self.chain.deploy_contract()
        self.token = self.chain.deploy_token() if token is None else token
        self.proxy = RpcProxy(self.chain.url)
        self.addCleanup(self.proxy.close)

    def chain_url(self, node=None, **options):
        options = {"contract": self.contract["address"], "token": self.token, "confirmations": 0, **options}
        return f"evm:{node or self.proxy.url}?" + "&".join(f"{name.replace('_', '-')}={value}" for name, value in options.items())

    def start_paid_relay(self, **options):
        """Its own way to the chain: what happens to the client's does not concern it."""
        self.origin = self.start_origin()
        self.body = pattern_bytes(600_000)
        self.origin.serve("/file", self.body)
        self.relay = self.start_relay("--ledger", self.chain_url(self.chain.url, **options), "--withdraw-delay", f"{DELAY_SECONDS}s")

    def wallet(self, *arguments, data="client", chain=None, relay=True, json=True):
        flags = ["--relay", self.relay.reference] if relay else []
        return self.ferry("wallet", *arguments, "--chain", chain or self.chain_url(), *flags, *(["--json"] if json else []), data=data)

    def fund(self, data="client", amount=START_BALANCE):
        self.address = self.ferry("wallet", "new", "--json", data=data).json()["address"]
        self.chain.ask("anvil_setBalance", self.address, hex(amount * BTT))

    def give_tokens(self, amount):
        data = "0x40c10f19" + self.address[2:].lower().rjust(64, "0") + format(amount * BTT, "064x")  # mint(address,uint256)
        self.chain.ask("eth_sendTransaction", {"from": DEPLOYER, "to": self.token, "data": data, "gas": hex(200_000), "gasPrice": "0x0"})

    def get(self, *flags, chain=None, data="client"):
        return self.ferry("get", self.origin.url("/file"), "--relay", self.relay.reference, "--chain", chain or self.chain_url(), "-o", self.path("out"),
                          "--json", *flags, data=data)

    def channels(self, **how):
        return self.wallet("channels", **how).json()["channels"]

    def on_chain(self):
        """The wallet's balance, to the last unit."""
        return Decimal(int(self.chain.ask("eth_getBalance", self.address, "latest"), 16)) / BTT

    def sent_by_wallet(self):
        return int(self.chain.ask("eth_getTransactionCount", self.address, "latest"), 16)

    def let_time_pass(self):
        self.chain.ask("evm_increaseTime", DELAY_SECONDS + 1)
        self.chain.ask("evm_mine")

    def start_wallet(self, *arguments, **options):
        return self.start_ferry("wallet", *arguments, "--chain", self.chain_url(**options), "--relay", self.relay.reference, "--json")

    def wait_for_pending(self, count=1):
        """Until so many transactions wait for a block."""
        end = time.monotonic() + DEADLINE_SECONDS
        while int(self.chain.ask("txpool_status")["pending"], 16) < count:
            self.assertLess(time.monotonic(), end, "the transaction does not reach the chain")

    def move_to_new_machine(self, data="client", to="new"):
        """The wallet key and nothing else."""
        self.path(to).mkdir(mode=0o700)
        shutil.copy(self.path(data) / "wallet.key", self.path(to) / "wallet.key")

    def assert_nothing_is_lost(self, **how):
        """What left the wallet is in channels, was claimed, or was a fee; to the last unit."""
        channels = self.channels(**how)
        held = sum(Decimal(channel["deposited"]) for channel in channels)
        fees = sum(Decimal(channel["fees"]) for channel in channels)
        self.assertEqual(self.on_chain() + held + fees, START_BALANCE, channels)


__all__ = ["ChainCase", "DEADLINE_SECONDS", "NATIVE"]
