"""The fund around the waterfall: what insured estates lack is paid at once, income, epochs, stakers' exits."""
from reference import estates, holdback, insurance, shortfall
from reference.exact import SIDES, ZERO
from reference.state import need


def unfunded(ex, market):
    """Whether estates lack what insurance could pay now: it covers both shortfalls."""
    lacks = estates.lacks(ex, market)
    if not ex.rules.fund_insured_at_once or not any(lacks.values()):
        return False
    seen = sum(shortfall.under_water(market, side) for side in SIDES)
    return sum(lacks.values()) + seen <= insurance.certain(ex, market)


def fund_insured(ex, market):
    """Pays what estates lack while insurance covers both shortfalls, so that an insured estate is never short for long
    (A78).
    """
    if not unfunded(ex, market):
        return
    lacks = estates.lacks(ex, market)
    insurance.pass_surplus(ex, market)
    insurance.draw(ex, market, lacks, (insurance.draw_cover, insurance.draw_layers))
    for side in SIDES:
        if lacks[side]:
            market.sides[side].estate.first = ex.slot


def waits(ex, m):
    """Whether ended events hold something of a market's estates."""
    mine = [e for e in ex.held if isinstance(e.owner, tuple) and e.owner[0] == m]
    return any(ex.pages.get((e.market, e.side, e.list_number)) for e in mine)


def stands_for_others(ex, market):
    """Whether a holdback stands for nothing but what events elsewhere hold of the market's estates."""
    standing = market.usable and any(shortfall.rests(ex, market).values())
    return standing and not any(shortfall.rests(ex, market, at_worth=True).values())


def crossed(ex, m):
    """What living events hold of a market's estates while both markets' holdbacks stand for such money alone: two estates
    that own money in each other's events would keep both alive for ever (I11).
    """
    mine = [e for e in ex.held if isinstance(e.owner, tuple) and e.owner[0] == m and e.market != m]
    living = [e for e in mine if e.list_number == ex.side(e.market, e.side).event.list_number and ex.held_value(e)]
    if not living or not stands_for_others(ex, ex.markets[m]):
        return []
    return [e for e in living if stands_for_others(ex, ex.markets[e.market])]


def take_crossed(ex, entries):
    """Hands over what a living event holds of an estate's, at its worth: nothing is missing in either market."""
    for entry in entries:
        event, amount = ex.side(entry.market, entry.side).event, ex.held_value(entry)
        event.held -= amount
        ex.held = [e for e in ex.held if e is not entry]
        holdback.give_back(ex, [entry], amount, event.index)


def fund_estate(ex, m):
    """Permissionless: cures `EstateUnfunded`; whoever builds an opening sends it first. Collects what ended events of other
    markets hold of the estates, and what living ones do where that is all they live for.
    """
    due = crossed(ex, m)
    need(due or waits(ex, m) or unfunded(ex, ex.markets[m]), "no insured estate lacks")
    take_crossed(ex, due)
    for side in SIDES:
        holdback.collect(ex, (m, side))
    fund_insured(ex, ex.markets[m])


def earn(ex, m, amount):
    """Income of a market serves what is unfunded first; I16: later deposits never do. The rest reaches the common fund. What
    underwriters and stakers earn of it is beside the model.
    """
    market, amount = ex.markets[m], ex.number(amount)
    ex.outside += amount
    left = insurance.serve_unfunded(market, amount)
    ex.common += left
    market.earned += left


def refill_cover(ex, m):
    """Once per epoch of its cover a market sets aside at most what reached the fund from it (A17)."""
    market = ex.markets[m]
    added = min(market.earned, ex.common)
    early = market.refilled is not None and ex.slot < market.refilled + ex.parameters.cover_epoch_slots
    need(added and not early, "nothing to set aside")
    market.refilled = ex.slot
    market.earned -= added
    market.cover += added
    ex.common -= added


def begin_epoch(ex):
    for market in ex.markets.values():
        market.allowance = market.weight * ex.common


def missing(ex, market):
    """A market's shortfall; with the rule of A63 taken away, only what the ladder sees of it."""
    if ex.rules.gates_read_shortfall:
        return sum(shortfall.shortfall(ex, market, side) for side in SIDES)
    return sum(shortfall.under_water(market, side) for side in SIDES)


def unstake(ex, amount):
    """Stakers' money leaves only as far as what remains covers every market's shortfall (A63): all of them, and each market's
    beyond what pays for certain there without any other's cover.
    """
    amount = ex.number(amount)
    need(amount <= ex.common, "more than the fund")
    short = {market.index: missing(ex, market) for market in ex.markets.values()}
    uncovered = sum(max(ZERO, short[m] - insurance.certain(ex, market)) for m, market in ex.markets.items())
    own = ex.common + sum(market.cover for market in ex.markets.values())
    need(ex.common - amount >= uncovered and own - amount >= sum(short.values()), "the fund covers a shortfall")
    ex.common -= amount
    ex.outside -= amount
