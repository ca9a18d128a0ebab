"""Tunnels: bytes of any app through ferry proxy and ferry-relay, metered and paid, against pairs that only encrypt."""

import sys
from contextlib import ExitStack
from functools import partial

from .loads import measure
from .rounds import Row, interleave, say
from .setting import mb_per_cpu_second
from .tunnel_pairs import HERE, FerryPair, NginxPair, Origin, ShadowsocksPair, StunnelPair

METHODS = ("aes-128-gcm", "chacha20-ietf-poly1305")


def per_cpu_second(result):
    return result["count"] / result["cpu"]


MB_PER_CPU = ("MB per CPU-second of both ends", mb_per_cpu_second, True)
MB_PER_SECOND = ("MB per second", lambda result: result["bytes"] / 1e6 / result["seconds"], True)
P50 = ("p50, µs", lambda result: result["p50_us"], False)
P99 = ("p99, µs", lambda result: result["p99_us"], False)
# What runs, with how many connections at a time, and what is told of it.
BULK = (("down", 1, "received, 1 stream", [MB_PER_CPU, MB_PER_SECOND]), ("down", 32, "received, 32 streams", [MB_PER_CPU, MB_PER_SECOND]),
        ("up", 1, "sent, 1 stream", [MB_PER_CPU, MB_PER_SECOND]), ("up", 32, "sent, 32 streams", [MB_PER_CPU, MB_PER_SECOND]))
CONNECT = (("connect", 1, "new connections, one after the other, to the first byte back", [P50, P99]),
           ("connect", 16, "new connections, 16 at a time", [("per CPU-second of both ends", per_cpu_second, True)]))
TALK = (("talk", 1, "1 KiB there and back on an open connection", [P50, P99]),
        ("talk", 32, "1 KiB there and back on 32 open connections", [("per CPU-second of both ends", per_cpu_second, True)]))


def start_pairs(setting, stack, origin):
    def keep(pair):
        stack.callback(pair.kill)
        return pair

    core = setting.server_core
    pairs = [keep(FerryPair(core, setting.build, setting.path("ferry"), origin))]
    pairs += [keep(ShadowsocksPair(core, setting.path("shadowsocks"), origin, method)) for method in METHODS]
    return [*pairs, keep(StunnelPair(core, setting.path("stunnel"), origin)), keep(NginxPair(core, setting.path("nginx"), origin))]


def run(setting, pair, kind, streams, wanted, keep):
    """One load through one pair; keep() is given each figure."""
    before = pair.cpu_of_each()
    result = measure(setting.load_core, [sys.executable, HERE / "load_tunnel.py", kind, "--streams", streams, "--seconds", setting.seconds, *pair.flags], pair)
    far, near = (after - first for first, after in zip(before, pair.cpu_of_each()))
    told = []
    for number, (unit, figure, _) in enumerate(wanted):
        value = figure(result)
        keep(number, value)
        told.append(f"{value:,.0f} {unit}")
    say(f"  {pair.name}: {'; '.join(told)}; busy {result['cpu'] / result['seconds']:.0%}, {near / max(near + far, 1e-9):.0%} of it the near end")


def bench(setting, name, kinds):
    rows = []
    with ExitStack() as stack:
        origin = Origin(setting.load_core, setting.folder)
        stack.callback(origin.kill)
        ours, *peers = start_pairs(setting, stack, origin)
        for kind, streams, what, wanted in kinds:
            say(f" {what}")
            table = [[Row(name, what, unit, peer.name, more) for peer in peers] for unit, _, more in wanted]

            def keep_ours(number, value, table=table):
                for row in table[number]:
                    row.ours.append(value)

            def keep_peer(number, value, table=table, column=0):
                table[number][column].peer.append(value)

            one = partial(run, setting, kind=kind, streams=streams, wanted=wanted)
            sides = [partial(one, ours, keep=keep_ours)]
            sides += [partial(one, peer, keep=partial(keep_peer, column=column)) for column, peer in enumerate(peers)]
            interleave(setting.runs, sides)
            rows += [row for line in table for row in line]
    return rows


def bulk(setting):
    """Bytes as fast as they go, both ways, on one stream and on 32."""
    return bench(setting, "tunnel-bulk", BULK)


def connect(setting):
    """New connections on a warm session, until the first byte comes back from the origin."""
    return bench(setting, "tunnel-connect", CONNECT)


def talk(setting):
    """Small messages there and back on connections that stay open."""
    return bench(setting, "tunnel-talk", TALK)
