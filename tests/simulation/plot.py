#!/usr/bin/env python3
"""Draws docs/simulation/*.svg from files of ferry_simulation's JSON.

usage: plot.py OUTPUT_FOLDER NAME=FILE...     NAME stands in the legend
"""

import json
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 70, 46, 16, 16
COLOURS = ("#1f5fa8", "#c4541c", "#2f8f4e", "#8a4fb0", "#a8861f", "#555555")
STEPS = 50


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


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    runs = [(name, json.loads(Path(file).read_text(encoding="utf-8"))) for name, file in (word.split("=", 1) for word in sys.argv[2:])]
    folder.mkdir(parents=True, exist_ok=True)
    for file, key, title, unit in (("load.svg", "mib_sold", "Relays by what they sold", "MiB"), ("first-byte.svg", "first_byte", "Fetches by the time to their first chunk", "s")):
        (folder / file).write_text(curve_plot(title, unit, [(name, run[key]) for name, run in runs]), encoding="utf-8")


if __name__ == "__main__":
    main()
