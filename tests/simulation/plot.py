#!/usr/bin/env python3
"""Draws docs/simulation/*.svg from files of ferry_simulation's JSON, or prints their figures as a table for docs/simulation.md.

usage: plot.py OUTPUT_FOLDER NAME=FILE...     NAME stands in the legend
       plot.py --table NAME=FILE...
"""

import json
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 70, 46, 16, 28  # the right has room for half of "100 %"
COLOURS = ("#1f5fa8", "#c4541c", "#2f8f4e", "#8a4fb0", "#a8861f", "#555555")
STEPS = 50
PLOTS = (("load.svg", "sold_mib", "Relays by what they sold", "MiB"),
         ("earned.svg", "earned_btt", "Relays by what they earned", "BTT"),
         ("first-byte.svg", "first_byte", "Fetches by the time to their first chunk", "s"))


def percentiles(run, name, digits, *percents):
    return " / ".join(f"{run[f'{name}_p{percent}']:.{digits}f}" for percent in percents)


# What a row of the table says of a run.
ROWS = (("fetches completed / failed", lambda run: f"{run['completed']:,.0f} / {run['failed']:,.0f}"),
        ("delivered, GiB", lambda run: f"{run['gib']:.1f}"),
        ("hit ratio, by bytes", lambda run: f"{100 * run['hit_ratio']:.1f} %"),
        ("BTT per GiB", lambda run: f"{run['btt_per_gib']:,.0f}"),
        ("– hits / misses / fees", lambda run: " / ".join(f"{run[part + '_btt_per_gib']:,.0f}" for part in ("hit", "miss", "fees"))),
        ("paid twice, of what was delivered", lambda run: f"{100 * run['twice_gib'] / run['gib']:.2f} %"),
        ("first chunk after, s: p10 / p50 / p90 / p99", lambda run: percentiles(run, "first_byte", 2, 10, 50, 90, 99)),
        ("whole object after, s: p50 / p90 / p99", lambda run: percentiles(run, "seconds", 2, 50, 90, 99)),
        ("fetches from several relays at once", lambda run: f"{100 * run['wide'] / run['completed']:.1f} %"),
        ("channels for each client", lambda run: f"{run['channels'] / run['clients']:.1f}"),
        ("deposited for each BTT paid", lambda run: f"{run['deposited_btt'] / run['paid_btt']:.1f}"),
        ("a rival was asked, of fetches", lambda run: f"{100 * run['rivals'] / run['completed']:.1f} %"),
        ("relays that a fetch went on without", lambda run: f"{run['switches']:,.0f}"),
        ("MiB sold by a relay: p10 / p50 / p90 / p99", lambda run: percentiles(run, "sold_mib", 0, 10, 50, 90, 99)),
        ("BTT earned by a relay: p10 / p50 / p90 / p99", lambda run: percentiles(run, "earned_btt", 0, 10, 50, 90, 99)),
        ("Gini of sold / of earned", lambda run: f"{run['gini']:.2f} / {run['gini_earned']:.2f}"),
        ("share of the busiest 1 %", lambda run: f"{100 * run['top_1_percent']:.1f} %"),
        ("a relay's line is busy: p50 / p99", lambda run: " / ".join(f"{100 * run[f'line_busy_p{p}']:.1f} %" for p in (50, 99))),
        ("new relays that sold", lambda run: f"{run['late_sold']:.0f} of {run['late_relays']:.0f}"),
        ("– first sale after, s: p50 / p90", lambda run: percentiles(run, "late_seconds", 0, 50, 90) if run["late_sold"] else "–"),
        ("wrong chunks delivered", lambda run: f"{run['wrong_chunks']:.0f}"),
        ("lies told / found", lambda run: f"{run['lies_told']:,.0f} / {run['lies_found']:,.0f}"),
        ("blamed relays chosen again", lambda run: f"{run['chosen_although_blamed']:.0f}"),
        ("BTT that liars can claim for nothing", lambda run: f"{run['liars_btt']:,.0f} ({100 * run['liars_btt'] / run['paid_btt']:.3f} %)"),
        ("BTT charged for what vanished", lambda run: f"{run['dead_btt']:,.0f} ({100 * run['dead_btt'] / run['paid_btt']:.3f} %)"),
        ("BTT to losers of a race for the head", lambda run: f"{run['others_btt']:,.0f} ({100 * run['others_btt'] / run['paid_btt']:.3f} %)"))


def nice(most):
    """A round number that is not below `most`."""
    size = 1.0
    while size * 10 <= most:
        size *= 10
    while size > most:
        size /= 10
    return next(size * factor for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size * factor >= most)


def curve_plot(title, unit, curves):
    """Percentiles: share of all, in percent, to the right, the value upwards."""
    top = nice(max(max(values[:-1]) for _, values in curves))
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(percent):
        return LEFT + inner_width * percent / 100

    def y(value):
        return TOP + inner_height * (1 - min(value, top) / top)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
             f"<title>{title}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for step in range(6):
        value = top * step / 5
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
        parts.append(f'<text x="{x(20 * step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{20 * step} %</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">{title}, the smallest first ({unit})</text>')
    for number, (name, values) in enumerate(curves):
        points = " ".join(f"{x(100 * i / STEPS):.1f},{y(value):.1f}" for i, value in enumerate(values))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + 14}" y="{TOP + 16 + 16 * number}" fill="{COLOURS[number]}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def table(runs):
    lines = ["| | " + " | ".join(name for name, _ in runs) + " |", "|---|" + "---|" * len(runs)]
    lines += [f"| {title} | " + " | ".join(say(run) for _, run in runs) + " |" for title, say in ROWS]
    return "\n".join(lines)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    runs = [(name, json.loads(Path(file).read_text(encoding="utf-8"))) for name, file in (word.split("=", 1) for word in sys.argv[2:])]
    if sys.argv[1] == "--table":
        print(table(runs))
        return
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file, key, title, unit in PLOTS:
        (folder / file).write_text(curve_plot(title, unit, [(name, run[key]) for name, run in runs]), encoding="utf-8")


if __name__ == "__main__":
    main()
