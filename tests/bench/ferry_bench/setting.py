"""What every bench is given: cores, lengths, programs, a folder, an origin with files."""

import itertools
import os
import time
from pathlib import Path

from . import servers
from .loads import measure

MIB = 1 << 20
LARGE, LARGE_BYTES = "large.bin", 64 * MIB
MEDIUM, MEDIUM_BYTES = "medium.bin", 4 * MIB
SMALL_COUNT, SMALL_BYTES = 64, 256 * 1024


class Setting:
    def __init__(self, arguments, folder, build):
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.load_core = cores[0], cores[-1]
        self.runs, self.seconds = (2, 1.0) if arguments.quick else (arguments.runs, arguments.seconds)
        self.quick = arguments.quick
        self.sessions = 200 if arguments.quick else arguments.sessions
        self.folder, self.build = Path(folder), Path(build)
        self.notes = []
        self._origin = None
        self._numbers = itertools.count()
        self._stamp = str(time.time_ns())
        if self.server_core == self.load_core:
            self.notes.append("one core only: server and load share it; the figures are not comparable")

    def program(self, name):
        return self.build / "tests" / "bench" / name

    def fresh(self):
        """Names objects that no run has asked for."""
        return f"{self._stamp}-{next(self._numbers)}-"

    def path(self, name):
        return self.folder / f"{name}-{next(self._numbers)}"

    def origin(self):
        """nginx with static files on the load core, started once."""
        if self._origin is None:
            files = self.folder / "files"
            files.mkdir()
            for name, size in [(LARGE, LARGE_BYTES), (MEDIUM, MEDIUM_BYTES),
                               *((f"small{i}.bin", SMALL_BYTES) for i in range(SMALL_COUNT))]:
                (files / name).write_bytes(os.urandom(size))
            self._origin = servers.start_origin(self.load_core, self.folder, files)
        return self._origin

    def relay(self, flags=(), home=None):
        """On a data directory of its own, or on that of an earlier one."""
        if home is None:
            home = self.path("relay")
            home.mkdir()
        return servers.Relay(self.server_core, self.build / "relay" / "ferry-relay", home, flags=flags)

    def edge(self):
        home = self.path("edge")
        home.mkdir()
        return servers.start_edge(self.server_core, home, self.origin())

    def load_relay(self, relay, path, *flags):
        """One run of load_relay."""
        command = [self.program("load_relay"), "--relay", relay.reference, "--ledger", relay.ledger,
                   "--url", f"http://127.0.0.1:{self.origin().port}{path}", "--seconds", self.seconds, *flags]
        return measure(self.load_core, command, relay)

    def fill_cache(self, relay, path, *flags):
        """A run that nobody counts, long enough that every object is held afterwards."""
        return self.load_relay(relay, path, *flags, "--warm", 2)

    def load_edge(self, edge, path, *flags):
        """One run of load_https."""
        command = [self.program("load_https"), "--port", edge.port, "--path", path, "--seconds", self.seconds, *flags]
        return measure(self.load_core, command, edge)

    def close(self):
        if self._origin is not None:
            self._origin.kill()


def mb_per_cpu_second(result):
    return result["bytes"] / 1e6 / result["cpu"]
