"""Content that is not cached, streamed through: ferry-relay against nginx proxy_pass, from the same origin on the load core."""

import statistics

from .bench_cached import running
from .rounds import Row, interleave, say
from .setting import LARGE, MEDIUM, MEDIUM_BYTES, MIB, mb_per_cpu_second

PEER = "nginx proxy_pass"
# Where the origin serves the files: with a length and ranges, or chunked with neither. Neither may be stored.
KINDS = {"length and ranges": "/pass/", "chunked, no ranges": "/stream/"}


def streamed(setting):
    rows = []
    with running(setting.relay()) as relay, running(setting.edge()) as edge:
        for kind, prefix in KINDS.items():
            rows += first_bytes(setting, relay, edge, kind, prefix + MEDIUM + "?{n}")
            rows += throughput(setting, relay, edge, kind, prefix + LARGE + "?{n}")
    return rows


def first_bytes(setting, relay, edge, kind, path):
    what = f"{kind}: {MEDIUM_BYTES // MIB} MiB objects one after the other"
    verified = Row("cold", f"{what}, time to the first 256 KiB (ours verified)", "ms", PEER, more_is_better=False)
    first = Row("cold", f"{what}, time to the first usable byte (ours: a verified chunk)", "ms", PEER, more_is_better=False)

    def ours():
        result = setting.load_relay(relay, path, "--objects", 0, "--fresh", setting.fresh())
        for row in (verified, first):
            row.ours.append(statistics.median(result["first_ms"]))
        say(f"  ours first chunk {verified.ours[-1]:.2f} ms over {result['requests']} requests")

    def peer():
        result = setting.load_edge(edge, path, "--objects", 0, "--fresh", setting.fresh())
        verified.peer.append(statistics.median(result["first_chunk_ms"]))
        first.peer.append(statistics.median(result["first_ms"]))
        say(f"  nginx first byte {first.peer[-1]:.2f} ms, first 256 KiB {verified.peer[-1]:.2f} ms over {result['requests']} requests")

    interleave(setting.runs, [ours, peer])
    return [verified, first]


def throughput(setting, relay, edge, kind, path):
    row = Row("cold", f"{kind}: 64 MiB objects, 4 connections", "MB per server CPU-second", PEER)

    def ours():
        result = setting.load_relay(relay, path, "--objects", 0, "--fresh", setting.fresh(), "--connections", 4)
        row.ours.append(mb_per_cpu_second(result))
        say(f"  ours {row.ours[-1]:.0f} MB/CPU-s: {result['hits']} hits, {result['misses']} misses, server busy {result['cpu'] / result['seconds']:.0%}")

    def peer():
        result = setting.load_edge(edge, path, "--objects", 0, "--fresh", setting.fresh(), "--connections", 4)
        row.peer.append(mb_per_cpu_second(result))
        say(f"  nginx {row.peer[-1]:.0f} MB/CPU-s, server busy {result['cpu'] / result['seconds']:.0%}")

    interleave(setting.runs, [ours, peer])
    return [row]
