"""The examples do what they say, as a newcomer would build and run them: with a C compiler, with Python, with the header and the library."""

import json
import os
import subprocess
import sys
import unittest

from ferry_test import FerryCase, pattern_bytes
from ferry_test.programs import ROOT, build_dir, clean_environment

LIBRARIES = build_dir() / "client"


class ExamplesTest(FerryCase):
    def setUp(self):
        super().setUp()
        self.body = pattern_bytes(1_000_000)
        self.origin = self.start_origin()
        self.origin.serve("/file", self.body)
        self.relay = self.start_relay()

    def run_example(self, command):
        environment = clean_environment(self.folder, {"LD_LIBRARY_PATH": str(LIBRARIES)})
        arguments = [self.origin.url("/file"), str(self.path("out")), self.relay.reference, str(self.path("wallet"))]
        done = subprocess.run([*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertEqual(self.path("out").read_bytes(), self.body)
        self.assertEqual(json.loads(done.stdout)["bytes"], len(self.body))

    def test_fetch_url_in_c(self):
        program = self.path("fetch_url")
        subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pthread", "-I", str(ROOT / "client" / "include"), "-o", str(program),
                        str(ROOT / "examples" / "fetch_url.c"), "-L", str(LIBRARIES), "-lferry"], check=True, env=dict(os.environ))
        self.run_example([str(program)])

    def test_fetch_url_in_python(self):
        self.run_example([sys.executable, str(ROOT / "examples" / "fetch_url.py")])


if __name__ == "__main__":
    unittest.main()
