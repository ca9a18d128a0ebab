"""Interleaved runs and what is kept of them."""

import statistics
import sys
import time


class Row:
    """One line of the table: the same thing measured of ours and of a peer."""

    def __init__(self, bench, what, unit, peer_name, more_is_better=True):
        self.bench, self.what, self.unit, self.peer_name, self.more_is_better = bench, what, unit, peer_name, more_is_better
        self.ours, self.peer = [], []

    @staticmethod
    def _median(values):
        return statistics.median(values) if values else None

    def as_dict(self):
        ours, peer = self._median(self.ours), self._median(self.peer)
        return {"bench": self.bench, "what": self.what, "unit": self.unit, "peer_name": self.peer_name,
                "more_is_better": self.more_is_better, "ours": ours, "peer": peer,
                "ratio": ours / peer if ours is not None and peer else None, "ours_runs": self.ours, "peer_runs": self.peer}


def say(text):
    print(text, file=sys.stderr, flush=True)


def interleave(runs, sides):
    """Calls each side once per round, in turn; a round that starts with another side each time."""
    for number in range(runs):
        turn = number % len(sides)
        for side in sides[turn:] + sides[:turn]:
            side()
