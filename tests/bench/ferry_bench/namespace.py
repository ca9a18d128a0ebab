"""A network of the bench's own: loopback only, cubic on its routes. It ends with the last process in it, so nothing is left behind."""

import os
import subprocess
import sys

INSIDE = "FERRY_BENCH_NAMESPACE"
ROUTES = ["127.0.0.0/8", "127.0.0.1"]


def enter(arguments):
    """Starts this script again inside; returns only when that is not possible, with the reason."""
    if os.environ.get(INSIDE):
        return None
    if os.geteuid() != 0:
        return "not root: measured on the machine's own loopback with its congestion control"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        return f"no network namespace ({probe.stderr.strip()}): measured on the machine's own loopback"
    sys.stdout.flush()
    os.execvpe("unshare", ["unshare", "--net", "--", sys.executable, *arguments], {**os.environ, INSIDE: "1"})
    return None


def prepare():
    """Inside: brings loopback up and asks for cubic. Gives a note when the kernel has no cubic."""
    if not os.environ.get(INSIDE):
        return None
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for route in ROUTES:
        done = subprocess.run(["ip", "route", "replace", "local", route, "dev", "lo", "table", "local", "src", "127.0.0.1",
                               "congctl", "cubic"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"no cubic on {route}: {done.stderr.strip()}"
    return None
