"""A flood of valid vouchers, journaled on the real disk, against checking vouchers in a loop without a relay."""

import json
import subprocess

from .bench_cached import running
from .loads import Load
from .rounds import Row, interleave, say

ACCEPTED = 'ferry_relay_vouchers_total{result="accepted"}'
CHANNELS = (1, 64)


def flood(setting, relay, channels):
    """Vouchers that the relay accepted per second of its CPU time, and per second."""
    command = [setting.program("flood_vouchers"), "--relay", relay.reference, "--ledger", relay.ledger,
               "--channels", channels, "--warm", 1, "--seconds", setting.seconds]
    with Load(setting.load_core, command) as load:
        load.warm()
        before, cpu = relay.metric(ACCEPTED), relay.cpu_seconds()
        load.go()
        seconds = load.result()["seconds"]
        accepted, cpu = relay.metric(ACCEPTED) - before, relay.cpu_seconds() - cpu
    say(f"  {channels} channels: {accepted / cpu:.0f} accepted per CPU-second, {accepted / seconds:.0f} per second, server busy {cpu / seconds:.0%}")
    return accepted / cpu


def raw(setting):
    command = ["taskset", "-c", str(setting.server_core), setting.program("check_vouchers"), "--seconds", str(setting.seconds / 3)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    rates = json.loads(done.stdout)
    say(f"  raw: recover {rates['recover']:.0f}/s, verify {rates['verify']:.0f}/s, typed data and recover {rates['check']:.0f}/s")
    return rates


def vouchers(setting):
    peers = {"recover": "libsecp256k1 recover", "verify": "libsecp256k1 verify", "check": "typed data + recover"}
    rows = {(channels, kind): Row("vouchers", f"flood on {channels} channel{'s' if channels > 1 else ''}", "per server CPU-second", peer)
            for channels in CHANNELS for kind, peer in peers.items()}
    with running(setting.relay()) as relay:

        def ours(channels):
            rate = flood(setting, relay, channels)
            for kind in peers:
                rows[channels, kind].ours.append(rate)

        def without_a_relay():
            rates = raw(setting)
            for (_, kind), row in rows.items():
                row.peer.append(rates[kind])

        interleave(setting.runs, [without_a_relay, *(lambda channels=channels: ours(channels) for channels in CHANNELS)])
    return list(rows.values())
