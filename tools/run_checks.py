#!/usr/bin/env python3
"""Runs the checks of the source and their own tests; an argument restricts both by name. Last line: N passed, N failed."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True


def run_checks(wanted):
    failed = passed = 0
    for check in sorted(TOOLS.glob("check_*.py")):
        if wanted in check.stem:
            ok = subprocess.run([sys.executable, "-B", str(check)], check=False).returncode == 0
            passed, failed = passed + ok, failed + (not ok)
    return passed, failed


def run_own_tests(wanted):
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{wanted}*"]
    suite = loader.discover(str(TOOLS / "tests"))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    return result.testsRun - failed - len(result.skipped), failed


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    os.chdir(TOOLS.parent)
    counts = [run_checks(wanted), run_own_tests(wanted)]
    sys.stdout.flush()
    passed, failed = (sum(column) for column in zip(*counts))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
