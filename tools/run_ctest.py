#!/usr/bin/env python3
"""Runs the tests of one label in a build directory through ctest and counts test cases, not programs.

Prints the whole output of each program that failed. Last line: N passed, N failed.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

_DOCTEST = re.compile(r"\[doctest\] test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed")
WHOLE_OUTPUT = str(64 * 1024 * 1024)


def run_ctest(build, label, report):
    env = dict(os.environ)
    # Unit tests choose their cases by FERRY_TEST_FILTER themselves; a fuzz target has nothing but its name.
    wanted = env.get("FERRY_TEST_FILTER")
    named = ["--tests-regex", re.escape(wanted)] if wanted and label == "fuzz" else []
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    subprocess.run(
        [*address_layout_prefix(label), "ctest", "--test-dir", build, "--label-regex", f"^{label}$", "-j2", "--quiet",
         "--no-tests=ignore", *named, "--output-junit", report,
         "--test-output-size-passed", WHOLE_OUTPUT, "--test-output-size-failed", WHOLE_OUTPUT],
        env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def address_layout_prefix(label):
    """GCC 12's TSan stops on kernels that spread addresses further than it knows; where allowed, keep them together."""
    fixed = ["setarch", "-R"]
    if label != "thread":
        return []
    try:
        allowed = subprocess.run([*fixed, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return []
    return fixed if allowed else []


def count_case(case):
    """(passed, failed) of one program. A crash counts as one failure even if no test case could say so."""
    output = case.findtext("system-out") or ""
    ran = case.get("status") == "run"
    match = _DOCTEST.search(output)
    if match:
        passed, failed = int(match.group(1)), int(match.group(2))
        return passed, failed if ran else max(failed, 1)
    return (1, 0) if ran else (0, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", help="build directory")
    parser.add_argument("label", choices=["unit", "fuzz", "thread"])
    arguments = parser.parse_args()

    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="ferry-ctest-") as folder:
        report = os.path.join(folder, "report.xml")
        run_ctest(os.path.abspath(arguments.build), arguments.label, report)
        if not os.path.exists(report):
            print(f"ctest wrote no report for {arguments.build}: is it configured?")
            print("0 passed, 1 failed")
            return 1
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            case_passed, case_failed = count_case(case)
            passed, failed = passed + case_passed, failed + case_failed
            if case_failed:
                print(f"--- {case.get('name')} failed:\n{case.findtext('system-out') or 'no output'}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
