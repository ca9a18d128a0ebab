"""A place of its own in the network behind a link of a given rate: a network namespace, a pair of interfaces, and a token bucket on what comes from
there. What goes there is not held back."""

import subprocess


def _run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")


class ShapedLink:
    """`near` is this side's address, `far` the one behind the link. Numbers 0 to 255; all of it vanishes with close()."""

    def __init__(self, number, mbit):
        self.near, self.far = f"198.18.{number}.1", f"198.18.{number}.2"  # RFC 2544: set aside for measurements
        self._name = f"near{number}"
        self._holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--net", "--", "sh", "-c", "echo up; exec cat"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._holder.stdout.readline()
        _run("ip", "link", "add", self._name, "type", "veth", "peer", "name", "far", "netns", self._holder.pid)
        _run("ip", "address", "add", f"{self.near}/30", "dev", self._name)
        _run("ip", "link", "set", self._name, "up")
        for command in (["ip", "link", "set", "lo", "up"], ["ip", "address", "add", f"{self.far}/30", "dev", "far"], ["ip", "link", "set", "far", "up"],
                        ["ip", "route", "add", "default", "via", self.near],
                        ["tc", "qdisc", "add", "dev", "far", "root", "tbf", "rate", f"{mbit}mbit", "burst", "64kb", "latency", "40ms"]):
            _run(*self.command(*command))

    def command(self, *command):
        """What starts a program there."""
        return ["nsenter", "--target", str(self._holder.pid), "--net", "--", *map(str, command)]

    def close(self):
        subprocess.run(["ip", "link", "delete", self._name], capture_output=True, check=False)
        self._holder.kill()
        self._holder.wait()
        self._holder.stdin.close()
        self._holder.stdout.close()
