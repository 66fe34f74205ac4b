"""What scenarios share: actors with deposits, pairs, marks, and keepers."""
import unittest

from reference import keeper
from reference.exact import F
from reference.exchange import Exchange
from reference.rules import Rules, without
from reference.state import Refused


class Stage:
    """An exchange whose actors' deposits are remembered, so that gains are what they end with beyond them."""

    def __init__(self, *prices, rules=Rules(), **options):
        self.ex = Exchange(prices, rules=rules, **options)
        self.put = {}

    def deposit(self, **amounts):
        for who, amount in amounts.items():
            self.put[who] = self.put.get(who, 0) + F(amount)
            self.ex.deposit(who, amount)
        return self

    def pair(self, m, long, short, lots):
        self.ex.trade(m, long, short, lots)
        return self

    def marks(self, *marks, slots=1):
        """Accepts one mark per market; None keeps the last."""
        self.ex.tick(slots, {m: F(mark) for m, mark in enumerate(marks) if mark is not None})
        return self

    def wait(self, slots=6):
        self.ex.tick(slots)
        return self

    def declare(self, *names):
        for who in names:
            self.ex.declare_bankruptcy(who)
        return self

    def keepers(self, rounds=12, sync=True):
        keeper.run(self.ex, rounds, sync=sync)
        return self

    def end(self):
        keeper.wind_down(self.ex)
        return self

    def gain(self, who):
        return self.ex.total_of(who) - self.put[who]

    def reports(self):
        return [report for report in self.ex.reports if report.deficit]


class Scenario(unittest.TestCase):
    """Asserts what holds with every rule, and the harm with a rule taken away."""

    def refused(self, verb, *args, because=None, **kwargs):
        with self.assertRaises(Refused) as caught:
            verb(*args, **kwargs)
        if because is not None:
            self.assertEqual(str(caught.exception), because)


__all__ = ["F", "Refused", "Rules", "Scenario", "Stage", "keeper", "without"]
