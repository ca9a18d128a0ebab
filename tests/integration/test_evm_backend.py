"""The EVM backend against a real node: every test case of test_evm_on_chain on a chain of its own, some with a second node or a misbehaving
proxy before it. The program is built with the others; ctest does not run it, because it needs the chain."""

from ferry_test.chain_program import ChainProgramCase


class EvmBackendTest(ChainProgramCase):
    program = "test_evm_on_chain"
    prefix = "evm: "


EvmBackendTest.add_cases()
