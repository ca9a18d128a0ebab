"""What the kernel says about processes and the machine."""

import os
import re
import subprocess
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def _tree(pid):
    """The process and all its descendants."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in children.read_text(encoding="ascii").split()]
            except OSError:
                continue
    return found


def cpu_seconds(pid):
    """User and system time of a server: all threads, ended ones too, of the process and its children."""
    total = 0
    for one in _tree(pid):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_SECOND


def thread_seconds(pid):
    """CPU time of each thread that lives, by its id."""
    return {int(task.name): int((task / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
            for task in Path(f"/proc/{pid}/task").iterdir()}


def thread_written(pid):
    """Bytes that each thread gave to the system to write, by its id."""
    return {int(task.name): int(re.search(r"^wchar: (\d+)$", (task / "io").read_text(encoding="ascii"), re.MULTILINE).group(1))
            for task in Path(f"/proc/{pid}/task").iterdir()}


def most_resident_bytes(pid):
    """The most memory that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024


def resident_bytes(pid):
    """Resident memory of a server, its children included; shared pages count once per process."""
    total = 0
    for one in _tree(pid):
        status = Path(f"/proc/{one}/status").read_text(encoding="utf-8")
        total += int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024
    return total


def cpu_model():
    found = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else "unknown"


def load_average():
    return os.getloadavg()[0]


def version_of(command):
    """The first line that a program prints about itself."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=20)
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else "unknown"


def congestion_control():
    """Of a loopback route inside the measurement, as far as `ip` shows it; else the system's default."""
    done = subprocess.run(["ip", "route", "show", "table", "local", "127.0.0.1"], capture_output=True, text=True, check=False)
    found = re.search(r"congctl (\w+)", done.stdout)
    if found:
        return found.group(1)
    return Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text(encoding="ascii").strip()
