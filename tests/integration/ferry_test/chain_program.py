"""Test cases of a C++ program that need a chain: each becomes a test of its own, on a chain of its own, with a proxy before its node."""

import os
import subprocess

from .anvil import Anvil, build_contracts
from .case import FerryCase
from .process import DEADLINE_SECONDS
from .programs import build_dir, clean_environment
from .rpc_proxy import RpcProxy


class ChainProgramCase(FerryCase):
    """A class of tests names `program`, a file in the build's tests/chain/, and `prefix`, how the names of its test cases begin; then add_cases()."""

    program = prefix = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        build_contracts()

    @classmethod
    def path_of_program(cls):
        return build_dir() / "tests" / "chain" / cls.program

    @classmethod
    def add_cases(cls):
        """A program that is not there fails one test instead of passing none."""
        names = cls._listed() if os.access(cls.path_of_program(), os.X_OK) else ["the program is built"]
        for name in names:
            method = "test_" + "".join(character if character.isalnum() else "_" for character in name)
            setattr(cls, method, lambda self, name=name: self.run_case(name))

    @classmethod
    def _listed(cls):
        done = subprocess.run([str(cls.path_of_program()), "--list-test-cases", "--no-colors"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=True)
        return [line[len(cls.prefix):] for line in done.stdout.splitlines() if line.startswith(cls.prefix)]

    def run_case(self, name):
        chain = Anvil(self.folder)
        self.addCleanup(chain.kill)
        contract, token = chain.deploy_contract(), chain.deploy_token()
        self.prepare(chain)
        chain.mine_only_when_told()
        proxy = RpcProxy(chain.url)
        self.addCleanup(proxy.close)
        environment = clean_environment(self.folder, {
            "FERRY_EVM_NODE": chain.url, "FERRY_EVM_PROXY": proxy.url, "FERRY_EVM_CONTRACT": contract["address"],
            "FERRY_EVM_CODE_HASH": contract["codeHash"], "FERRY_EVM_TOKEN": token})
        pattern = name.replace(",", "?")  # a comma would separate two patterns
        done = subprocess.run([str(self.path_of_program()), f"--test-case={self.prefix}{pattern}", "--no-colors"], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=4 * DEADLINE_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-8000:])
        self.assertIn("1 passed", done.stdout, "no test case has this name")

    def prepare(self, chain):
        """Before blocks are made only when the program says so."""
