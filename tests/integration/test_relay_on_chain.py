"""A relay whose ledger is a contract on a chain: the program itself, and every test case of test_relay_on_chain on a chain of its own."""

import json
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from ferry_test import FerryCase
from ferry_test.anvil import BTTC, Anvil, build_contracts
from ferry_test.process import DEADLINE_SECONDS
from ferry_test.programs import build_dir, clean_environment, relay_program
from ferry_test.rpc_proxy import RpcProxy

PROGRAM = build_dir() / "tests" / "chain" / "test_relay_on_chain"
NATIVE = "0x0000000000000000000000000000000000001010"


class ChainCase(FerryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        build_contracts()

    def start_chain(self):
        chain = Anvil(self.folder)
        self.addCleanup(chain.kill)
        self.contract = chain.deploy_contract()
        chain.ask("anvil_mine", "0x5")  # confirmations
        return chain


class SettlementOnChainTest(ChainCase):
    def run_case(self, name):
        chain = self.start_chain()
        token = chain.deploy_token()
        chain.mine_only_when_told()
        proxy = RpcProxy(chain.url)
        self.addCleanup(proxy.close)
        environment = clean_environment(self.folder, {
            "FERRY_EVM_NODE": chain.url, "FERRY_EVM_PROXY": proxy.url, "FERRY_EVM_CONTRACT": self.contract["address"],
            "FERRY_EVM_CODE_HASH": self.contract["codeHash"], "FERRY_EVM_TOKEN": token})
        pattern = name.replace(",", "?")  # a comma would separate two patterns
        done = subprocess.run([str(PROGRAM), f"--test-case=relay: {pattern}", "--no-colors"], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=4 * DEADLINE_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-8000:])
        self.assertIn("1 passed", done.stdout, "no test case has this name")


def cases_of_program():
    listed = subprocess.run([str(PROGRAM), "--list-test-cases", "--no-colors"], env=dict(os.environ), stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=True).stdout
    return [line[len("relay: "):] for line in listed.splitlines() if line.startswith("relay: ")]


def add_tests():
    """One test for each case that the program lists; a program that is not there fails one test instead of passing none."""
    names = cases_of_program() if os.access(PROGRAM, os.X_OK) else ["the program is built"]
    for name in names:
        method = "test_" + "".join(character if character.isalnum() else "_" for character in name)
        setattr(SettlementOnChainTest, method, lambda self, name=name: self.run_case(name))


add_tests()


