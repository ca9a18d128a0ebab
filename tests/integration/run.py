#!/usr/bin/env python3
"""Runs the integration tests: real processes on loopback, the classes of tests on several workers, as most of them wait most of the time.
Last line: N passed, N failed.

usage: run.py [FILTER]     FERRY_BUILD_DIR names the build whose programs are tested (default build/dev)
"""

import ctypes
import faulthandler
import io
import os
import signal
import sys
import time
import unittest
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A test that takes longer hangs: its stack is printed and its worker ends, and with it the run.
TEST_LIMIT_SECONDS = 300
# They wait for a chain's blocks and a relay's next step: begun first, so that none is left alone at the end.
SLOW_MODULES = ("test_relay_settles_on_chain", "test_examples", "test_relay_on_chain", "test_proxy_tunnel")


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


def tests_of(wanted):
    loader = unittest.TestLoader()
    if wanted:
        loader.testNamePatterns = [f"*{wanted}*"]
    return loader.discover(str(HERE), pattern="test_*.py")


def cases_in(suite):
    for entry in suite:
        if isinstance(entry, unittest.TestSuite):
            yield from cases_in(entry)
        else:
            yield entry


def class_name(test):
    return f"{type(test).__module__}.{type(test).__qualname__}"


def run_class(name, wanted):
    """In a worker: the tests of one class. (passed, failed, what there is to tell of failures)."""
    suite = unittest.TestSuite(test for test in cases_in(tests_of(wanted)) if class_name(test) == name)
    text = io.StringIO()
    result = unittest.TextTestRunner(stream=text, verbosity=0, resultclass=OneLinePerTest).run(suite)
    failed = len(result.failures) + len(result.errors)
    return max(0, result.testsRun - failed - len(result.skipped)), failed, text.getvalue() if failed else ""


def end_with_the_run():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(HERE))
    names = list(dict.fromkeys(class_name(test) for test in cases_in(tests_of(wanted))))
    names.sort(key=lambda name: not name.startswith(SLOW_MODULES))
    passed = failed = 0
    troubles = []
    with ProcessPoolExecutor(max(2, min(4, os.cpu_count() or 2)), initializer=end_with_the_run) as workers:
        for done in as_completed([workers.submit(run_class, name, wanted) for name in names]):
            try:
                well, badly, trouble = done.result()
            except Exception as error:  # pylint: disable=broad-except  # a worker that died takes the others' classes with it: told below
                well, badly, trouble = 0, 1, f"a worker ended: {error}\n"
            passed, failed = passed + well, failed + badly
            troubles += [trouble] if trouble else []
    print("\n".join(dict.fromkeys(troubles)), flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
