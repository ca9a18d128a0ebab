import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "install_packages.sh"
LIST = """[build]
compiler    makes programs
[test]
runtime@ferry-run       runs them, perhaps from elsewhere
fetcher@ferry-fetch     fetches
compiler          again
"""


class InstallPackagesTest(unittest.TestCase):
    """The script in a folder of its own, with Debian's programs played by scripts."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copy(SCRIPT, self.root / "install_packages.sh")
        (self.root / "packages.txt").write_text(LIST)
        (self.root / "bin").mkdir()
        self.program("id", "echo 1000")
        self.program("apt-get", "exit 1")
        self.installed()

    def program(self, name, text):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def installed(self, *names):
        self.program("dpkg-query", f'for name; do :; done; case " {" ".join(names)} " in *" $name "*) echo installed ;; esac')

    def run_script(self, *sections):
        environment = {**os.environ, "PATH": f"{self.root / 'bin'}:/usr/bin:/bin"}
        ran = subprocess.run(["bash", str(self.root / "install_packages.sh"), *sections], env=environment, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stderr

    def test_names_what_is_missing_to_who_is_not_root(self):
        code, said = self.run_script("build", "test")
        self.assertEqual(code, 1)
        self.assertIn("--no-install-recommends compiler fetcher runtime\n", said)

    def test_a_command_from_elsewhere_stands_for_its_package(self):
        self.program("ferry-run", "")
        code, said = self.run_script("test")
        self.assertEqual(code, 1)
        self.assertIn("--no-install-recommends compiler fetcher\n", said)

    def test_so_does_the_package_itself(self):
        self.installed("compiler", "fetcher")
        self.program("ferry-run", "")
        self.assertEqual(self.run_script("build", "test"), (0, ""))

    def test_a_package_named_without_a_command_is_wanted_even_where_a_command_has_its_name(self):
        self.program("compiler", "")
        self.assertIn("compiler", self.run_script("build")[1])

    def test_an_unknown_section_is_an_error(self):
        code, said = self.run_script("games")
        self.assertNotEqual(code, 0)
        self.assertIn("[games]", said)


if __name__ == "__main__":
    unittest.main()