class RelayProgramOnChainTest(ChainCase):
    def start_node(self, chain):
        """A proxy before the chain: unlike anvil it takes any path, as a provider's address has one, with its customer's key in it."""
        node = RpcProxy(chain.url)
        self.addCleanup(node.close)
        return node

    def ledger(self, *nodes, **options):
        told = {"contract": self.contract["address"], "token": NATIVE, "start-block": self.contract["block"], "confirmations": 2, **options}
        return "evm:" + ",".join(f"{node.url}/secret-path" for node in nodes) + "?" + "&".join(f"{name}={value}" for name, value in told.items())

    def run_relay(self, *arguments, data="other"):
        """Runs it to its end: its exit code, output and log."""
        command = [relay_program(), *map(str, arguments), "--data", str(self.path(data))]
        done = subprocess.run(command, env=clean_environment(self.path(data)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE_SECONDS, check=False)
        return done.returncode, done.stdout, done.stderr

    def api(self, relay, path, method="GET"):
        token = (relay.data / "admin-token").read_text().strip()
        request = urllib.request.Request(relay.admin + path, method=method, headers={"Authorization": f"Bearer {token}"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=DEADLINE_SECONDS) as answer:
            return json.load(answer)

    def call_ledger(self, relay):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        request = urllib.request.Request("https://" + relay.reference.split("@")[1] + "/ledger/v1/info", b"{}", {"Content-Type": "application/json"})
        try:
            with opener.open(request, timeout=DEADLINE_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)

    def test_what_it_says_serves_and_keeps(self):
        chain = self.start_chain()
        node = self.start_node(chain)
        relay = self.start_relay("--ledger", self.ledger(node), "--beneficiary", "0x" + "ab" * 20)
        self.assertEqual(relay.ready["ledger_name"], "bttc")
        self.assertIn(self.contract["address"].lower(), relay.ready["ledger"].lower())
        self.assertNotIn("secret-path", json.dumps(relay.ready))
        status = self.api(relay, "/api/v1/status")
        self.assertEqual((status["ledger_name"], status["ledger"]), ("bttc", relay.ready["ledger"]))
        self.assertNotIn("secret-path", json.dumps(status) + relay.admin_text("/"))
        self.assertEqual(status["beneficiary"].lower(), "0x" + "ab" * 20)

        # Its own account is empty: it sells, and says what it lacks.
        ready = relay.admin_text("/readyz")
        self.assertTrue(ready.startswith("ok\n"), ready)
        self.assertIn("fee money is low", ready)
        self.assertEqual(relay.metrics()["ferry_relay_fee_money_low"], 1.0)

        # Who speaks to the ledger through it is told where to go instead.
        self.assertEqual(self.call_ledger(relay)["error"]["code"], "ledger_on_chain")

        # The commands ask the relay that runs, and read the same from its directory when it is gone.
        running = json.loads(self.run_relay("earnings", "--json", data="relay")[1])
        self.assertEqual((running["ledger_name"], running["fees_paid"], running["settled"]), ("bttc", "0", "0"))
        code, text, log = self.run_relay("settle", "--dry-run", data="relay")
        self.assertEqual(code, 0, log)
        self.assertIn("claims: 0 of 0", text)
        self.assertIn("settle: 0 now", text)
        relay.kill()
        stopped = json.loads(self.run_relay("earnings", "--json", data="relay")[1])
        for name in ["earned", "promised", "claimable", "claimed", "unsettled", "settled", "fees_paid", "written_off", "beneficiary", "ledger_name"]:
            self.assertEqual(stopped[name], running[name], name)
        code, text, log = self.run_relay("settle", "--ledger", self.ledger(node), "--beneficiary", "0x" + "ab" * 20, data="relay")
        self.assertEqual(code, 0, log)
        self.assertIn("settled", text)

        # Its books are about this ledger and no other.
        code, _, log = self.run_relay("--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", data="relay")
        self.assertEqual(code, 1, log)
        self.assertRegex(log, "belongs to the ledger bttc .*embedded.*a --data of its own")
        relay.start()
        self.assertEqual(relay.ready["ledger_name"], "bttc")

    def test_a_chain_that_is_not_the_right_one_ends_it_with_1_and_says_why(self):
        chain = self.start_chain()
        node = self.start_node(chain)
        for options, pattern in [({"chain-id": BTTC + 1}, "chain"), ({"code-hash": "0x" + "11" * 32}, "code"), ({"contract": "0x" + "22" * 20}, "contract")]:
            with self.subTest(options):
                code, out, log = self.run_relay("--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ledger", self.ledger(node, **options))
                self.assertEqual((code, out), (1, ""), log)
                self.assertRegex(log, f"the chain cannot be used: .*{pattern}")
                self.assertNotIn("secret-path", log)
        chain.kill()
        code, _, log = self.run_relay("--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ledger", self.ledger(node))
        self.assertEqual(code, 1, log)
        self.assertRegex(log, "the chain cannot be used: ")

    def wait_until_not_ready(self, relay):
        """What /readyz says, once settlement has taken its next step."""
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            try:
                relay.admin_text("/readyz")
            except urllib.error.HTTPError as refused:
                self.assertEqual(refused.code, 503)
                with refused:
                    return refused.read().decode()
        raise AssertionError("the relay stays ready")

    def test_nodes_that_disagree_stop_the_sale_and_it_says_so(self):
        chain = self.start_chain()
        proxy = self.start_node(chain)
        relay = self.start_relay("--claim-interval", "1s", "--ledger", self.ledger(proxy, self.start_node(chain)))
        self.assertTrue(relay.admin_text("/readyz").startswith("ok\n"))
        chain.ask("anvil_setBalance", relay.reference.split("@")[0][len("ferry://"):], hex(10**18))
        chain.ask("anvil_mine", "0x5")
        proxy.set_mode("rich")
        text = self.wait_until_not_ready(relay)
        self.assertIn("ledger out of sight", text)
        self.assertIn("chain_disagrees", text)

    def test_without_a_relay_there_are_no_earnings(self):
        code, _, log = self.run_relay("earnings", data="nothing")
        self.assertEqual(code, 1)
        self.assertIn("no relay has run on", log)
        code, _, log = self.run_relay("earnings", "--dry-run", data="nothing")
        self.assertEqual(code, 2)
        self.assertIn("belongs to ferry-relay settle", log)
