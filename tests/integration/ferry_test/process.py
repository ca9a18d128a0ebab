"""A process that a test starts, waits for and ends. It never waits without a deadline and never sleeps."""

import json
import os
import select
import signal
import subprocess
import threading
import time

# Far above what any step needs on a slow machine: it bounds a hang, it measures nothing.
DEADLINE_SECONDS = 60


class ProcessError(AssertionError):
    """A process did not do what the test waited for; the message carries its standard error."""


class Process:
    """Standard output is read line by line by the test, standard error goes to a file beside its data.

    It is killed when the thread that started it ends, so an aborted run leaves nothing behind: start it from the main
    thread.
    """

    def __init__(self, command, stderr_path, env=None):
        self.name = os.path.basename(command[0])
        self.stderr_path = str(stderr_path)
        self._buffer = b""
        with open(self.stderr_path, "ab") as stderr:
            self._popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=stderr, env=env, start_new_session=True)

    @property
    def pid(self):
        return self._popen.pid

    def is_running(self):
        return self._popen.poll() is None

    def stderr(self):
        with open(self.stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def read_line(self, deadline=DEADLINE_SECONDS):
        """The next line of standard output without its end; ProcessError if none comes."""
        end = time.monotonic() + deadline
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._popen.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise self._error(f"wrote no line within {deadline} s")
            data = os.read(self._popen.stdout.fileno(), 65536)
            if not data:
                raise self._error("ended its output before the line that was waited for")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.decode("utf-8", errors="replace")

    def wait_ready(self, deadline=DEADLINE_SECONDS):
        """The ready line of a long-running program as a dict."""
        line = self.read_line(deadline)
        try:
            ready = json.loads(line)
        except ValueError:
            ready = None
        if not isinstance(ready, dict) or ready.get("event") != "ready":
            raise self._error(f"wrote no ready line but: {line[:200]}")
        return ready

    def forget_output(self):
        """Reads and throws away what it writes from now on: a pipe that is full would stop it."""
        def read_on():
            try:
                while os.read(self._popen.stdout.fileno(), 65536):
                    pass
            except (OSError, ValueError):  # it was killed, and the pipe is closed
                pass
        threading.Thread(target=read_on, daemon=True).start()

    def wait(self, deadline=DEADLINE_SECONDS):
        """The exit code; negative for a signal. Output that nobody read is thrown away, so the pipe cannot fill up."""
        end = time.monotonic() + deadline
        try:
            self._popen.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            raise self._error(f"was still running after {deadline} s") from None
        return self._popen.wait(max(0.0, end - time.monotonic()) + 1)

    def send(self, signal_number):
        if self.is_running():
            self._popen.send_signal(signal_number)

    def stop(self, deadline=DEADLINE_SECONDS):
        """SIGTERM, then the exit code."""
        self.send(signal.SIGTERM)
        return self.wait(deadline)

    def kill(self):
        """kill -9 for it and its children; safe to call twice."""
        if self.is_running():
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._popen.stdout.close()

    def _error(self, what):
        code = self._popen.poll()
        state = "running" if code is None else f"exit code {code}"
        return ProcessError(f"{self.name} {what} ({state}); its standard error:\n{self.stderr()[-8000:]}")
