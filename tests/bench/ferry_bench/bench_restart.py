"""How long a relay with many channels takes to start again, and how much memory they hold, at growing numbers."""

import json
import subprocess
import time
import urllib.request

from .bench_cached import running
from .rounds import Row, say

COUNTS = (10_000, 100_000, 1_000_000)
QUICK_COUNTS = (1_000, 10_000)


def ledger_info(relay):
    request = urllib.request.Request(relay.admin + "/ledger/v1/info", data=b"{}", headers={"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return json.loads(answer.read())


def fill(setting, home, count):
    """A data directory whose relay has `count` channels. Gives the bytes of its journal."""
    with running(setting.relay(home=home)) as relay:
        address = relay.reference.removeprefix("ferry://").split("@")[0]
        info = ledger_info(relay)
    command = [setting.program("make_channels"), "--data", home / "relay", "--relay", address, "--receiver", address, "--token", info["token"],
               "--contract", info["contract"], "--chain-id", info["chain_id"], "--channels", count]
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=600)
    return json.loads(done.stdout)["journal_bytes"]


def restart(setting):
    rows = []
    for count in QUICK_COUNTS if setting.quick else COUNTS:
        seconds = Row("restart", f"{count:,} channels: from the start of the process to ready", "seconds", "none", more_is_better=False)
        memory = Row("restart", f"{count:,} channels: memory when it is ready", "MiB resident", "none", more_is_better=False)
        home = setting.path("restart")
        home.mkdir()
        journal = fill(setting, home, count)
        for _ in range(min(setting.runs, 3)):
            began = time.monotonic()
            with running(setting.relay(home=home)) as relay:
                seconds.ours.append(time.monotonic() - began)
                memory.ours.append(relay.resident_bytes() / 2**20)
                if int(relay.metric("ferry_relay_channels")) != count:
                    raise RuntimeError("the relay does not know all channels")
        say(f"  {count:,} channels: {seconds.ours[-1]:.2f} s, {memory.ours[-1]:.0f} MiB, journal {journal / 2**20:.0f} MiB")
        rows += [seconds, memory]
    return rows
