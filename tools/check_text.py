#!/usr/bin/env python3
"""Checks the committed text: no paths of one machine, no work left as a note, no sleeping in tests."""

import re
import sys

from source_files import ROOT, project_files, report

# Each pattern is written so that it does not match itself.
RULES = [
    (r"(?<![\w.}$])/(?:[w]ork|[r]oot|[h]ome|[U]sers|[f]arm)/", "", "a path of one machine"),
    (r"(?<![\w.}$])/[t]mp/", "", "a fixed temporary path: use mktemp or TMPDIR"),
    (r"\bTO[D]O\b|\bFIX[M]E\b", "", "do it, or write an issue"),
    (r"\bsleep_fo[r]\b|\btime\.slee[p]\b|\bsleep [0-9]", "tests/", "a test waits for an event, never for time"),
]
EXCEPT = ["LICENSE", "tests/fuzz/corpus/", "tests/vectors/"]


def file_violations(path, text):
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, prefix, advice in RULES:
            match = re.search(pattern, line) if path.startswith(prefix) else None
            if match:
                found.append(f"{path}:{number}: '{match.group(0).strip()}': {advice}")
    return found


def violations(root=ROOT):
    found = []
    for path in project_files(root):
        data = (root / path).read_bytes()
        if path.startswith(tuple(EXCEPT)) or b"\0" in data:
            continue
        found += file_violations(path, data.decode("utf-8", errors="replace"))
    return found


if __name__ == "__main__":
    sys.exit(report("text", violations(), "no machine paths, no notes of unfinished work, no sleeping tests"))
