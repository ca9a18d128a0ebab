#!/usr/bin/env python3
"""Starts three relays on one embedded ledger, fetches a URL through them and shows the receipts. Called by ./demo, which builds first."""

import argparse
import json
import select
import signal
import subprocess
import sys
import tempfile
import threading
from decimal import Decimal
from pathlib import Path

import origin

READY_SECONDS = 30
PRICES = [("200", "100"), ("220", "100"), ("250", "120")]  # BTT per MiB: fetched, from the cache


class Failed(Exception):
    pass


class Relay:
    def __init__(self, program, folder, name, *flags):
        self.log = open(folder / f"{name}.log", "wb")
        command = [program, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", folder / name, *flags]
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log)
        ready = self._ready_line(name)
        self.reference, self.admin = ready["relay"], ready["admin"]

    def _ready_line(self, name):
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        if not line:
            self.process.kill()
            raise Failed(f"the relay {name} did not start; its log is {self.log.name}:\n" + Path(self.log.name).read_text()[-2000:])
        return json.loads(line)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.log.close()


class Demo:
    def __init__(self, build, folder):
        self.folder = folder
        self.ferry = build / "client" / "ferry"
        self.relay_program = build / "relay" / "ferry-relay"
        self.relays = []

    def start_relays(self, exit_allow):
        ledger = []
        for number, (miss, hit) in enumerate(PRICES, 1):
            flags = ["--tariff-miss", miss, "--tariff-hit", hit, *ledger, *exit_allow]
            relay = Relay(self.relay_program, self.folder, f"relay-{number}", *flags)
            self.relays.append(relay)
            print(f"  relay {number}: {relay.reference}\n           {miss} BTT/MiB fetched, {hit} BTT/MiB from its cache")
            ledger = ledger or ["--ledger", "ledger:" + relay.admin]

    def run_ferry(self, *arguments):
        command = [str(self.ferry), *map(str, arguments), "--data", str(self.folder / "wallet")]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)

    def fetch(self, url, name):
        done = self.run_ferry("get", url, "--relay", self.relays[0].reference, "-o", self.folder / name, "--json")
        if done.returncode == 130:
            raise KeyboardInterrupt
        if done.returncode != 0:
            raise Failed("the fetch failed; see the message above")
        return json.loads(done.stdout)

    def stop(self):
        for relay in reversed(self.relays):
            relay.stop()


def show_receipt(title, receipt):
    hits = sum(relay["cache_hits"] for relay in receipt["relays"])
    size = receipt["bytes"]
    seconds = Decimal(str(receipt["seconds"]))
    speed = f", {Decimal(size) / (1 << 20) / seconds:.0f} MiB/s" if seconds else ""
    print(f"\n{title}")
    print(f"  status        {receipt['status']}")
    print(f"  bytes         {size} in {receipt['chunks']} chunks, {hits} of them from the relay's cache")
    print(f"  charged       {receipt['charged']} BTT")
    print(f"  verification  {receipt['verification']}")
    print(f"  sha256        {receipt['sha256']}")
    print(f"  root          {receipt['root']}  (BitTorrent v2 pieces root)")
    print(f"  time          {seconds:.2f} s{speed}")
    for relay in receipt["relays"]:
        print(f"  paid          {relay['charged']} BTT to {relay['relay']} for {relay['chunks']} chunks")


def demonstrate(demo, url):
    own_origin = None
    exit_allow = []
    if url is None:
        own_origin = origin.start()
        threading.Thread(target=own_origin.serve_forever, daemon=True).start()
        url = own_origin.url
        exit_allow = ["--exit-allow", f"127.0.0.1/32:{own_origin.server_port}"]
        print(f"a small origin of our own serves {url}")
    print("starting three relays on one embedded ledger")
    demo.start_relays(exit_allow)
    print(f"\nfetching {url}")
    first = demo.fetch(url, "first")
    show_receipt("First receipt: the relay fetched from the origin", first)
    if own_origin:
        second = demo.fetch(url, "second")
        show_receipt("Second receipt: the relay had it in its cache", second)
        saved = Decimal(first["charged"]) - Decimal(second["charged"])
        print(f"\nthe second time cost {saved.normalize():f} BTT less, and the origin was not asked for the body again")
    print("\nThe wallet now:")
    sys.stdout.flush()
    subprocess.run([str(demo.ferry), "wallet", "show", "--relay", demo.relays[0].reference, "--data", str(demo.folder / "wallet")],
                   stdin=subprocess.DEVNULL, check=False)


def stay_up(demo, url):
    print(f"""
The relays stay up until Ctrl-C. Try, in another terminal:
  {demo.ferry} get URL --relay {demo.relays[1].reference} --data {demo.folder}/wallet -o FILE
  {demo.ferry} quote {url or 'URL'} --relay {demo.relays[2].reference} --data {demo.folder}/wallet
  {demo.ferry} wallet channels --data {demo.folder}/wallet
  curl {demo.relays[0].admin}/metrics""", flush=True)
    signal.pause()


def main():
    parser = argparse.ArgumentParser(prog="./demo", description="Shows Ferry at work on this machine.")
    parser.add_argument("--build", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help="exit after the receipts")
    parser.add_argument("url", nargs="?", metavar="URL")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with tempfile.TemporaryDirectory(prefix="ferry-demo-", ignore_cleanup_errors=True) as folder:
        demo = Demo(arguments.build.resolve(), Path(folder))
        try:
            demonstrate(demo, arguments.url)
            if not arguments.once:
                stay_up(demo, arguments.url)
            return 0
        except Failed as failure:
            print(f"demo: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print()
            return 0 if not arguments.once else 130
        finally:
            demo.stop()


if __name__ == "__main__":
    sys.exit(main())
