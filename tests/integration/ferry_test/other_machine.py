"""A second machine with two ways to this one, as a phone has Wi-Fi and a mobile network: a network namespace and two pairs of interfaces."""

import os
import subprocess

# RFC 2544 sets these aside for measurements between two networks: nobody is there.
WAYS = ("198.18.101", "198.18.102")


def cannot_be_made():
    """Why there can be no other machine here; None when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return f"no network namespace: {probe.stderr.strip()}" if probe.returncode != 0 else None


def _run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr.strip()}")


class OtherMachine:
    """This machine is `here` for it, whichever way. It goes by the first way until take_other_way(). All of it vanishes with close()."""

    here = WAYS[0] + ".1"

    def __init__(self):
        self._holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--net", "--", "sh", "-c", "echo up; exec cat"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._holder.stdout.readline()
        self._near = []
        try:
            for number, network in enumerate(WAYS):
                near, far = f"ferry{self._holder.pid % 100000}n{number}", f"way{number}"
                self._near.append(near)
                _run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", self._holder.pid)
                _run("ip", "address", "add", f"{network}.1/30", "dev", near)
                _run("ip", "link", "set", near, "up")
                self.run("ip", "address", "add", f"{network}.2/30", "dev", far)
                self.run("ip", "link", "set", far, "up")
            self.run("ip", "link", "set", "lo", "up")
        except AssertionError:
            self.close()
            raise

    def command(self, *command):
        """What starts a program there."""
        return ["nsenter", "--target", str(self._holder.pid), "--net", "--", *command]

    def run(self, *command):
        _run(*self.command(*command))

    def take_other_way(self):
        """The first way is gone, without a word to anybody who uses it."""
        self.run("ip", "address", "flush", "dev", "way0")
        self.run("ip", "link", "set", "way0", "down")
        self.run("ip", "route", "replace", self.here, "via", WAYS[1] + ".1")

    def close(self):
        # The kernel would take them some time after the last process there has gone, and the next test uses the same addresses.
        for near in self._near:
            subprocess.run(["ip", "link", "delete", near], capture_output=True, check=False)
        self._holder.kill()
        self._holder.wait()
        self._holder.stdin.close()
        self._holder.stdout.close()
