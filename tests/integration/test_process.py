"""The harness starts, waits for and ends processes, and says what went wrong."""

import json
import os
import signal
import sys
from unittest import mock

from ferry_test import FerryCase, ProcessError

READY = '{"event":"ready","pid":1}'
WAIT_FOR_A_SIGNAL = "import signal; signal.pause()"


class ProcessTest(FerryCase):
    def python(self, code):
        return self.start_process([sys.executable, "-c", code])

    def test_the_ready_line_is_read_although_the_program_goes_on(self):
        process = self.python(f"print('{READY}', flush=True); {WAIT_FOR_A_SIGNAL}")
        self.assertEqual(process.wait_ready()["event"], "ready")
        self.assertTrue(process.is_running())
        self.assertEqual(process.stop(), -signal.SIGTERM)

    def test_lines_after_the_ready_line_are_kept(self):
        process = self.python(f"print('{READY}'); print('second')")
        process.wait_ready()
        self.assertEqual(process.read_line(), "second")
        self.assertEqual(process.wait(), 0)

    def test_a_program_that_stays_silent_is_an_error_with_its_standard_error(self):
        process = self.python(f"import sys; print('why', file=sys.stderr, flush=True); {WAIT_FOR_A_SIGNAL}")
        with self.assertRaisesRegex(ProcessError, r"no line within 0.5 s \(running\)"):
            process.wait_ready(deadline=0.5)

    def test_a_program_that_dies_first_is_an_error_with_its_standard_error(self):
        with self.assertRaisesRegex(ProcessError, "ended its output.*(?s:.*)no such relay"):
            self.python("raise SystemExit('no such relay')").wait_ready()

    def test_another_first_line_is_an_error(self):
        for line in ["hello", "3", '{"event":"started"}']:
            with self.subTest(line), self.assertRaisesRegex(ProcessError, "no ready line"):
                self.python(f"print('{line}')").wait_ready()

    def test_output_that_nobody_reads_does_not_block_the_end(self):
        process = self.python(f"print('{READY}'); print('x' * 1_000_000)")
        process.wait_ready()
        self.assertEqual(process.wait(), 0)

    def test_a_program_that_does_not_end_is_an_error(self):
        process = self.python(f"print('{READY}', flush=True); {WAIT_FOR_A_SIGNAL}")
        process.wait_ready()
        with self.assertRaisesRegex(ProcessError, "still running"):
            process.wait(deadline=0.05)
        process.kill()
        self.assertFalse(process.is_running())


class ProgramsTest(FerryCase):
    """With scripts in the place of the programs: what the harness itself adds."""

    def setUp(self):
        super().setUp()
        variables = mock.patch.dict(os.environ, FERRY_BUILD_DIR=str(self.path("build")), FERRY_BUDGET="1",
                                    http_proxy="http://127.0.0.1:9")
        variables.start()
        self.addCleanup(variables.stop)

    def install(self, path, code):
        program = self.path("build") / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!{sys.executable}\nimport json, os, signal, sys\n{code}\n", encoding="utf-8")
        program.chmod(0o755)

    def test_a_command_runs_on_its_own_data_without_settings_of_the_tester(self):
        self.install("client/ferry", "print(json.dumps({'arguments': sys.argv[1:], 'env': dict(os.environ)}))")
        seen = self.ferry("get", "http://x/", "--json", env={"FERRY_VERIFY": "relay"}).json()
        self.assertEqual(seen["arguments"], ["get", "http://x/", "--json", "--data", str(self.path("client"))])
        self.assertEqual([name for name in sorted(seen["env"]) if name.startswith("FERRY_")], ["FERRY_VERIFY"])
        self.assertNotIn("http_proxy", seen["env"])

    def test_exit_code_and_output_of_a_command_are_kept_apart(self):
        self.install("client/ferry", "print('out'); sys.exit('err')")
        result = self.ferry("quote")
        self.assertEqual((result.code, result.stdout, result.stderr), (1, b"out\n", "err\n"))
        with self.assertRaisesRegex(AssertionError, "no JSON"):
            result.json()

    def test_a_command_that_hangs_is_an_error(self):
        self.install("client/ferry", "signal.pause()")
        with self.assertRaisesRegex(ProcessError, "ferry get was still running"):
            self.ferry("get", deadline=0.5)

    def test_a_relay_is_started_from_its_ready_line_and_restarted_on_its_data(self):
        self.install("relay/ferry-relay", "\n".join([
            "open(sys.argv[sys.argv.index('--data') + 1] + '/starts', 'a').write('x')",
            "print(json.dumps({'event': 'ready', 'relay': f'ferry://0xab@127.0.0.1:{os.getpid()}', 'admin': 'http://a',"
            " 'arguments': sys.argv[1:]}), flush=True)",
            "signal.pause()"]))
        relay = self.start_relay("--log-level", "debug")
        first = relay.reference
        self.assertEqual(first, f"ferry://0xab@127.0.0.1:{relay.process.pid}")
        relay.kill()
        relay.restart()
        self.assertNotEqual(relay.reference, first)
        self.assertEqual((relay.data / "starts").read_text(), "xx")

    def test_a_relay_that_does_not_start_says_why(self):
        self.install("relay/ferry-relay", "sys.exit('the port is taken')")
        with self.assertRaisesRegex(ProcessError, "the port is taken"):
            self.start_relay()

    def test_metrics_are_read_by_name_and_labels(self):
        origin = self.start_origin()
        origin.serve("/metrics", b'# HELP x y\nferry_relay_chunks_total{from="cache"} 3\nferry_relay_up 1\n')
        ready = json.dumps({"event": "ready", "relay": "ferry://0xab@127.0.0.1:1", "admin": origin.url("")})
        self.install("relay/ferry-relay", f"print('''{ready}''', flush=True); signal.pause()")
        self.assertEqual(self.start_relay().metrics(),
                         {'ferry_relay_chunks_total{from="cache"}': 3.0, "ferry_relay_up": 1.0})
