"""tests/bench/run reads its command line; what it measures is run by hand."""

import os
import subprocess
import sys
import unittest

from ferry_test.programs import ROOT

RUN = ROOT / "tests" / "bench" / "run"


class BenchCommandLineTest(unittest.TestCase):
    def run_bench(self, *arguments):
        return subprocess.run([sys.executable, RUN, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=60, env={**os.environ, "COLUMNS": "200"})

    def test_the_program_can_be_started_by_its_name(self):
        self.assertTrue(os.access(RUN, os.X_OK))

    def test_help_names_every_bench_and_flag(self):
        result = self.run_bench("--help")
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ["cached", "cold", "vouchers", "idle", "payment", "restart-chain", "claims", "--quick", "--json", "--runs", "--build-dir"]:
            self.assertIn(word, result.stdout)

    def test_a_wrong_command_line_is_refused_before_anything_is_built(self):
        for arguments, named in [(["nosuch"], "'nosuch'"), (["--runs", "0"], "--runs"), (["--seconds", "soon"], "--seconds"),
                                 (["--sessions", "-1"], "--sessions"), (["--nosuch"], "--nosuch"), (["--json"], "--json")]:
            with self.subTest(arguments):
                result = self.run_bench(*arguments)
                self.assertEqual(result.returncode, 2, result)
                self.assertIn(named, result.stderr)
                self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main()
