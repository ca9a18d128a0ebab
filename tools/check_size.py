#!/usr/bin/env python3
"""Reports lines per own source file (median, 90 %, largest) and refuses a file over the limit."""

import sys

from source_files import ROOT, is_source, project_files, read_text

# A file that nears this holds a second concept: name it, give it a header, a source and a test.
LIMIT = 400
# Made by a program or copied from a published vector set; nobody reads them.
EXCEPT = ["tests/vectors/", "tests/fuzz/corpus/"]
SHOWN = 5


def line_counts(root=ROOT):
    """(lines, path) of every own source file, largest first."""
    counts = [(read_text(root, path).count("\n"), path) for path in project_files(root)
              if not path.startswith(tuple(EXCEPT)) and is_source(root, path)]
    return sorted(counts, key=lambda entry: (-entry[0], entry[1]))


def percentile(sorted_values, percent):
    """The smallest value that at least `percent` of the values do not exceed."""
    rank = -(-len(sorted_values) * percent // 100)
    return sorted_values[max(rank, 1) - 1]


def summary(counts, label):
    lines = sorted(count for count, _ in counts)
    if not lines:
        return f"{label}: no files"
    return (f"{label}: {len(lines)} files, {sum(lines)} lines; median {percentile(lines, 50)}, "
            f"p90 {percentile(lines, 90)}, largest {lines[-1]}")


def too_large(counts):
    return [f"{path}: {count} lines, the limit is {LIMIT}" for count, path in counts if count > LIMIT]


def main():
    counts = line_counts()
    tests = [entry for entry in counts if "tests/" in entry[1]]
    print(summary([entry for entry in counts if entry not in tests], "source"))
    print(summary(tests, "tests "))
    for count, path in counts[:SHOWN]:
        print(f"  {count:4}  {path}")
    for line in too_large(counts):
        print(line)
    return 1 if too_large(counts) else 0


if __name__ == "__main__":
    sys.exit(main())
