"""A chain for a bench: anvil with the contract, filled with channels by writing its storage, and a relay on it."""

import http.client
import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from .bench_cached import running

NATIVE = "0x0000000000000000000000000000000000001010"
BTT = 10 ** 18
DEPOSIT = 1000
WORDS_AT_ONCE = 2000
FEE_MONEY = 10_000_000


class BenchChain:
    """Takes any number of channels; ends with kill()."""

    def __init__(self, setting, flags=()):
        os.environ["FERRY_BUILD_DIR"] = str(setting.build)
        from ferry_test import anvil  # noqa: PLC0415, it reads where the build is

        home = setting.path("chain")
        home.mkdir()
        self.anvil = anvil.Anvil(home, flags=flags)
        try:
            self.contract = self.anvil.deploy_contract()
            self.anvil.ask("anvil_mine", "0x40")
        except BaseException:
            self.kill()
            raise
        self.chain_id = anvil.BTTC

    @property
    def pid(self):
        return self.anvil.process.pid

    def kill(self):
        self.anvil.kill()

    def ledger(self, **options):
        told = {"contract": self.contract["address"], "token": NATIVE, "start-block": self.contract["block"], "confirmations": 2, **options}
        return f"evm:{self.anvil.url}?" + "&".join(f"{name}={value}" for name, value in told.items())

    def gas_since(self, block):
        last = int(self.anvil.ask("eth_blockNumber"), 16)
        return sum(int(self.anvil.ask("eth_getBlockByNumber", hex(number), False)["gasUsed"], 16) for number in range(block + 1, last + 1))

    def put(self, words):
        """Many words of the contract's storage, in batches of questions over one connection."""
        at = urlsplit(self.anvil.url)
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=300)
        for start in range(0, len(words), WORDS_AT_ONCE):
            batch = [{"jsonrpc": "2.0", "id": number, "method": "anvil_setStorageAt", "params": [self.contract["address"], slot, word]}
                     for number, (slot, word) in enumerate(words[start:start + WORDS_AT_ONCE])]
            connection.request("POST", "/", json.dumps(batch), {"Content-Type": "application/json"})
            answers = json.loads(connection.getresponse().read())
            if any(answer.get("result") is not True for answer in answers):
                raise RuntimeError("the chain does not take the channels")
        connection.close()

    def fill(self, setting, home, count, *flags, relay_flags=()):
        """`count` channels of a relay in a directory of its own, on the chain and in its journal. Gives the relay's address."""
        with running(setting.relay(home=home, flags=["--ledger", self.ledger(), *relay_flags])) as relay:
            address = relay.reference.removeprefix("ferry://").split("@")[0]
        storage = Path(home) / "storage"
        command = [setting.program("make_channels"), "--data", Path(home) / "relay", "--relay", address, "--receiver", address, "--token", NATIVE,
                   "--contract", self.contract["address"], "--chain-id", self.chain_id, "--channels", count, "--storage", storage, *flags]
        subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=600)
        self.put([line.split() for line in storage.read_text(encoding="ascii").splitlines()])
        storage.unlink()
        self.anvil.ask("anvil_setBalance", self.contract["address"], hex(count * DEPOSIT * BTT))
        self.anvil.ask("anvil_setBalance", address, hex(FEE_MONEY * BTT))
        self.anvil.ask("anvil_mine", "0x4")
        return address
