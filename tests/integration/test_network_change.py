"""A device that goes from one network to another while its proxy runs."""

import json
import unittest

from ferry_test import HOST, OtherMachine, Proxy, ProxyCase, cannot_be_made, client_program
from ferry_test.programs import clean_environment


@unittest.skipIf(cannot_be_made(), cannot_be_made())
class NetworkChangeTest(ProxyCase):
    def test_the_proxy_goes_on_by_the_other_way(self):
        phone = OtherMachine()
        self.addCleanup(phone.close)
        origin = self.start_origin()
        origin.serve("/", b"hello")
        relay = self.start_exit("--listen", f"{phone.here}:0")
        data = self.path("client")
        command = phone.command(client_program(), "proxy", "--listen", "127.0.0.1:0", "--relay", relay.reference, "--data", data)
        proxy = Proxy(self.start_process(command, "client-proxy", clean_environment(data)))

        def fetch():
            url = f"http://{HOST}:{origin.port}/"
            done = self.run_client(*phone.command("curl", "-q", "-sS", "--max-time", "50", "--proxytunnel", "-x", proxy.url, url))
            self.assertEqual(done.stdout, b"hello", done.stderr)

        fetch()
        phone.take_other_way()
        # Without a word of anybody, a connection would stay for two minutes.
        fetch()
        done = self.run_client(*phone.command("curl", "-q", "-sS", proxy.url + "/status.json"))
        self.assertEqual(json.loads(done.stdout)["relays"][0]["connected"], True)
