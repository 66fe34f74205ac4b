"""Fresh profit is not money yet: two parts, old and new, that unlock linearly by a clock that stands while a shortfall
is not insured.
"""
from reference import recovery
from reference.exact import F, ONE, ZERO
from reference.state import VestingBucket


def add(ex, market, who, amount):
    """An addition joins the new part, whose end is never earlier than its newest money's (A52)."""
    if amount <= 0:
        return
    if not ex.rules.profit_vests:
        recovery.credit(ex, who, market.index, amount)
        return
    unlock(ex, market, who)
    buckets = ex.vesting.setdefault((who, market.index), [])
    start, end = market.vesting_clock, market.vesting_clock + ex.parameters.profit_vesting_slots
    units = amount / market.vesting_index
    if len(buckets) < 2:
        buckets.append(VestingBucket(units, start, end))
    else:
        buckets[1] = VestingBucket(buckets[1].units + units, start, end)


def unlock(ex, market, who):
    """Moves what has vested into free cash."""
    buckets = ex.vesting.pop((who, market.index), [])
    for bucket in buckets:
        share = min(ONE, F(market.vesting_clock - bucket.start) / (bucket.end - bucket.start))
        recovery.credit(ex, who, market.index, bucket.units * share * market.vesting_index)
        bucket.units *= 1 - share
        bucket.start = market.vesting_clock
    buckets = [bucket for bucket in buckets if bucket.units > 0]
    if buckets:
        ex.vesting[who, market.index] = buckets


def take_own(ex, who, amount):
    """An account's own vesting profit pays first for its positions under water, of its markets in proportion, what is
    free soonest first; returns what it had.
    """
    worth = {m: sum((b.units for b in buckets), ZERO) * ex.markets[m].vesting_index
             for (owner, m), buckets in ex.vesting.items() if owner == who}
    whole = sum(worth.values(), ZERO)
    taken = min(amount, whole)
    for m, there in worth.items() if taken else ():
        left, buckets = taken * there / whole / ex.markets[m].vesting_index, ex.vesting[who, m]
        for bucket in buckets:
            part = min(left, bucket.units)
            bucket.units -= part
            left -= part
        ex.vesting[who, m] = [bucket for bucket in buckets if bucket.units > 0]
    return taken


def take_all(ex, who):
    """Everything a declared account has vesting."""
    money = ZERO
    for key in [key for key in ex.vesting if key[0] == who]:
        money += sum((b.units * ex.markets[key[1]].vesting_index for b in ex.vesting.pop(key)), ZERO)
    return money


def total(ex, market):
    units = sum((b.units for (_, m), buckets in ex.vesting.items() if m == market.index for b in buckets), ZERO)
    return units * market.vesting_index


def haircut(ex, market, amount):
    """What a side cannot pay falls on the market's vesting profit, every owner's alike."""
    whole = total(ex, market)
    paid = min(whole, amount)
    if paid and paid == whole:
        for key in [key for key in ex.vesting if key[1] == market.index]:
            del ex.vesting[key]
        market.vesting_index = ONE
    elif paid:
        market.vesting_index *= 1 - paid / whole
    return paid
