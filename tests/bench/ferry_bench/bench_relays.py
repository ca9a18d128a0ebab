"""One file from N relays, each behind a link of 20 Mbit/s, against the sum of what the links carry for curl and nginx."""

import contextlib
import json
import subprocess
import threading
import time

from ferry_test.process import Process
from ferry_test.programs import clean_environment

from . import servers
from .far_away import FarAway
from .rounds import Row, say
from .shaped_link import ShapedLink

MBIT = 20
SLOW_MBIT = 5
COUNTS = (1, 2, 4, 8, 16)
QUICK_COUNTS = (1, 2)
BYTES_PER_RELAY = 12 << 20
SITE = "server {{ listen {address}:{port}; root {files}; etag on; max_ranges 1; }}"
DEADLINE = 120


MIXED_MILLISECONDS = (5, 10, 20, 40)  # each way, in turn


class Place:
    """A relay behind its link, and as many milliseconds away."""

    def __init__(self, setting, number, mbit, milliseconds=0):
        self.link = ShapedLink(number, mbit)
        self.home = setting.path("place")
        self.home.mkdir()
        self.mbit = mbit
        command = [setting.build / "relay" / "ferry-relay", "--listen", f"{self.link.far}:0", "--admin", "127.0.0.1:0", "--data", self.home / "relay",
                   "--workers", "1", "--exit-allow", "198.18.0.0/15", "--faucet-bits", "1", "--faucet-amount", "60000", "--max-fetches-per-host", "64",
                   "--tariff-hit", "0.001", "--tariff-miss", "0.002", "--tariff-per-request", "0.0001", "--log-level", "warning"]
        self.process = Process(self.link.command(*command), self.home / "relay.stderr", clean_environment(self.home))
        self.reference = self.process.wait_ready()["relay"]
        self.way = None
        if milliseconds:
            identity, address = self.reference.split("@")
            self.way = FarAway(address, milliseconds)
            self.reference = f"{identity}@{self.way.address}"

    def close(self):
        if self.way:
            self.way.close()
        self.process.kill()
        self.link.close()


def make_file(folder, name, size):
    block = bytes(range(256)) * 4096
    with open(folder / name, "wb") as file:
        for number in range(size >> 20):
            file.write(number.to_bytes(8, "big") + block[8:])


@contextlib.contextmanager
def places(setting, rates, delays=(0,)):
    opened = []
    try:
        for number, mbit in enumerate(rates):
            opened.append(Place(setting, number, mbit, delays[number % len(delays)]))
        yield opened
    finally:
        for place in opened:
            place.close()


def start_origin(setting, folder):
    port = servers.free_port()
    return servers.Nginx(setting.load_core, folder, "site", SITE.format(address="127.0.0.1", port=port, files=folder / "files").replace(
        "listen 127.0.0.1:", "listen 0.0.0.0:"), port)


def get(setting, home, url, relays, output):
    """The receipt of one `ferry get`."""
    flags = [word for relay in relays for word in ("--relay", relay)]
    command = [setting.build / "client" / "ferry", "get", url, "-o", output, "--data", home / "wallet", "--json", "--quiet", "--max-price", "1",
               "--deposit", "1000", "--relays-at-once", str(len(relays)), *flags]
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, check=False,
                          env=clean_environment(home))
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return json.loads(done.stdout)


def link_bytes_per_second(setting, folder, name, size):
    """What curl gets through one such link from an nginx behind it."""
    link = ShapedLink(200, MBIT)
    try:
        port = servers.free_port()
        peer = folder / "peer"
        peer.mkdir(exist_ok=True)
        config = peer / "nginx.conf"
        config.write_text(servers.MAIN.format(home=peer, servers=SITE.format(address=link.far, port=port, files=folder / "files")), encoding="utf-8")
        process = Process(link.command("nginx", "-p", peer, "-c", config, "-e", peer / "error.log"), peer / "stderr", clean_environment(peer))
        try:
            done = subprocess.run(["curl", "--noproxy", "*", "-sS", "-o", "/dev/null", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "-w",
                                   "%{speed_download}", f"http://{link.far}:{port}/{name}"], capture_output=True, check=True, timeout=DEADLINE)
        finally:
            process.kill()
        return float(done.stdout)
    finally:
        link.close()


def trial(setting, port, rates, dies=False, delays=(0,)):
    """Bytes per second of one file from relays at such rates and so many milliseconds away. With `dies` the last relay is killed in the middle."""
    with places(setting, rates, delays) as opened:
        home = setting.path("client")
        home.mkdir()
        relays = [place.reference for place in opened]
        # A channel with each relay is there before: what is measured is bringing.
        for number, place in enumerate(opened):
            get(setting, home, f"http://{place.link.near}:{port}/first", [place.reference], home / f"first{number}")
        size = BYTES_PER_RELAY * len(rates)
        name = f"large{len(rates)}"
        timer = threading.Timer(BYTES_PER_RELAY / (MBIT * 125_000) / 2, opened[-1].process.kill)
        if dies:
            timer.start()
        try:
            began = time.monotonic()
            receipt = get(setting, home, f"http://{opened[0].link.near}:{port}/{name}", relays, home / "out")
            seconds = time.monotonic() - began
        finally:
            timer.cancel()
        if receipt["bytes"] != size:
            raise RuntimeError("not all of the file came")
        say(f"  {len(rates)} relays: {size / seconds / 1e6:.2f} MB/s, overhead {100 * receipt['overhead_bytes'] / size:.2f} %, "
            f"{sum(entry['chunks'] for entry in receipt['relays']) - size // servers.CHUNK} chunks twice")
        return size / seconds


def relays(setting):
    """Aggregate throughput of N relays."""
    folder = setting.path("relays")
    (folder / "files").mkdir(parents=True)
    counts = QUICK_COUNTS if setting.quick else COUNTS
    make_file(folder / "files", "first", 1 << 20)
    for count in counts:
        make_file(folder / "files", f"large{count}", BYTES_PER_RELAY * count)
    origin = start_origin(setting, folder)
    rows = []
    try:
        link = link_bytes_per_second(setting, folder, f"large{counts[0]}", BYTES_PER_RELAY)
        say(f"  one link carries {link / 1e6:.2f} MB/s for curl")
        for count in counts:
            row = Row("relays", f"{count} of {MBIT} Mbit/s, one file", "bytes/s", "the links' sum, for curl and nginx")
            for _ in range(min(setting.runs, 2)):
                row.ours.append(trial(setting, origin.port, [MBIT] * count))
                row.peer.append(link * count)
            rows.append(row)
        if not setting.quick:
            for count in (4, 8):
                row = Row("relays", f"{count} of {MBIT} Mbit/s, {MIXED_MILLISECONDS} ms away each way in turn", "bytes/s", "the links' sum without the way")
                for _ in range(min(setting.runs, 2)):
                    row.ours.append(trial(setting, origin.port, [MBIT] * count, delays=MIXED_MILLISECONDS))
                    row.peer.append(link * count)
                rows.append(row)
            row = Row("relays", f"8, of them one of {SLOW_MBIT} Mbit/s and one that dies half-way", "bytes/s", "the links' sum while they are there")
            for _ in range(min(setting.runs, 2)):
                row.ours.append(trial(setting, origin.port, [SLOW_MBIT, *[MBIT] * 7], dies=True))
                row.peer.append(link * (6.5 + SLOW_MBIT / MBIT))
            rows.append(row)
    finally:
        origin.kill()
    return rows
