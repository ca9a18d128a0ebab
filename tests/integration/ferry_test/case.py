"""The base class of integration tests: a directory of its own, and everything that was started is ended."""

import tempfile
import unittest
from pathlib import Path

from .origin import Origin
from .process import DEADLINE_SECONDS, Process
from .programs import Relay, clean_environment, client_program, run_ferry


class FerryCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ferry-test-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.addCleanup(self._show_logs_of_a_failure)

    def path(self, name):
        return self.folder / name

    def start_process(self, command, name="process", env=None):
        process = Process(command, self.path(name + ".stderr"), env)
        self.addCleanup(process.kill)
        return process

    def start_origin(self, host="127.0.0.1", port=0):
        origin = Origin(host, port)
        self.addCleanup(origin.close)
        return origin

    def start_relay(self, *flags, name="relay", exit_allow=("127.0.0.0/8",), env=None):
        """A relay that may contact this machine, where the origins of tests are."""
        allowed = [part for cidr in exit_allow for part in ("--exit-allow", cidr)]
        relay = Relay(self.path(name), ["--log-format", "json", *allowed, *flags], env)
        self.addCleanup(relay.kill)
        return relay

    def ferry(self, *arguments, data="client", deadline=DEADLINE_SECONDS, env=None):
        """Runs the client to its end; `data` names its wallet within this test."""
        return run_ferry(arguments, self.path(data), deadline, env)

    def start_ferry(self, *arguments, data="client", env=None):
        """Starts a long-running command of the client, such as `proxy`."""
        command = [client_program(), *arguments, "--data", self.path(data)]
        return self.start_process(command, f"{data}-{arguments[0]}", clean_environment(self.path(data), env))

    def _show_logs_of_a_failure(self):
        if self._outcome.success:
            return
        for log in sorted(self.folder.glob("*.stderr")):
            text = log.read_text(encoding="utf-8", errors="replace")
            if text:
                print(f"--- {log.name}\n{text[-8000:]}", flush=True)
