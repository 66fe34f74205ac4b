"""One print is not a fact: a state is confirmed when it was observed at an earlier accepted mark, and holds now.

A keeper observes every account at each accepted mark, unless a tick says that nobody watched: then a clock lapses.
"""
from dataclasses import dataclass, replace

from reference import valuation
from reference.exact import bps
from reference.state import need


@dataclass(frozen=True)
class Clock:
    slot: int  # of the first observation, and its mark's publish time
    published: int
    seen: int  # slot of the last one
    observer: str | None  # who made the first one and is paid once it is confirmed


def holds(ex, who, state):
    """States: "distress" and "bankrupt" of an account, and (either, market) of an isolated position."""
    name, m = (state, None) if isinstance(state, str) else state
    if name == "distress":
        return valuation.in_distress(ex, who, m)
    return valuation.bankrupt(ex, who) if m is None else valuation.isolated_bankrupt(ex, who, m)


def states(ex, who):
    """A bankrupt account is in distress too."""
    yield "distress", valuation.in_distress(ex, who)
    yield "bankrupt", valuation.bankrupt(ex, who)
    for market, _ in valuation.legs(ex, who, isolated=True):
        for name in ("distress", "bankrupt"):
            yield (name, market.index), holds(ex, who, (name, market.index))


def observe(ex, who, observer=None):
    """Starts the clock of each state that holds, anew where nobody looked for long, and ends the clock of each that is
    cured.
    """
    ongoing = {}
    for state, ongoing_now in states(ex, who):
        if ongoing_now:
            clock = ex.clocks.get((who, state))
            fresh = clock is None or lapsed(ex, clock)
            ongoing[who, state] = (Clock(ex.slot, ex.published, ex.slot, observer) if fresh
                                   else replace(clock, seen=ex.slot))
    for key in [key for key in ex.clocks if key[0] == who]:
        del ex.clocks[key]
    ex.clocks.update(ongoing)


def watch(ex):
    """Keepers looked all the while until now."""
    for key, clock in ex.clocks.items():
        ex.clocks[key] = replace(clock, seen=ex.slot)
    for who in ex.accounts:
        observe(ex, who)


def lapsed(ex, clock):
    return ex.slot - clock.seen > ex.parameters.distress_ttl_slots


def confirmation(ex, who):
    """Longer while the spot of a market that counts is far from its average."""
    far = bps(ex.parameters.confirm_deviation_bps)
    owned = valuation.legs(ex, who) + valuation.legs(ex, who, isolated=True)
    if any(abs(market.mark - market.average) > far * market.average for market, _ in owned if market.usable):
        return ex.parameters.confirm_far_slots
    return ex.parameters.confirm_slots


def confirmed(ex, who, state):
    """The clock of a state that is confirmed to hold, or None."""
    clock = ex.clocks.get((who, state))
    if clock is None or lapsed(ex, clock) or not holds(ex, who, state):
        return None
    apart = confirmation(ex, who)
    if ex.slot - clock.slot < apart or (ex.rules.confirm_publish_times and ex.published - clock.published < apart):
        return None
    return clock


def need_confirmed(ex, who, state):
    clock = confirmed(ex, who, state)
    need(clock is not None, f"{state if isinstance(state, str) else state[0]} is not confirmed")
    return clock


def take_observer(ex, who, state):
    """Who made the first observation, to be paid once now that it is confirmed and acted on."""
    clock = ex.clocks.get((who, state))
    if clock is None:
        return None
    ex.clocks[who, state] = replace(clock, observer=None)
    return clock.observer
