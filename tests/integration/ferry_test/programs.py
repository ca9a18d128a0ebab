"""The programs of Ferry as tests use them: a relay that runs, a command that gives a result."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

from .process import DEADLINE_SECONDS, Process, ProcessError

ROOT = Path(__file__).resolve().parents[3]


def build_dir():
    return Path(os.environ.get("FERRY_BUILD_DIR") or ROOT / "build" / "dev").resolve()


def relay_program():
    return build_dir() / "relay" / "ferry-relay"


def client_program():
    return build_dir() / "client" / "ferry"


def clean_environment(data, extra=None):
    """No settings of the person who runs the tests: no FERRY_ variables, no proxies, a home of its own."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("FERRY_") and not name.lower().endswith("_proxy")}
    env.update(HOME=str(data), XDG_DATA_HOME=str(Path(data) / "share"), LC_ALL="C.UTF-8")
    env.update(extra or {})
    return env


class Relay:
    """A running ferry-relay on ports of its own. `restart` starts another process on the same data."""

    def __init__(self, data, flags=(), env=None):
        self.data = Path(data)
        self.flags = [str(flag) for flag in flags]
        self.env = env
        self.process = None
        self.start()

    def start(self, *more_flags):
        self.data.mkdir(parents=True, exist_ok=True)
        command = [relay_program(), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", self.data,
                   *self.flags, *more_flags]
        self.process = Process(command, self.data.parent / (self.data.name + ".stderr"),
                               clean_environment(self.data, self.env))
        try:
            self.ready = self.process.wait_ready()
        except ProcessError:
            self.process.kill()
            raise
        self.reference, self.admin = self.ready["relay"], self.ready["admin"]

    def restart(self, *more_flags):
        """After `stop` or `kill`; the port is a new one unless a flag says otherwise."""
        self.process.kill()
        self.start(*more_flags)

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def admin_text(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.admin + path, timeout=DEADLINE_SECONDS) as answer:
            return answer.read().decode()

    def metrics(self):
        """Every sample of /metrics: {'name{label="x"}': value}."""
        samples = (line.rsplit(" ", 1) for line in self.admin_text("/metrics").splitlines()
                   if line and not line.startswith("#"))
        return {name: float(value) for name, value in samples}


class CommandResult:
    def __init__(self, arguments, code, stdout, stderr):
        self.arguments, self.code, self.stdout, self.stderr = arguments, code, stdout, stderr

    def json(self):
        """The one JSON object on standard output."""
        try:
            return json.loads(self.stdout)
        except ValueError:
            raise AssertionError(f"no JSON on standard output: {self!r}") from None

    def __repr__(self):
        return (f"ferry {' '.join(self.arguments)}: exit code {self.code}\n"
                f"--- stdout\n{self.stdout[-4000:].decode(errors='replace')}\n--- stderr\n{self.stderr[-8000:]}")


def run_ferry(arguments, data, deadline=DEADLINE_SECONDS, env=None):
    """Runs `ferry ARGUMENTS --data DATA` to its end."""
    arguments = [str(argument) for argument in arguments]
    command = [str(client_program()), *arguments, "--data", str(data)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline, check=False,
                              env=clean_environment(data, env))
    except subprocess.TimeoutExpired as late:
        stderr = (late.stderr or b"").decode(errors="replace")
        raise ProcessError(f"ferry {' '.join(arguments)} was still running after {deadline} s:\n{stderr}") from None
    return CommandResult(arguments, done.returncode, done.stdout, done.stderr.decode(errors="replace"))
