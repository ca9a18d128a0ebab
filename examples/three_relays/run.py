#!/usr/bin/env python3
"""Three relays, one of them lying, on this machine: one origin, three prices, one download that two relays must agree on; who was paid for what, who was
dropped and why, and the evidence, checked without us.

    examples/three_relays/run.py [--build DIR]     DIR holds relay/ferry-relay and client/ferry, default build/release

The liar is a relay whose name server leads it to another origin, which serves other bytes under the same name, date and length: to a client that is the
same as a relay that makes bytes up. It is the cheapest, and named first. Exit code 0 when the file is right, the liar got nothing for its lie, and
its lie is on record."""

import argparse
import functools
import http.server
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BODY = bytes(range(256)) * 16384  # 4 MiB
RELAYS = [("cheap and lying", "127.0.0.2", 50), ("middling", "127.0.0.1", 100), ("dear", "127.0.0.1", 200)]  # where their names lead, BTT per MiB


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder, body, host, port=0):
    """An origin. What both origins serve has one date, so that they say the same about it."""
    folder.mkdir()
    (folder / "file").write_bytes(body)
    os.utime(folder / "file", (1_700_000_000, 1_700_000_000))
    server = http.server.ThreadingHTTPServer((host, port), functools.partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def serve_names(place):
    """A name server for which every name lies at `place`."""
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 0))

    def answer():
        while True:
            question, client = names.recvfrom(512)
            end = question.index(b"\0", 12) + 5
            is_address = question[end - 4:end - 2] == b"\0\1"
            record = b"\xc0\x0c\0\1\0\1" + struct.pack("!IH", 60, 4) + socket.inet_aton(place) if is_address else b""
            names.sendto(question[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_address else b"\0\0") + b"\0\0\0\0" + question[12:end] + record, client)

    threading.Thread(target=answer, daemon=True).start()
    return f"127.0.0.1:{names.getsockname()[1]}"


class Trial:
    def __init__(self, build, folder):
        self.build, self.folder, self.started = build, folder, []

    def start_relay(self, number, place, price):
        command = [self.build / "relay/ferry-relay", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", self.folder / f"relay{number}",
                   "--resolver", serve_names(place), "--exit-allow", "127.0.0.0/8", "--tariff-miss", str(price), "--tariff-hit", str(price // 2)]
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                   stderr=open(self.folder / f"relay{number}.log", "w", encoding="utf-8"))
        self.started.append(process)
        return json.loads(process.stdout.readline())["relay"]

    def ferry(self, *arguments):
        command = [self.build / "client/ferry", *arguments, "--data", self.folder / "wallet", "--json"]
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"ferry {arguments[0]}: exit code {done.returncode}; see {self.folder}")
        return json.loads(done.stdout)

    def stop(self):
        for process in reversed(self.started):
            process.terminate()
            process.wait(30)


def run(trial):
    port = serve(trial.folder / "true", BODY, "127.0.0.1")
    serve(trial.folder / "false", BODY[:-1] + b"!", "127.0.0.2", port)
    relays = [trial.start_relay(number, place, price) for number, (_, place, price) in enumerate(RELAYS)]
    names = {relay: f"{name}, {price} BTT/MiB" for relay, (name, _, price) in zip(relays, RELAYS)}
    flags = [word for relay in relays for word in ("--relay", relay)]

    url = f"http://origin.example:{port}/file"
    receipt = trial.ferry("get", url, "-o", trial.folder / "downloaded", "--verify", "quorum=2", *flags)
    print(f"downloaded {receipt['bytes']} bytes for {receipt['charged']} BTT, verified: {receipt['verification']}")
    for entry in receipt["relays"]:
        print(f"  {names[entry['relay']]:28} {entry['chunks']:2} chunks, {entry['witnessed']:2} words as a witness, {entry['charged']} BTT")

    marked = {entry["relay"]: entry["marked_for"] for entry in trial.ferry("relays", *flags)["relays"] if entry["marked_for"]}
    for relay, reason in marked.items():
        print(f"  {names[relay]:28} is avoided for a day: {reason}")
    records = sorted((trial.folder / "wallet/evidence/records").iterdir())
    for record in records:
        checked = subprocess.run([str(trial.build / "client/ferry"), "evidence", "verify", str(record)], stdin=subprocess.DEVNULL, check=False,
                                 stdout=subprocess.PIPE, text=True)
        print("evidence, checked by anybody:\n  " + checked.stdout.strip().replace("\n", "\n  "))

    liar = relays[0]
    paid = {entry["relay"]: Decimal(entry["charged"]) for entry in receipt["relays"]}
    right = (trial.folder / "downloaded").read_bytes() == BODY
    whole = Decimal(RELAYS[0][2] * len(BODY)) / 2**20
    ok = right and list(marked) == [liar] and paid.get(liar, 0) < whole and records
    print("the file is right and the lie was not paid" if ok else "SOMETHING IS WRONG")
    return 0 if ok else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", metavar="DIR", type=Path, default=ROOT / "build" / "release")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="three-relays-", ignore_cleanup_errors=True) as folder:
        trial = Trial(arguments.build.resolve(), Path(folder))
        try:
            return run(trial)
        finally:
            trial.stop()


if __name__ == "__main__":
    sys.exit(main())
