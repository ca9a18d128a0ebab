"""The examples do what they say, as a newcomer would build and run them, and an app outside the repository can use what is installed."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from ferry_test import FerryCase, pattern_bytes
from ferry_test.programs import ROOT, build_dir, clean_environment

LIBRARIES = build_dir() / "client"
CONSUMER = ROOT / "tests" / "consumer"
# An app takes the header as it is: its own warnings must not find anything there.
COMPILER = ["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread"]


def run(command, environment=None, limit=120):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, check=False,
                          env=environment)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout.decode()[-4000:]}\n{done.stderr.decode()[-4000:]}")
    return done.stdout.decode()


def install(prefix):
    """What was built, under `prefix`; gives the directory of the libraries, whose name a distribution may choose."""
    run(["cmake", "--install", build_dir(), "--prefix", prefix])
    return next(prefix.rglob("ferry.pc")).parents[1]


class ExamplesTest(FerryCase):
    def setUp(self):
        super().setUp()
        self.body = pattern_bytes(1_000_000)
        self.origin = self.start_origin()
        self.origin.serve("/file", self.body)
        self.relay = self.start_relay()

    def run_example(self, command):
        environment = clean_environment(self.folder, {"LD_LIBRARY_PATH": str(LIBRARIES)})
        output = run([*command, self.origin.url("/file"), self.path("out"), self.relay.reference, self.path("wallet")], environment, 60)
        self.assertEqual(self.path("out").read_bytes(), self.body)
        self.assertEqual(json.loads(output)["bytes"], len(self.body))

    def compile(self, source):
        program = self.path("program")
        run([*COMPILER, "-I", ROOT / "client" / "include", "-o", program, source, "-L", LIBRARIES, "-lferry"], dict(os.environ))
        return program

    def test_fetch_url_in_c(self):
        self.run_example([self.compile(ROOT / "examples" / "fetch_url.c")])

    def test_three_relays(self):
        output = run([sys.executable, ROOT / "examples" / "three_relays" / "run.py", "--build", build_dir()], clean_environment(self.folder))
        self.assertIn("the file is right and the lie was not paid", output)

    def test_fetch_url_in_python(self):
        self.run_example([sys.executable, ROOT / "examples" / "fetch_url.py"])

    def test_the_program_in_the_sdk_guide(self):
        guide = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
        source = self.path("guide.c")
        source.write_text(re.search(r"```c\n(.*?)```", guide, re.DOTALL)[1], encoding="utf-8")
        self.run_example([self.compile(source)])


class OnChainTest(FerryCase):
    def test_the_sums_agree(self):
        output = run([sys.executable, ROOT / "examples" / "on-chain" / "run.py", "--build", build_dir()], clean_environment(self.folder))
        self.assertIn("every unit is accounted for", output)


class InstalledTest(FerryCase):
    """Each test is one way to link that docs/sdk.md names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="ferry-prefix-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = Path(folder.name)
        cls.libraries = install(cls.prefix)

    def check_consumer(self, program, extra=None):
        output = run([program, self.path("wallet")], clean_environment(self.folder, extra))
        self.assertRegex(output, r"^libferry \d+\.\d+\.\d+\n$")
        self.assertEqual(self.path("wallet").stat().st_mode & 0o777, 0o700)

    def pkg_config(self, *flags):
        environment = dict(os.environ, PKG_CONFIG_LIBDIR=str(self.libraries / "pkgconfig"))  # no package but ours is needed
        return shlex.split(run(["pkg-config", *flags, "ferry"], environment))

    def test_find_package(self):
        build = self.path("build")
        run(["cmake", "-G", "Ninja", "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}"])
        run(["cmake", "--build", build])
        self.check_consumer(build / "consumer")

    def test_pkg_config(self):
        run([*COMPILER, "-o", self.path("consumer"), CONSUMER / "main.c", *self.pkg_config("--cflags", "--libs")])
        self.check_consumer(self.path("consumer"), {"LD_LIBRARY_PATH": str(self.libraries)})

    def test_compiler_alone(self):
        run([*COMPILER, "-I", self.prefix / "include", "-o", self.path("consumer"), CONSUMER / "main.c", "-L", self.libraries,
             f"-Wl,-rpath,{self.libraries}", "-lferry"])
        self.check_consumer(self.path("consumer"))

    def test_static_archive(self):
        beside = [flag for flag in self.pkg_config("--libs", "--static") if flag != "-lferry"]
        run([*COMPILER, *self.pkg_config("--cflags"), "-c", "-o", self.path("main.o"), CONSUMER / "main.c"])
        # Without our warnings: an archive of link-time code is compiled here.
        run(["cc", "-pthread", "-o", self.path("consumer"), self.path("main.o"), self.libraries / "libferry.a", *beside])
        self.check_consumer(self.path("consumer"))

    def test_the_program_finds_its_library(self):
        self.assertIn("ferry", run([self.prefix / "bin" / "ferry", "--version"], clean_environment(self.folder)))


if __name__ == "__main__":
    unittest.main()
