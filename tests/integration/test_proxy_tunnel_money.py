"""Money of the local proxy: after all that apps, proxies and relays do to each other both sides hold the same sums, and a channel never runs dry."""

import hashlib
import signal
import unittest
from decimal import Decimal

from ferry_test import HOST, Fountain, ProxyCase, pattern_bytes

MIB = 1 << 20
# Four chunks ahead and one of credit, at 200 BTT/MiB.
WINDOW = 5 * 50


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


class MoneyTest(ProxyCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.body = pattern_bytes(2 * MIB)
        self.origin.serve("/file", self.body, etag='"v1"', headers={"Cache-Control": "max-age=600"})
        self.echo = self.serve_tcp(echo)
        self.fountain = Fountain()
        self.addCleanup(self.fountain.close)

    def both_sides(self, data="client"):
        """(ours, theirs): the one channel as the client and as the relay has it."""
        ours = self.ferry("wallet", "channels", "--json", data=data).json()["channels"]
        theirs = self.relay_channels(self.relay)
        self.assertEqual((len(ours), len(theirs)), (1, 1))
        return ours[0], theirs[0]

    def assert_both_agree(self, kills=0):
        """What a tunnel carried cannot be carried again: of each kill one window may be lost, and of that some may not be adopted yet."""
        ours, theirs = self.both_sides()
        self.assertEqual(Decimal(theirs["ceiling"]), Decimal(ours["signed"]), "the relay holds another promise than the client signed")
        charged, confirmed, adopted = Decimal(theirs["charged"]), Decimal(ours["confirmed"]), Decimal(ours["adopted"])
        if kills == 0:
            self.assertEqual(charged, confirmed, "the relay charged something else than the client confirmed")
        self.assertGreaterEqual(charged, confirmed, "the client confirmed more than it was charged")
        self.assertLessEqual(charged - confirmed, WINDOW)
        self.assertLessEqual(adopted + charged - confirmed, kills * WINDOW)
        return confirmed, adopted

    def fetch(self, proxy):
        self.assertEqual(self.curl("-x", proxy.url, self.url(self.origin, "/file")), self.body)

    def read_tunnel(self, proxy, count):
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, self.fountain.port), 0)
        self.assertEqual(len(app.read(count)), count)
        return app

    def test_both_sides_agree_after_many_tunnels_and_fetches(self):
        proxy = self.start_proxy()
        for i in range(30):
            app = self.app(proxy)
            self.assertEqual(app.socks5(HOST, self.echo.port, early=b"%d" % i), 0)
            body = pattern_bytes(1000 * i)
            app.send(body)
            app.finish()
            self.assertEqual(app.read_to_end(), b"%d" % i + body)
            gone = self.read_tunnel(proxy, 50_000)
            gone.reset() if i % 2 else gone.close()
            if i % 10 == 0:
                self.fetch(proxy)
        proxy.wait_for_no_tunnels()
        proxy.wait_for(lambda _: self.relay.metrics()["ferry_relay_streams"] == 0, "the relay's streams end")
        charged = sum(Decimal(channel["charged"]) for channel in self.relay_channels(self.relay))
        proxy.wait_for(lambda status: Decimal(status["today"]["spent"]) >= charged, f"all {charged} BTT are counted")
        spent = proxy.spent()
        self.assertEqual(proxy.process.stop(), 0)
        confirmed, _ = self.assert_both_agree()
        self.assertEqual(confirmed, spent)
        print(f"    {confirmed} BTT", flush=True)

    def test_a_killed_proxy_loses_no_more_than_its_window(self):
        proxy = self.start_proxy()
        for _ in range(4):
            self.fetch(proxy)
            self.read_tunnel(proxy, 3 * MIB)
            half = self.app(proxy)
            self.assertEqual(half.socks5(HOST, self.echo.port), 0)
            half.send(bytes(300_000))
            half.read(100_000)
            proxy.process.kill()
            proxy = self.start_proxy(relay=self.relay)
        self.fetch(proxy)
        proxy.wait_for(lambda _: self.relay.metrics()["ferry_relay_streams"] == 0, "the relay's streams end")
        self.assertEqual(proxy.process.stop(), 0)
        confirmed, adopted = self.assert_both_agree(kills=4)
        print(f"    confirmed {confirmed}, adopted {adopted} BTT", flush=True)

    def test_a_killed_relay_and_a_proxy_that_goes_on_agree(self):
        proxy = self.start_proxy()
        where = self.relay.reference.split("@")[1]
        for _ in range(4):
            self.fetch(proxy)
            app = self.read_tunnel(proxy, 2 * MIB)
            self.relay.kill()
            self.relay.start("--listen", where)
            app.wait_closed()
        self.fetch(proxy)
        proxy.wait_for_no_tunnels()
        proxy.wait_for(lambda _: self.relay.metrics()["ferry_relay_streams"] == 0, "the relay's streams end")
        self.assertEqual(proxy.process.stop(), 0)
        self.assert_both_agree(kills=4)

    def test_a_small_deposit_is_topped_up_before_the_channel_runs_dry(self):
        proxy = self.start_proxy("--deposit", "250")
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, self.echo.port), 0)
        for i in range(8):
            self.fetch(proxy)
            piece = pattern_bytes(MIB, seed=str(i))
            app.send(piece[:MIB // 2])
            self.assertEqual(app.read(MIB // 2), piece[:MIB // 2])
        tunnel = self.read_tunnel(proxy, 8 * MIB)
        tunnel.close()
        app.close()
        self.assertGreater(proxy.spent(), 1000)
        proxy.wait_for_no_tunnels()
        proxy.wait_for(lambda _: self.relay.metrics()["ferry_relay_streams"] == 0, "the relay's streams end")
        self.assertEqual(proxy.process.stop(), 0)
        ours, _ = self.both_sides()
        self.assertGreater(Decimal(ours["deposited"]), 1000)
        self.assert_both_agree()

    def test_tunnels_cost_their_bytes(self):
        """100 BTT per MiB each way and a fee for each."""
        proxy = self.start_proxy()
        app = self.app(proxy)
        self.assertEqual(app.socks5(HOST, self.echo.port), 0)
        body = pattern_bytes(MIB // 4)
        app.send(body)
        app.finish()
        self.assertEqual(hashlib.sha256(app.read_to_end()).digest(), hashlib.sha256(body).digest())
        proxy.wait_for_no_tunnels()
        status = proxy.wait_for(lambda status: status["today"]["up_bytes"] == MIB // 4 == status["today"]["down_bytes"], "the last meter comes")
        self.assertEqual(Decimal(status["today"]["spent"]), Decimal(50) + 1)
        self.assertEqual([row["name"] for row in status["hosts_today"]], [HOST])

    def test_the_wallet_tells_what_the_proxy_spent(self):
        proxy = self.start_proxy()
        self.fetch(proxy)
        spent = proxy.spent()
        proxy.process.send(signal.SIGTERM)
        self.assertEqual(proxy.process.wait(), 0)
        shown = self.ferry("wallet", "show", "--json")
        self.assertEqual(shown.code, 0, shown)
        self.assertIn(str(spent), shown.stdout.decode())


if __name__ == "__main__":
    unittest.main()
