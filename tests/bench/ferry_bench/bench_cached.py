"""Cached content over TLS 1.3 AES-128-GCM: ferry-relay, verified and paid, against nginx proxy_cache."""

from contextlib import contextmanager

from .rounds import Row, interleave, say
from .setting import LARGE, LARGE_BYTES, MIB, SMALL_BYTES, SMALL_COUNT, mb_per_cpu_second

CLIENT_PREPAY = 4  # what libferry prepays unless told otherwise
PEER = "nginx proxy_cache"


@contextmanager
def running(server):
    try:
        yield server
    finally:
        server.kill()


def check_cached(result):
    if result["misses"]:
        raise RuntimeError(f"{result['misses']} chunks came from the origin during a measurement of the cache")
    return result


def serve_large(setting, prepay=CLIENT_PREPAY):
    """One object of 64 MiB, asked for again and again on 16 connections and on one."""
    path = f"/keep/{LARGE}"
    rows = []
    with running(setting.relay()) as relay, running(setting.edge()) as edge:
        setting.fill_cache(relay, path)
        edge.get(path)
        for connections in (16, 1):
            row = Row("cached", f"{LARGE_BYTES // MIB} MiB object, {connections} connections, prepay {prepay} chunks",
                      "MB per server CPU-second", PEER)
            flags = ["--connections", connections]

            def ours(row=row, flags=flags):
                result = check_cached(setting.load_relay(relay, path, *flags, "--prepay", prepay))
                row.ours.append(mb_per_cpu_second(result))
                say(f"  ours {row.ours[-1]:.0f} MB/CPU-s: {result['bytes'] / 1e6:.0f} MB, {result['vouchers']} vouchers, "
                    f"{result['waits']} waits, {result['redelivered']} redelivered, server busy {result['cpu'] / result['seconds']:.0%}")

            def peer(row=row, flags=flags):
                result = setting.load_edge(edge, path, *flags)
                row.peer.append(mb_per_cpu_second(result))
                say(f"  nginx {row.peer[-1]:.0f} MB/CPU-s: {result['bytes'] / 1e6:.0f} MB, server busy {result['cpu'] / result['seconds']:.0%}")

            interleave(setting.runs, [ours, peer])
            rows.append(row)
    return rows


def serve_small(setting):
    """64 objects of one chunk each: a quote, a manifest before and one after for every 256 KiB."""
    path = "/keep/small{n}.bin"
    flags = ["--connections", 16, "--objects", SMALL_COUNT]
    row = Row("cached-small", f"{SMALL_COUNT} objects of {SMALL_BYTES // 1024} KiB, a request for each, 16 connections, prepay {CLIENT_PREPAY} chunks",
              "MB per server CPU-second", PEER)
    with running(setting.relay()) as relay, running(setting.edge()) as edge:
        setting.fill_cache(relay, path, *flags)
        for number in range(SMALL_COUNT):
            edge.get(path.replace("{n}", str(number)))

        def ours():
            result = check_cached(setting.load_relay(relay, path, *flags))
            row.ours.append(mb_per_cpu_second(result))
            say(f"  ours {row.ours[-1]:.0f} MB/CPU-s: {result['requests']} requests, {result['redelivered']} redelivered, "
                f"server busy {result['cpu'] / result['seconds']:.0%}")

        def peer():
            result = setting.load_edge(edge, path, *flags)
            row.peer.append(mb_per_cpu_second(result))
            say(f"  nginx {row.peer[-1]:.0f} MB/CPU-s: {result['requests']} requests")

        interleave(setting.runs, [ours, peer])
    return [row]
