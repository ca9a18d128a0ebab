"""Relays that find each other in a DHT on loopback."""

import select
import time

from .case import FerryCase
from .process import DEADLINE_SECONDS


class DiscoveryCase(FerryCase):
    def start_finder(self, name, *bootstrap, flags=(), dht="127.0.0.1:0"):
        nodes = [part for node in bootstrap for part in ("--dht-bootstrap", node)]
        return self.start_relay("--dht", "true", "--dht-listen", dht, *nodes, *flags, name=name)

    def eventually(self, condition, what, deadline=DEADLINE_SECONDS):
        """Looks again and again until `condition` gives something true, and gives that."""
        end = time.monotonic() + deadline
        while not (found := condition()):
            if time.monotonic() > end:
                self.fail(f"not within {deadline} s: {what}")
            select.select([], [], [], 0.05)
        return found

    @staticmethod
    def met(relay):
        return relay.metrics()["ferry_relay_relays_met"]

    def listed(self, *flags, data="client"):
        result = self.ferry("relays", "--json", *flags, data=data)
        self.assertEqual(result.code, 0, result)
        return {entry["relay"]: entry for entry in result.json()["relays"]}
