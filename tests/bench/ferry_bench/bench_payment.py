"""What paying costs: the share of a relay's CPU time that goes to the journal and to checking vouchers, in bulk."""

import json
import subprocess

from . import machine
from .bench_cached import CLIENT_PREPAY, check_cached, running
from .loads import Load
from .rounds import Row, interleave, say
from .setting import LARGE

KINDS = ((16, CLIENT_PREPAY), (16, 64), (1, CLIENT_PREPAY))


def used(before, after):
    """What each thread gained between two looks."""
    return {thread: value - before.get(thread, 0) for thread, value in after.items()}


def seconds_per_check(setting):
    command = ["taskset", "-c", str(setting.server_core), setting.program("check_vouchers"), "--seconds", "0.5"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    return 1 / json.loads(done.stdout)["check"]


def shares(setting, relay, connections, prepay):
    """Of the CPU time of one run, in percent: the journal's thread, and the vouchers that came times what checking one costs."""
    command = [setting.program("load_relay"), "--relay", relay.reference, "--ledger", relay.ledger, "--seconds", setting.seconds,
               "--url", f"http://127.0.0.1:{setting.origin().port}/keep/{LARGE}", "--connections", connections, "--prepay", prepay]
    check = seconds_per_check(setting)
    with Load(setting.load_core, command) as load:
        load.warm()
        cpu_before, written_before = machine.thread_seconds(relay.pid), machine.thread_written(relay.pid)
        load.go()
        result = check_cached(load.result())
        cpu = used(cpu_before, machine.thread_seconds(relay.pid))
        written = used(written_before, machine.thread_written(relay.pid))
    total = sum(cpu.values())
    # Served from memory, only the journal's thread writes to files; what leaves by sockets is not counted as written.
    journal = cpu[max(written, key=written.get)] / total
    checks = result["vouchers"] * check / total
    say(f"  {connections} connections, prepay {prepay}: journal {journal:.1%}, checks {checks:.1%}; {result['vouchers']} vouchers for "
        f"{result['hits']} chunks, {total / max(result['hits'], 1) * 1e6:.0f} us of CPU per chunk")
    return 100 * journal, 100 * checks


def payment(setting):
    rows = {kind: [Row("payment", f"64 MiB object, {kind[0]} connections, prepay {kind[1]} chunks: {part}", "% of the relay's CPU time", "none",
                       more_is_better=False) for part in ("the journal's thread", "checking vouchers")] for kind in KINDS}
    with running(setting.relay()) as relay:
        setting.fill_cache(relay, f"/keep/{LARGE}")

        def measure(kind):
            for row, share in zip(rows[kind], shares(setting, relay, *kind)):
                row.ours.append(share)

        interleave(setting.runs, [lambda kind=kind: measure(kind) for kind in KINDS])
    return [row for pair in rows.values() for row in pair]
