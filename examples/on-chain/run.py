#!/usr/bin/env python3
"""Ferry with money on a chain, on this machine: a chain (anvil, with BTTC's number and rules), the channel contract, a relay, a client, one download,
the channel's end; then everybody's balances beside what the receipts say.

    examples/on-chain/run.py [--build DIR]     DIR holds relay/ferry-relay and client/ferry, default build/release

Needs node and npm for the contract. Exit code 0 when every unit is accounted for."""

import argparse
import functools
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BTT = 10 ** 18
BTTC = 199
NATIVE = "0x0000000000000000000000000000000000001010"  # how the contract names the chain's own coin
DEPLOYER_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first account, known to everybody
COLD = "0x00000000000000000000000000000000c01dbeef"  # the relay's earnings go here; its key is nowhere near the relay
DELAY_SECONDS = 900
PATIENCE_SECONDS = 60


class Trial:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.contracts = build.parent / "contracts"
        self.started = []

    def start(self, *command):
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                   stderr=open(self.folder / f"{Path(command[0]).name}.log", "a", encoding="utf-8"))
        self.started.append(process)
        return process

    def stop(self):
        for process in reversed(self.started):
            process.terminate()
            process.wait(PATIENCE_SECONDS)

    def start_chain(self):
        subprocess.run([ROOT / "channels/contracts/build"], env=dict(os.environ, FERRY_BUILD_ROOT=str(self.contracts.parent)), check=True,
                       stdout=subprocess.DEVNULL)
        anvil = next((self.contracts / "node_modules/@foundry-rs").glob("anvil-*/bin/anvil"))
        process = self.start(anvil, "--port", 0, "--chain-id", BTTC, "--hardfork", "berlin", "--gas-price", 0)
        for line in process.stdout:
            if line.startswith("Listening on "):
                self.node = "http://" + line.split()[-1]
                break
        threading.Thread(target=process.stdout.read, daemon=True).start()
        key = self.folder / "deployer.key"
        key.write_text(DEPLOYER_KEY, encoding="ascii")
        deployed = subprocess.run(["node", ROOT / "channels/contracts/deploy.mjs", "--rpc", self.node, "--key-file", key, "--gas-price-floor", "0"],
                                  env=dict(os.environ, FERRY_BUILD_ROOT=str(self.contracts.parent)), check=True, capture_output=True, text=True)
        contract = json.loads(deployed.stdout)
        self.url = (f"evm:{self.node}?contract={contract['address']}&token={NATIVE}&chain-id={BTTC}&code-hash={contract['codeHash']}"
                    f"&start-block={contract['block']}&confirmations=0&gas-price-floor=1000000000")
        return contract

    def ask(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.node, body, {"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)["result"]

    def balance(self, address):
        return Decimal(int(self.ask("eth_getBalance", address, "latest"), 16)) / BTT

    def give(self, address, btt):
        self.ask("anvil_setBalance", address, hex(btt * BTT))

    def start_relay(self):
        process = self.start(self.build / "relay/ferry-relay", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", self.folder / "relay", "--ledger", self.url,
                             "--beneficiary", COLD, "--withdraw-delay", f"{DELAY_SECONDS}s", "--claim-interval", "1s", "--exit-allow", "127.0.0.0/8")
        self.relay = json.loads(process.stdout.readline())["relay"]
        return self.relay.removeprefix("ferry://").split("@")[0]

    def ferry(self, *arguments):
        command = [self.build / "client/ferry", *arguments, "--data", self.folder / "wallet", "--chain", self.url, "--relay", self.relay, "--json"]
        done = subprocess.run([str(part) for part in command], check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"ferry {arguments[0]}: exit code {done.returncode}")
        return json.loads(done.stdout)

    def earnings(self):
        """The relay's own books."""
        command = [self.build / "relay/ferry-relay", "earnings", "--data", self.folder / "relay", "--json"]
        return json.loads(subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout)

    def wait_for(self, what, condition):
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"{what}: not within {PATIENCE_SECONDS} s; see the logs in {self.folder}")
            time.sleep(0.1)


def serve_a_file(folder):
    """An origin on this machine."""
    (folder / "file").write_bytes(bytes(range(256)) * 16384)
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/file"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def run(trial):
    contract = trial.start_chain()
    print(f"chain {BTTC} at {trial.node}, the contract at {contract['address']}")
    url = serve_a_file(trial.folder)
    relay_key = trial.start_relay()
    trial.give(relay_key, 1_000)  # fee money of the relay's hot key
    wallet = trial.ferry("wallet", "new")["address"]
    trial.give(wallet, 20_000)
    accounts = {"wallet": wallet, "relay's hot key": relay_key, "relay's earnings": COLD}
    before = {name: trial.balance(address) for name, address in accounts.items()}

    receipt = trial.ferry("get", url, "-o", trial.folder / "downloaded", "--deposit", "1000")
    print(f"downloaded {receipt['bytes']} bytes for {receipt['charged']} BTT")

    # The relay agrees, so the rest is back at once; what it earned waits in the channel until it claims.
    step, = trial.ferry("wallet", "withdraw")["channels"]
    print(f"withdrawal {step['step']}: {step['amount']} BTT")
    charged = Decimal(receipt["charged"])
    trial.wait_for("the relay's claim", lambda: Decimal(trial.earnings()["settled"]) == charged)

    channel, = trial.ferry("wallet", "channels")["channels"]
    books = trial.earnings()
    after = {name: trial.balance(address) for name, address in accounts.items()}
    changed = {name: after[name] - before[name] for name in accounts}
    print(f"\n{'':18}{'before':>28}{'after':>28}{'difference':>28}")
    for name in accounts:
        print(f"{name:18}{before[name]:>28}{after[name]:>28}{changed[name]:>28}")
    print(f"\nreceipt  charged {receipt['charged']}")
    print(f"client   promised {channel['signed']}, claimed {channel['claimed']}, fees {channel['fees']}")
    print(f"relay    earned {books['earned']}, settled {books['settled']}, fees {books['fees_paid']}")
    exact = (changed["relay's earnings"] == charged == Decimal(channel["claimed"]) == Decimal(books["earned"]) == Decimal(books["settled"])
             and changed["wallet"] == -charged - Decimal(channel["fees"]) and changed["relay's hot key"] == -Decimal(books["fees_paid"]))
    print("every unit is accounted for" if exact else "THE SUMS DIFFER")
    return 0 if exact else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    build = parser.parse_args().build.resolve()
    with tempfile.TemporaryDirectory(prefix="ferry-on-chain-") as folder:
        trial = Trial(build, Path(folder))
        try:
            return run(trial)
        finally:
            trial.stop()


if __name__ == "__main__":
    sys.exit(main())
