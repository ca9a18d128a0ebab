#!/usr/bin/env python3
"""Starts three relays on one embedded ledger and the local proxy, fetches a URL through them and shows the receipts. Called by ./demo, which builds first."""

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


class Server:
    """A long-running program that says on its first line when it is ready."""

    def __init__(self, folder, name, *command):
        self.log = open(folder / f"{name}.log", "wb")
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log)
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        if not line:
            self.process.kill()
            raise Failed(f"{name} did not start; its log is {self.log.name}:\n" + Path(self.log.name).read_text()[-2000:])
        self.ready = json.loads(line)

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
        self.proxy = None

    def start_relays(self, exit_allow):
        ledger = []
        for number, (miss, hit) in enumerate(PRICES, 1):
            flags = ["--tariff-miss", miss, "--tariff-hit", hit, *ledger, *exit_allow]
            name = f"relay-{number}"
            relay = Server(self.folder, name, self.relay_program, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                           "--data", self.folder / name, *flags)
            self.relays.append(relay)
            print(f"  relay {number}: {relay.ready['relay']}\n           {miss} BTT/MiB fetched, {hit} BTT/MiB from its cache")
            ledger = ledger or ["--ledger", "ledger:" + relay.ready["admin"]]

    def start_proxy(self):
        """On the port that everybody knows if it is free. It has a wallet of its own: one program at a time uses a wallet."""
        relays = [part for relay in self.relays for part in ("--relay", relay.ready["relay"])]
        for port in (1080, 0):
            try:
                self.proxy = Server(self.folder, "proxy", self.ferry, "proxy", "--listen", f"127.0.0.1:{port}", *relays,
                                    "--data", self.folder / "proxy-wallet")
                break
            except Failed:
                if port == 0:
                    raise
        print(f"  proxy:   {self.proxy.ready['proxy']} for SOCKS and HTTP, through these relays")

    def run_ferry(self, *arguments):
        command = [str(self.ferry), *map(str, arguments), "--data", str(self.folder / "wallet")]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)

    def fetch(self, url, name):
        done = self.run_ferry("get", url, "--relay", self.relays[0].ready["relay"], "-o", self.folder / name, "--json")
        if done.returncode == 130:
            raise KeyboardInterrupt
        if done.returncode != 0:
            raise Failed("the fetch failed; see the message above")
        return json.loads(done.stdout)

    def stop(self):
        if self.proxy:
            self.proxy.stop()
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
    print("starting three relays on one embedded ledger, and the local proxy")
    demo.start_relays(exit_allow)
    demo.start_proxy()
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
    subprocess.run([str(demo.ferry), "wallet", "show", "--relay", demo.relays[0].ready["relay"], "--data", str(demo.folder / "wallet")],
                   stdin=subprocess.DEVNULL, check=False)


def stay_up(demo, url):
    print(f"""
All of it stays up until Ctrl-C. Try, in another terminal:
  curl -x http://{demo.proxy.ready['proxy']} https://example.org/     any program that knows a proxy: HTTP, SOCKS4, SOCKS5 on this one port
  browser: http://{demo.proxy.ready['proxy']}/                        what the proxy spends
  {demo.ferry} get URL --relay {demo.relays[1].ready['relay']} --data {demo.folder}/wallet -o FILE
  {demo.ferry} quote {url or 'URL'} --relay {demo.relays[2].ready['relay']} --data {demo.folder}/wallet
  {demo.ferry} wallet channels --data {demo.folder}/wallet
  curl {demo.relays[0].ready['admin']}/metrics""", flush=True)
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
