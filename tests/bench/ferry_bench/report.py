"""The table for people and the same as JSON."""

import json
import platform
import time

from . import machine


def about(setting, seconds_passed):
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cpu": machine.cpu_model(),
        "kernel": platform.release(),
        "congestion_control": machine.congestion_control(),
        "server_core": setting.server_core,
        "load_core": setting.load_core,
        "runs": setting.runs,
        "seconds_per_run": setting.seconds,
        "load_average": machine.load_average(),
        "took_seconds": round(seconds_passed),
        "versions": {
            "ferry-relay": machine.version_of([setting.build / "relay" / "ferry-relay", "--version"]),
            "nginx": machine.version_of(["nginx", "-v"]),
            "openssl": machine.version_of(["openssl", "version"]),
            **{name: machine.version_of(["dpkg-query", "-W", "-f", "${Package} ${Version}", name]) for name in ("shadowsocks-libev", "stunnel4")},
        },
        "notes": setting.notes,
    }


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def table(rows):
    head = ["bench", "what", "unit", "ours", "peer", "ratio", "peer is"]
    lines = [[row["bench"], row["what"], row["unit"], number(row["ours"]), number(row["peer"]), number(row["ratio"]), row["peer_name"]]
             for row in rows]
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in [head, ["-" * width for width in widths], *lines])


def text(facts, rows):
    versions = ", ".join(facts["versions"].values())
    return "\n".join([
        f"{facts['cpu']}, kernel {facts['kernel']}, {versions}",
        f"server on core {facts['server_core']}, load on core {facts['load_core']}, {facts['congestion_control']} on loopback, medians of {facts['runs']} "
        f"interleaved runs of {facts['seconds_per_run']:g} s, load average at the end {facts['load_average']:.1f}",
        *(f"note: {note}" for note in facts["notes"]), "", table(rows)])


def write_json(path, facts, rows):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**facts, "rows": rows}, file, indent=1)
        file.write("\n")
