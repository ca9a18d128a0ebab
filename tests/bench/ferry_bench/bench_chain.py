"""A relay whose channels lie in the contract on a chain: how long it takes to start, and what claims of many channels take."""

import time

from .bench_cached import running
from .chain import BenchChain
from .rounds import Row, say

RESTART_COUNTS, QUICK_RESTART_COUNTS = (1_000, 10_000, 100_000), (1_000,)
CLAIM_COUNT, QUICK_CLAIM_COUNT = 10_000, 500
FOR_EVER = "30d"
MIB = 2 ** 20
WAIT_SECONDS = 3600


def ends_within(server, seconds):
    try:
        server.process.wait(seconds)
    except AssertionError:
        return False
    return True


def restart(setting):
    """From the start of the process to ready with all channels open on anvil, whose time counts too: first everything is read, then what has changed."""
    rows = []
    for count in QUICK_RESTART_COUNTS if setting.quick else RESTART_COUNTS:
        whole, again, memory = (Row("restart-chain", f"{count:,} channels: {what}", unit, "none", more_is_better=False) for what, unit in [
            ("start that reads every one", "seconds"), ("start that goes on from a place", "seconds"), ("memory when it is ready", "MiB resident")])
        home = setting.path("restart-chain")
        home.mkdir()
        with running(BenchChain(setting)) as chain:
            chain.fill(setting, home, count)
            flags = ["--ledger", chain.ledger(), "--claim-interval", FOR_EVER]
            for row in [whole, *[again] * (min(setting.runs, 3) + 2)]:
                chain.anvil.ask("anvil_mine", "0x4")  # a place that the last run did not have
                began = time.monotonic()
                with running(setting.relay(home=home, flags=flags)) as relay:
                    row.ours.append(time.monotonic() - began)
                    memory.ours.append(relay.resident_bytes() / MIB)
                    if int(relay.metric("ferry_relay_channels")) != count:
                        raise RuntimeError("the relay does not know all channels")
        # What stands before the last place but one is not read: the first two of these starts note their places.
        del again.ours[:2]
        say(f"  {count:,} channels: {whole.ours[0]:.2f} s, then {again.ours[-1]:.2f} s, {memory.ours[-1]:.0f} MiB")
        rows += [whole, again, memory]
    return rows


def claims(setting):
    """Everything is claimed from many channels that owe 400 BTT each, and settled, on anvil with a block as soon as a transaction comes."""
    count = QUICK_CLAIM_COUNT if setting.quick else CLAIM_COUNT
    seconds, sent, gas, memory, cpu = (Row("claims", f"{count:,} channels: {what}", unit, "none", more_is_better=False) for what, unit in [
        ("until all is settled", "seconds"), ("transactions", "count"), ("gas of them", "per channel"), ("most memory of the relay", "MiB resident"),
        ("the relay's own time", "CPU seconds")])
    home = setting.path("claims")
    home.mkdir()
    with running(BenchChain(setting, flags=["--block-time", "1"])) as chain:
        address = chain.fill(setting, home, count, "--unclaimed")
        first = int(chain.anvil.ask("eth_blockNumber"), 16)
        flags = ["--ledger", chain.ledger(confirmations=0), "--claim-interval", "1s"]
        began = time.monotonic()
        with running(setting.relay(home=home, flags=flags)) as relay:
            while relay.metric('ferry_relay_btt{sum="claimed"}') < 400 * count or relay.metric('ferry_relay_btt{sum="unsettled"}') > 0:
                if time.monotonic() - began > WAIT_SECONDS:
                    raise RuntimeError("the claims do not come to an end")
                if ends_within(relay, 0.5):
                    raise RuntimeError(f"the relay ended: {relay.process.stderr()}")
            seconds.ours.append(time.monotonic() - began)
            memory.ours.append(relay.most_resident_bytes() / MIB)
            cpu.ours.append(relay.cpu_seconds())
        sent.ours.append(int(chain.anvil.ask("eth_getTransactionCount", address, "latest"), 16))
        gas.ours.append(chain.gas_since(first) / count)
    say(f"  {count:,} channels: {seconds.ours[0]:.1f} s, {sent.ours[0]} transactions, {gas.ours[0]:,.0f} gas each, {memory.ours[0]:.0f} MiB, {cpu.ours[0]:.1f} CPU s")
    return [seconds, sent, gas, memory, cpu]
