"""Seeded random histories: every invariant after every step, and how often each part of the waterfall occurred.

`python3 -m reference.histories --count 1000` plays seeds 0 to 999; `--seed N --count 1` replays one.
"""
import argparse
import random
import sys
import time
from collections import Counter

from reference import fund, invariants, keeper, resolution, valuation
from reference.exact import F, SIDES
from reference.exchange import Exchange
from reference.state import Refused
from reference.themes import THEMES

COUNTED = ("sale", "pinned layer", "allowance", "last resort", "unfunded", "two-sided", "forced resolution", "isolated",
           "uncollected", "event end", "liquidated", "deleveraged early", "settled", "gift")


def theme_of(seed):
    return THEMES[seed % len(THEMES)]


class History:
    """One history. `trace` prints each step; `builder` names the theme and gets what builds its exchange."""

    def __init__(self, seed, trace=False, builder=lambda theme: Exchange):
        self.rng, self.trace = random.Random(seed), trace
        theme = theme_of(seed)
        self.build_exchange = builder(theme.__name__)
        self.begin = theme(self)

    def build(self, *arguments, **parameters):
        self.ex = self.build_exchange(*arguments, **parameters)

    def play(self):
        """Returns what occurred."""
        self.begin(self)
        for more in range(self.rng.randint(1, 3)):
            for _ in range(self.rng.randint(1, 4)):
                self.act()
            self.keepers(self.rng.randint(1, 3))
            if more:
                self.move_marks()
        keeper.wind_down(self.ex, self.rng)
        invariants.check(self.ex)
        # On a grid, who has less than a step waits for a liquidator, and h stands till then.
        if not self.ex.parameters.grid:
            invariants.check_ended(self.ex)
        invariants.check_reports(self.ex.reports)
        invariants.check_favorable(self.ex)
        return self.occurred()

    def occurred(self):
        ex = self.ex
        drawn = {"pinned layer": "layers", "allowance": "allowance", "last resort": "last_resort"}
        names = {name for name, count in ex.counts.items() if count}
        return names | {name for name, tier in drawn.items() if ex.drawn[tier]}

    @property
    def names(self):
        return self.ex.accounts

    def fund(self, name, amount):
        self.step(self.ex.deposit, name, amount)

    def move_marks(self):
        marks = {m: market.mark * F(self.rng.randint(80, 122), 100) for m, market in self.ex.markets.items()
                 if market.usable and not market.settled and self.rng.random() < 0.7}
        paying = [m for m in marks if self.rng.random() < 0.15]
        funding = {m: self.ex.markets[m].mark * F(self.rng.randint(-2, 2), 100) for m in paying}
        self.step(self.ex.tick, self.rng.choice((1, 1, 3, 6)), marks, funding)

    # --- acts

    def act(self):
        acts = (self.close_pair, self.sync, self.trade, self.withdraw, self.deposit, self.liquidate, self.buy,
                self.wait, self.declare, self.resolve)
        self.rng.choices(acts, (5, 6, 2, 2, 1, 3, 3, 3, 3, 3))[0]()

    def step(self, verb, *args):
        """One instruction, refused or done, and every invariant after it."""
        before, ex = self.ex.copy(), self.ex
        if self.trace:
            print(ex.slot, verb.__name__, *args)
        try:
            verb(*args)
        except Refused as refusal:
            if self.trace:
                print("   refused:", refusal)
            return
        invariants.check(ex)
        if verb.__name__ != "tick":
            invariants.check_charges(before, ex)
            invariants.check_bystanders(before, ex, args)
            invariants.check_flat(before, ex, args)
        if verb.__name__ in ("liquidate", "deleverage_account"):
            invariants.check_health(before, ex, args[0], args[-2] if verb.__name__ == "liquidate" else args[1])
        if verb.__name__ == "sync_account":
            invariants.check_touched(ex, args[0])

    def market(self):
        return self.rng.choice(list(self.ex.markets.values()))

    def close_pair(self):
        """A long and a short that can close do, wholly or in part."""
        market = self.market()
        pair = [[p for p in market.members(side) if self.may_close(market, p)] for side in SIDES]
        if market.usable and all(pair):
            long, short = map(self.rng.choice, pair)
            lots = min(abs(long.lots), abs(short.lots)) * self.rng.choice((F(1), F(1, 2)))
            self.step(self.ex.trade, market.index, short.owner, long.owner, lots)

    def may_close(self, market, position):
        return market.equity(position) >= 0 and valuation.worth(self.ex, position.owner) >= 0

    def sync(self):
        self.step(self.ex.sync_account, self.rng.choice(self.names))

    def trade(self):
        """Whoever builds an opening funds an insured estate first; some forget."""
        buyer, seller = self.rng.sample(self.names, 2)
        market = self.market()
        if fund.unfunded(self.ex, market) and self.rng.random() < 0.7:
            self.step(self.ex.fund_estate, market.index)
        self.step(self.ex.trade, market.index, buyer, seller, self.rng.randint(1, 15))

    def withdraw(self):
        self.step(self.ex.withdraw, self.rng.choice(self.names), self.rng.randint(1, 300))

    def deposit(self):
        self.step(self.ex.deposit, self.rng.choice(self.names), self.rng.randint(1, 60))

    def liquidate(self):
        victim, taker = self.rng.sample(self.names, 2)
        self.step(self.ex.liquidate, victim, taker, self.market().index, self.rng.randint(1, 20))

    def buy(self):
        for market in self.ex.markets.values():
            for side in SIDES:
                lots = abs(market.sides[side].estate.lots)
                if lots:
                    share = self.rng.choice((F(1), F(1, 2)))
                    self.step(self.ex.buy_from_estate, self.rng.choice(self.names), market.index, side, lots * share)

    def wait(self):
        self.step(self.ex.tick, self.rng.choice((1, 3, 5, 6)))

    def declare(self):
        due = [work for work in keeper.due(self.ex) if work[0].__name__.startswith("declare")]
        if len(due) > 1:
            invariants.check_commute(self.ex, *due[:2])
        for verb, args in due:
            self.step(verb, *args)

    def resolve(self):
        for m, market in self.ex.markets.items():
            if resolution.waits_for(self.ex, market) is None:
                self.step(self.ex.resolve_estate, m)

    def keepers(self, rounds):
        """Keepers have a while; some work is left undone."""
        for _ in range(rounds):
            self.step(self.ex.tick, self.rng.choice((5, 6)))
            for verb, args in keeper.due(self.ex):
                if self.rng.random() < 0.8:
                    self.step(verb, *args)


def play_all(seeds, trace=False):
    """Counts of histories in which each thing occurred, and the failures by seed."""
    occurred, failures = Counter(), []
    for seed in seeds:
        try:
            occurred.update(History(seed, trace).play())
        except (AssertionError, ArithmeticError) as failure:
            failures.append((seed, failure))
    return occurred, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    began = time.time()
    print(f"histories: seeds {options.seed} to {options.seed + options.count - 1}")
    occurred, failures = play_all(range(options.seed, options.seed + options.count), options.trace)
    for name in COUNTED + tuple(sorted(set(occurred) - set(COUNTED))):
        print(f"  {name:20} {occurred[name]:6}")
    for seed, failure in failures[:20]:
        print(f"  FAILED: python3 -m reference.histories --seed {seed} --count 1 --trace: {failure!r}")
    print(f"{options.count - len(failures)} passed, {len(failures)} failed, {time.time() - began:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
