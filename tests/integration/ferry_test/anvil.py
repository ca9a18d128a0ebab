"""A chain of its own for a test: anvil with the channel contract and a token, mining only when it is told to."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

from .process import DEADLINE_SECONDS, Process
from .programs import ROOT, build_dir

CONTRACTS = ROOT / "channels" / "contracts"
BTTC = 199
# The first of anvil's accounts, known to everybody.
DEPLOYER_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
DEPLOYER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


def builds():
    return build_dir().parent


def build_contracts():
    """Installs the packages and compiles, unless that was done before."""
    environment = dict(os.environ, FERRY_BUILD_ROOT=str(builds()))
    done = subprocess.run([str(CONTRACTS / "build")], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the contracts do not build:\n{done.stdout}{done.stderr}")


def anvil_program():
    found = sorted((builds() / "contracts" / "node_modules" / "@foundry-rs").glob("anvil-*/bin/anvil"))
    if not found:
        raise AssertionError("anvil is missing: run channels/contracts/build")
    return found[0]


def ask(url, method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=DEADLINE_SECONDS) as answer:
        told = json.load(answer)
    if "error" in told:
        raise AssertionError(f"{method}: {told['error']}")
    return told["result"]


class Anvil:
    def __init__(self, folder, name="anvil", chain_id=BTTC, flags=()):
        # BTTC's rules are Berlin's.
        command = [anvil_program(), "--port", "0", "--chain-id", chain_id, "--hardfork", "berlin", "--gas-price", "0", "--accounts", "1", "--no-cors", *flags]
        self.process = Process(command, Path(folder) / f"{name}.stderr", dict(os.environ, HOME=str(folder)))
        self.url = "http://" + self._read_listening()
        self.process.forget_output()  # it writes a line for every question
        self.folder = Path(folder)

    def _read_listening(self):
        mark = "Listening on "
        while True:
            line = self.process.read_line()
            if line.startswith(mark):
                return line[len(mark):]

    def ask(self, method, *params):
        return ask(self.url, method, *params)

    def deploy_contract(self):
        """What deploy.mjs prints: address, codeHash, block and more."""
        key = self.folder / "deployer.key"
        key.write_text(DEPLOYER_KEY, encoding="ascii")
        command = ["node", str(CONTRACTS / "deploy.mjs"), "--rpc", self.url, "--key-file", str(key), "--gas-price-floor", "0"]
        done = subprocess.run(command, env=dict(os.environ, FERRY_BUILD_ROOT=str(builds())), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=DEADLINE_SECONDS, check=False)
        if done.returncode != 0:
            raise AssertionError(f"deploy.mjs: {done.stderr}")
        return json.loads(done.stdout)

    def deploy_token(self):
        artifact = json.loads((builds() / "contracts" / "TestToken.json").read_text(encoding="utf-8"))
        order = {"from": DEPLOYER, "data": artifact["bytecode"], "gas": hex(3_000_000), "gasPrice": "0x0"}
        return self.ask("eth_sendTransactionSync", order)["contractAddress"]

    def mine_only_when_told(self):
        self.ask("evm_setAutomine", False)

    def kill(self):
        self.process.kill()
