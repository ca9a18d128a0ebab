"""Budgets of the local proxy: hard stops by hour, day and app, that survive a restart and say what to do."""

import signal
import unittest
from decimal import Decimal

from ferry_test import HOST, Fountain, ProxyCase, pattern_bytes

MIB = 1 << 20
NOT_ALLOWED = 2


class BudgetCase(ProxyCase):
    def setUp(self):
        super().setUp()
        self.origin = self.start_origin()
        self.origin.serve("/big", pattern_bytes(8 * MIB))
        self.fountain = Fountain()
        self.addCleanup(self.fountain.close)

    def drain(self, proxy, user=None, address=None):
        """Tunnels without end, until the proxy does not open one any more; gives the reply code of that one."""
        for _ in range(50):
            app = self.app(proxy) if address is None else self.app_at(address)
            code = app.socks5(HOST, self.fountain.port, user=user)
            if code != 0:
                return code
            app.wait_closed()
        self.fail("fifty tunnels were opened one after the other, and the budget was not reached")

    def app_at(self, place):
        host, port = place.rsplit(":", 1)
        proxy = type("Proxy", (), {"address": (host, int(port))})
        return self.app(proxy)

    def get(self, proxy, *flags):
        """(status, body) of a large page."""
        done = self.curl("-x", proxy.url, "-w", "%{http_code}", *flags, self.url(self.origin, "/big"), code=None)
        return done.stdout[-3:].decode(), done.stdout[:-3]

    def budget(self, proxy, name):
        return next(budget for budget in proxy.status()["budgets"] if budget["name"] == name)


class PeriodTest(BudgetCase):
    def stops(self, flag, name, period):
        relay = self.start_exit()
        proxy = self.start_proxy(flag, "500", relay=relay)
        self.assertEqual(self.curl("-x", proxy.url, "-r", "0-99", self.url(self.origin, "/big")), pattern_bytes(8 * MIB)[:100])
        # 8 MiB cost more: it breaks off, or does not begin.
        done = self.curl("-x", proxy.url, "-o", "/dev/null", "-f", self.url(self.origin, "/big"), code=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.drain(proxy), NOT_ALLOWED)
        status, page = self.get(proxy)
        self.assertEqual(status, "402", page)
        self.assertIn("budget_reached", page.decode())
        self.assertIn(f"--budget-per-{period}", page.decode(), "the page does not name the flag that raises the limit")
        place = f"{HOST}:{self.fountain.port}"
        refused = self.app(proxy).ask(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n")
        self.assertEqual((refused.status, refused.headers["ferry-error"]), (402, "budget_reached"), refused)
        state = self.budget(proxy, name)
        self.assertTrue(state["reached"], state)
        self.assertLessEqual(Decimal(state["spent"]), 500)
        self.assertGreater(Decimal(state["spent"]), 400)
        self.assertIn("is reached", proxy.get("/")[1])
        return relay, proxy, state

    def test_an_hour_is_a_hard_stop(self):
        self.stops("--budget-per-hour", "this hour", "hour")

    def test_a_day_is_a_hard_stop_and_survives_a_restart_and_a_crash(self):
        relay, proxy, state = self.stops("--budget-per-day", "today", "day")
        self.assertEqual(proxy.process.stop(), 0)
        proxy = self.start_proxy("--budget-per-day", "500", relay=relay)
        self.assertEqual(self.budget(proxy, "today")["spent"], state["spent"])
        self.assertEqual(self.drain(proxy), NOT_ALLOWED)
        proxy.process.send(signal.SIGKILL)
        proxy.process.wait()
        larger = self.start_proxy("--budget-per-day", "5000", relay=relay)
        self.assertGreaterEqual(Decimal(self.budget(larger, "today")["spent"]), Decimal(state["spent"]))
        self.assertEqual(self.get(larger), ("200", pattern_bytes(8 * MIB)))


class AppTest(BudgetCase):
    def test_an_app_is_known_by_its_user_name(self):
        proxy = self.start_proxy("--app-budget", "alice=100", "--budget-per-app", "300")
        self.assertEqual(self.drain(proxy, user="alice"), NOT_ALLOWED)
        self.assertLessEqual(Decimal(self.budget(proxy, "alice")["spent"]), 100)
        self.assertEqual(self.curl("-x", proxy.url, "-U", "bob:x", "-r", "0-99", self.url(self.origin, "/big")), pattern_bytes(8 * MIB)[:100])
        status, page = self.get(proxy, "-U", "alice:x")
        self.assertEqual(status, "402", page)
        self.assertIn("app", page.decode())
        self.assertEqual(self.drain(proxy, user="bob"), NOT_ALLOWED)
        self.assertGreater(Decimal(self.budget(proxy, "bob")["spent"]), 200)
        self.assertEqual(self.app(proxy).socks5(HOST, self.fountain.port, user="carol"), 0)
        self.assertIn("alice", proxy.get("/")[1])

    def test_an_app_is_known_by_the_port_it_comes_to(self):
        proxy = self.start_proxy("--budget-per-app", "100", listen=("127.0.0.1:0", "127.0.0.1:0"))
        first, second = proxy.places
        self.assertEqual(self.drain(proxy, address=first), NOT_ALLOWED)
        self.assertEqual(self.app_at(second).socks5(HOST, self.fountain.port), 0)
        apps = {row["name"] for row in proxy.status()["apps_today"]}
        self.assertIn("port " + first.rsplit(":", 1)[1], apps)

    def test_the_budget_of_the_whole_proxy(self):
        proxy = self.start_proxy("--budget", "200")
        self.assertEqual(self.drain(proxy), NOT_ALLOWED)
        self.assertEqual(self.get(proxy)[0], "402")
        self.assertLessEqual(proxy.spent(), 200)

    def test_a_price_above_the_users_limit(self):
        proxy = self.start_proxy("--max-price", "0.5")
        self.assertEqual(self.app(proxy).socks5(HOST, self.fountain.port), NOT_ALLOWED)
        status, page = self.get(proxy)
        self.assertEqual(status, "402", page)
        self.assertIn("--max-price", page.decode())
        self.assertEqual(proxy.spent(), 0)

    def test_an_empty_wallet(self):
        proxy = self.start_proxy("--faucet", "false")
        self.assertEqual(self.app(proxy).socks5(HOST, self.fountain.port), NOT_ALLOWED)
        status, page = self.get(proxy)
        self.assertEqual(status, "402", page)
        self.assertIn("ferry wallet deposit", page.decode())


if __name__ == "__main__":
    unittest.main()
