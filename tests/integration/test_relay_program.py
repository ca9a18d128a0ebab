"""ferry-relay as a program: what it refuses and how it says so, what it leaves behind, and how it ends."""

import re
import signal
import stat
import urllib.error
import urllib.request

from ferry_test import FerryCase
from ferry_test.programs import clean_environment, relay_program


class RelayProgramTest(FerryCase):
    def run_relay(self, *arguments, env=None):
        """Runs it to its end: its exit code and what it said."""
        process = self.start_process([relay_program(), *arguments], "refused", clean_environment(self.path("refused"), env))
        code = process.wait()
        return code, process.stderr()

    def assert_refused(self, code, pattern, *arguments, env=None):
        got, text = self.run_relay(*arguments, env=env)
        self.assertEqual(got, code, text)
        self.assertRegex(text, pattern)

    def test_a_wrong_command_line_or_configuration_ends_with_2_and_says_where(self):
        config = self.path("relay.toml")
        config.write_text('contact = "me"\nworkrs = 3\n')
        self.assert_refused(2, "say where the relay keeps its key", "--listen", "127.0.0.1:0")
        self.assert_refused(2, "no flag --lisen; did you mean --listen", "--lisen", "x")
        self.assert_refused(2, r"relay\.toml:2:1: there is no key \"workrs\"; did you mean \"workers\"", "--data", self.path("d"), "--config", config)
        self.assert_refused(2, "FERRY_LISTEN: a numeric address", "--data", self.path("d"), env={"FERRY_LISTEN": "nowhere"})
        self.assert_refused(2, "--ledger: a ledger is", "--data", self.path("d"), "--ledger", "paper")
        self.assertFalse(self.path("d").exists())

    def test_what_is_in_use_or_missing_ends_with_1_and_says_what_to_do(self):
        relay = self.start_relay()
        address = relay.reference.split("@")[1]
        self.assert_refused(1, "another ferry-relay is running on", "--data", relay.data)
        self.assert_refused(1, "cannot listen on .*choose another --listen|Choose another --listen", "--data", self.path("d"), "--listen", address)
        self.assert_refused(1, "cannot listen on .*choose another --admin", "--data", self.path("d"), "--admin", relay.admin.split("//")[1])
        self.assert_refused(1, "does not answer.*start the relay that keeps it first", "--data", self.path("d"), "--ledger", "ledger:http://127.0.0.1:1")
        self.path("file").write_text("")
        self.assert_refused(1, "choose another --data", "--data", self.path("file"))

    def test_secrets_are_private_and_must_stay_so(self):
        relay = self.start_relay()
        relay.stop()
        for name in ["identity.key", "admin-token", "certificate.pem", "journal"]:
            self.assertEqual(stat.S_IMODE((relay.data / name).stat().st_mode), 0o600, name)
        (relay.data / "identity.key").chmod(0o644)
        self.assert_refused(1, "chmod 600", "--data", relay.data)

    def test_a_damaged_journal_is_refused_and_left_as_it_was(self):
        relay = self.start_relay()
        relay.stop()
        journal = relay.data / "journal"
        damaged = b"X" + journal.read_bytes()[1:]
        journal.write_bytes(damaged)
        self.assert_refused(1, "journal", "--data", relay.data)
        self.assertEqual(journal.read_bytes(), damaged)

    def test_it_keeps_its_name_over_restarts_and_ends_with_0(self):
        relay = self.start_relay()
        reference = relay.reference
        for number in [signal.SIGTERM, signal.SIGINT]:
            relay.process.send(number)
            self.assertEqual(relay.process.wait(), 0)
            relay.start("--listen", reference.split("@")[1])
            self.assertEqual(relay.reference, reference)

    def test_the_admin_address_wants_its_token_and_its_own_name(self):
        relay = self.start_relay()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for headers, code in [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Host": "evil.example"}, 421)]:
            with self.subTest(headers), self.assertRaises(urllib.error.HTTPError) as refused:
                opener.open(urllib.request.Request(relay.admin + "/api/v1/status", headers=headers), timeout=20)
            self.assertEqual(refused.exception.code, code)
            refused.exception.close()

    def test_the_ledger_of_the_ready_line_is_one_that_another_relay_can_use(self):
        first = self.start_relay()
        ledger = first.ready["ledger"]
        self.assertTrue(re.fullmatch(r"ledger:https://127\.0\.0\.1:\d+\?pin=sha256//[A-Za-z0-9+/]{43}=", ledger), ledger)
        second = self.start_relay("--ledger", ledger, name="second")
        self.assertEqual(second.ready["ledger"], ledger)
        self.assertEqual(second.admin_text("/readyz").split()[0], "ok")
