"""One print is not a fact: a state is confirmed when it was observed at an earlier accepted mark, and holds now.

In the model a keeper observes every account at each accepted mark, so no clock lapses for want of an observation.
"""
from reference import valuation
from reference.state import need


def holds(ex, who, state):
    if state == "distress":
        return valuation.in_distress(ex, who)
    if state == "bankrupt":
        return valuation.bankrupt(ex, who)
    return valuation.isolated_bankrupt(ex, who, state)


def states(ex, who):
    """A bankrupt account is in distress too."""
    distress = valuation.in_distress(ex, who)
    yield "distress", distress
    yield "bankrupt", distress and valuation.bankrupt(ex, who)
    for market, _ in valuation.legs(ex, who, isolated=True):
        yield market.index, valuation.isolated_bankrupt(ex, who, market.index)


def observe(ex, who):
    """Starts the clock of each state that holds and ends the clock of each that is cured."""
    ongoing = {}
    for state, ongoing_now in states(ex, who):
        if ongoing_now:
            ongoing[who, state] = ex.clocks.get((who, state), (ex.slot, ex.published))
    for key in [key for key in ex.clocks if key[0] == who]:
        del ex.clocks[key]
    ex.clocks.update(ongoing)


def since(ex, who, state):
    """Slot since which a state is confirmed to hold, or None."""
    clock = ex.clocks.get((who, state))
    if clock is None or not holds(ex, who, state):
        return None
    slot, published = clock
    apart = ex.parameters.confirm_slots
    if ex.slot - slot < apart or (ex.rules.confirm_publish_times and ex.published - published < apart):
        return None
    return slot


def need_confirmed(ex, who, state):
    slot = since(ex, who, state)
    need(slot is not None, f"{state} is not confirmed")
    return slot
