#!/usr/bin/env python3
"""Runs the integration tests: real processes on loopback. Last line: N passed, N failed.

usage: run.py [FILTER]     FERRY_BUILD_DIR names the build whose programs are tested (default build/dev)
"""

import faulthandler
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A test that takes longer hangs: its stack is printed and the run ends.
TEST_LIMIT_SECONDS = 300


class OneLinePerTest(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        faulthandler.dump_traceback_later(TEST_LIMIT_SECONDS, exit=True)

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say(test, "FAILED")

    def addError(self, test, err):
        super().addError(test, err)
        self.say(test, "FAILED")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, f"skipped: {reason}")

    def say(self, test, outcome):
        seconds = time.monotonic() - getattr(self, "began", time.monotonic())
        print(f"{test.id()}: {outcome} ({seconds:.2f} s)", flush=True)


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(HERE))
    loader = unittest.TestLoader()
    if wanted:
        loader.testNamePatterns = [f"*{wanted}*"]
    suite = loader.discover(str(HERE), pattern="test_*.py")
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=0, resultclass=OneLinePerTest)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors)
    passed = max(0, result.testsRun - failed - len(result.skipped))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
