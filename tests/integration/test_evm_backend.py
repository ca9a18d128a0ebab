"""The EVM backend against a real node: every test case of test_evm_on_chain on a chain of its own, some with a second node or a misbehaving
proxy before it. The program is built with the others; ctest does not run it, because it needs the chain."""

import os
import subprocess

from ferry_test import FerryCase
from ferry_test.anvil import Anvil, build_contracts
from ferry_test.process import DEADLINE_SECONDS
from ferry_test.programs import build_dir, clean_environment
from ferry_test.rpc_proxy import RpcProxy

PROGRAM = build_dir() / "tests" / "chain" / "test_evm_on_chain"


class EvmBackendTest(FerryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        build_contracts()

    def start_chain(self):
        chain = Anvil(self.folder)
        self.addCleanup(chain.kill)
        self.contract = chain.deploy_contract()
        self.token = chain.deploy_token()
        chain.mine_only_when_told()
        proxy = RpcProxy(chain.url)
        self.addCleanup(proxy.close)
        return chain, proxy

    def run_case(self, name):
        chain, proxy = self.start_chain()
        environment = clean_environment(self.folder, {
            "FERRY_EVM_NODE": chain.url, "FERRY_EVM_PROXY": proxy.url, "FERRY_EVM_CONTRACT": self.contract["address"],
            "FERRY_EVM_CODE_HASH": self.contract["codeHash"], "FERRY_EVM_TOKEN": self.token})
        pattern = name.replace(",", "?")  # a comma would separate two patterns
        done = subprocess.run([str(PROGRAM), f"--test-case=evm: {pattern}", "--no-colors"], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=2 * DEADLINE_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-8000:])
        self.assertIn("1 passed", done.stdout, "no test case has this name")


def cases_of_program():
    listed = subprocess.run([str(PROGRAM), "--list-test-cases", "--no-colors"], env=dict(os.environ), stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=True).stdout
    return [line[len("evm: "):] for line in listed.splitlines() if line.startswith("evm: ")]


def add_tests():
    """One test for each case that the program lists; a program that is not there fails one test instead of passing none."""
    names = cases_of_program() if os.access(PROGRAM, os.X_OK) else ["the program is built"]
    for name in names:
        method = "test_" + "".join(character if character.isalnum() else "_" for character in name)
        setattr(EvmBackendTest, method, lambda self, name=name: self.run_case(name))


add_tests()
