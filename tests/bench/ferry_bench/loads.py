"""Running a load program against a server while the server's CPU time is read."""

import json
import os
import select
import signal
import subprocess
import time


class LoadError(RuntimeError):
    pass


class Load:
    """A load program: warm(), then go(), then result(). Killed by its id when the block that holds it ends."""

    def __init__(self, core, command, deadline=120):
        self._end = time.monotonic() + deadline
        self._buffer = b""
        self.name = os.path.basename(str(command[0]))
        self._popen = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "taskset", "-c", str(core), *map(str, command)],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGKILL)
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            pipe.close()

    def _read_json(self):
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._popen.stdout], [], [], max(0.0, self._end - time.monotonic()))
            data = os.read(self._popen.stdout.fileno(), 1 << 16) if ready else b""
            if not data:
                self._popen.kill()
                error = self._popen.stderr.read().decode(errors="replace").strip()
                raise LoadError(f"{self.name}: {error or ('ended early' if ready else 'took too long')}")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)

    def warm(self):
        self._read_json()

    def go(self):
        self._popen.stdin.write(b"go\n")
        self._popen.stdin.flush()

    def result(self):
        return self._read_json()


def measure(core, command, server):
    """Runs a load once. Adds to its result the server's CPU seconds within the measured stretch."""
    with Load(core, command) as load:
        load.warm()
        load.go()
        before = server.cpu_seconds()
        result = load.result()
        result["cpu"] = max(server.cpu_seconds() - before, 1e-9)
        return result
