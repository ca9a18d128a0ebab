"""A relay whose ledger is a contract on a chain: the program itself, and every test case of test_relay_on_chain on a chain of its own."""

import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from ferry_test import FerryCase
from ferry_test.anvil import BTTC, Anvil, build_contracts
from ferry_test.chain_program import ChainProgramCase
from ferry_test.process import DEADLINE_SECONDS
from ferry_test.programs import clean_environment, relay_program
from ferry_test.rpc_proxy import RpcProxy

NATIVE = "0x0000000000000000000000000000000000001010"


class RelayOnChainCase(FerryCase):
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


class SettlementOnChainTest(ChainProgramCase):
    program = "test_relay_on_chain"
    prefix = "relay: "

    def prepare(self, chain):
        chain.ask("anvil_mine", "0x5")  # confirmations


SettlementOnChainTest.add_cases()


class RelayProgramOnChainTest(RelayOnChainCase):
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

    def test_a_watchtower_starts_takes_only_rows_and_ends(self):
        chain = self.start_chain()
        ledger = self.ledger(self.start_node(chain))
        code, _, log = self.run_relay("watchtower", "--listen", "127.0.0.1:0", "--ledger", ledger)
        self.assertEqual(code, 2, log)
        self.assertIn("--watch-relay ADDRESS", log)
        command = [relay_program(), "watchtower", "--listen", "127.0.0.1:0", "--data", self.path("tower"), "--ledger", ledger, "--watch-relay", "0x" + "12" * 20]
        tower = self.start_process(command, "tower", clean_environment(self.path("tower")))
        url = tower.wait_ready()["watchtower"]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url + "/healthz", timeout=DEADLINE_SECONDS) as answer:
            self.assertEqual(answer.read(), b"ok\n")
        with opener.open(urllib.request.Request(url + "/watchtower/v1/rows", b"\x90"), timeout=DEADLINE_SECONDS) as answer:
            self.assertEqual(answer.status, 204)
        for body in [b"", b"\xff" * 100, b"\x91\x95\xc0", b"\xdd\xff\xff\xff\xff"]:
            with self.subTest(body), self.assertRaises(urllib.error.HTTPError) as refused:
                opener.open(urllib.request.Request(url + "/watchtower/v1/rows", body, method="POST"), timeout=DEADLINE_SECONDS)
            self.assertEqual(refused.exception.code, 400)
            refused.exception.close()
        # Its directory is no relay's.
        relay = self.start_relay("--ledger", ledger, "--watchtower", url)
        self.assertTrue(relay.admin_text("/readyz").startswith("ok\n"))
        self.assertEqual(tower.stop(), 0)
        code, _, log = self.run_relay("--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ledger", ledger, data="tower")
        self.assertEqual(code, 1, log)
        self.assertIn("a --data of its own", log)

    def test_without_a_relay_there_are_no_earnings(self):
        code, _, log = self.run_relay("earnings", data="nothing")
        self.assertEqual(code, 1)
        self.assertIn("no relay has run on", log)
        code, _, log = self.run_relay("earnings", "--dry-run", data="nothing")
        self.assertEqual(code, 2)
        self.assertIn("belongs to ferry-relay settle", log)
