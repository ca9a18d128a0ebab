"""Which relay a client takes: what knowing many costs until the first bytes, and how long a new relay waits for its first sale."""

import statistics
import subprocess
import time
import urllib.request

from ferry_test.process import Process
from ferry_test.programs import clean_environment

from .bench_relays import make_file, start_origin
from .far_away import FarAway
from .rounds import Row, say

MILLISECONDS = (80, 40, 20, 10, 5, 60, 30, 15)  # each way, to eight relays in the order in which they are named
FETCHES = 40
RELAYS = 10
MOST_FETCHES = 400
EARNED = 'ferry_relay_btt{sum="earned"}'
TARIFF = ("--tariff-hit", "0.001", "--tariff-miss", "0.002", "--tariff-per-request", "0.0001")


def start_relay(setting, *flags):
    home = setting.path("relay")
    home.mkdir()
    command = [setting.build / "relay" / "ferry-relay", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", home / "relay", "--workers", "1",
               "--exit-allow", "127.0.0.0/8", "--faucet-bits", "1", "--faucet-amount", "60000", "--log-level", "warning", *TARIFF, *flags]
    process = Process([str(part) for part in command], home / "relay.stderr", clean_environment(home))
    return process, process.wait_ready()


def fetch(setting, home, url, flags):
    """Seconds from the start of `ferry get` to the first byte of the body."""
    command = [setting.build / "client" / "ferry", "get", url, "-o", "-", "--data", home / "wallet", "--quiet", "--max-price", "1", "--deposit", "1000", *flags]
    began = time.monotonic()
    with subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=clean_environment(home)) as done:
        first = done.stdout.read(1)
        seconds = time.monotonic() - began
        done.stdout.read()
        trouble = done.stderr.read().decode(errors="replace")
    if not first or done.returncode != 0:
        raise RuntimeError(trouble)
    return seconds


def new_home(setting):
    home = setting.path("client")
    home.mkdir()
    return home


def start_site(setting):
    folder = setting.path("choice")
    (folder / "files").mkdir(parents=True)
    make_file(folder / "files", "page", 1 << 20)
    return start_origin(setting, folder)


def choice(setting):
    """Time to the first byte when the nearest of eight relays is to be found out."""
    origin = start_site(setting)
    url = f"http://127.0.0.1:{origin.port}/page"
    opened = [start_relay(setting) for _ in MILLISECONDS]
    ways = [FarAway(ready["relay"].split("@")[1], milliseconds) for (_, ready), milliseconds in zip(opened, MILLISECONDS)]
    references = [f"{ready['relay'].split('@')[0]}@{way.address}" for (_, ready), way in zip(opened, ways)]
    everyone = [word for reference in references for word in ("--relay", reference)]
    nearest = ["--relay", references[MILLISECONDS.index(min(MILLISECONDS))]]
    fetches = 10 if setting.quick else FETCHES
    rows = [Row("choice", what, "seconds", "the nearest alone", more_is_better=False) for what in
            ("first byte, 8 relays of 5 to 80 ms, --choose best, after as many fetches", "the same, the first fetch of a new wallet", "--choose order, the farthest named first")]
    try:
        for _ in range(min(setting.runs, 3)):
            home, alone, in_order = new_home(setting), new_home(setting), new_home(setting)
            best = [fetch(setting, home, url, [*everyone, "--choose", "best"]) for _ in range(fetches)]
            only = [fetch(setting, alone, url, nearest) for _ in range(fetches // 2)]
            order = [fetch(setting, in_order, url, everyone) for _ in range(fetches // 4)]
            say("  --choose best, seconds to the first byte: " + " ".join(f"{seconds:.2f}" for seconds in best))
            for row, ours, peer in ((rows[0], statistics.median(best[fetches // 2:]), statistics.median(only[1:])), (rows[1], best[0], only[0]),
                                    (rows[2], statistics.median(order[1:]), statistics.median(only[1:]))):
                row.ours.append(ours)
                row.peer.append(peer)
    finally:
        for way in ways:
            way.close()
        for process, _ in opened:
            process.kill()
        origin.kill()
    return rows


def earned(ready):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(ready["admin"] + "/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(EARNED))


def first_sale(setting):
    """From the start of a relay that nobody knows to the first chunk that it sells to a client which finds relays by itself. One wallet fetches one page after
    the other, each time in a new process that asks two relays for others."""
    origin = start_site(setting)
    first = start_relay(setting, "--dht", "true", "--dht-listen", "127.0.0.1:0")
    opened = [first, *(start_relay(setting, "--dht", "true", "--dht-listen", "127.0.0.1:0", "--dht-bootstrap", first[1]["dht"]) for _ in range(RELAYS - 1))]
    row = Row("first-sale", f"start to the first sale, beside {RELAYS} relays, --choose best", "seconds", "")
    home = new_home(setting)
    flags = ["--bootstrap", first[1]["relay"], "--choose", "best"]
    url = f"http://127.0.0.1:{origin.port}/page?"
    try:
        for number in range(FETCHES):  # the others are known for what they are
            fetch(setting, home, f"{url}{number}", flags)
        for run in range(min(setting.runs, 5)):
            began = time.monotonic()
            process, ready = start_relay(setting, "--dht", "true", "--dht-listen", "127.0.0.1:0", "--dht-bootstrap", first[1]["dht"])
            started = time.monotonic() - began
            try:
                for number in range(1, MOST_FETCHES + 1):
                    fetch(setting, home, f"{url}{run}-{number}", flags)
                    if earned(ready) > 0:
                        break
                else:
                    raise RuntimeError(f"no sale within {MOST_FETCHES} fetches")
                row.ours.append(time.monotonic() - began)
                say(f"  ready after {started:.2f} s, sold after {row.ours[-1]:.2f} s, by fetch {number}")
            finally:
                process.kill()
    finally:
        for process, _ in opened:
            process.kill()
        origin.kill()
    return [row]
