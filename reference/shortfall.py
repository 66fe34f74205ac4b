"""What is missing on each side, what insurance holds against it, and on which side the rest falls."""
from reference import estates, insurance
from reference.exact import LONG, SHORT, SIDES, ZERO, above_zero, bps, positive


def under_water(market, side):
    """U: what the ladder sees beyond the mark."""
    short = ZERO
    for p in market.members(side):
        equity = market.key_equity(p)
        if above_zero(-equity):
            short -= equity
    return short


def shortfall(ex, market, side):
    """S: what is not declared yet, and what the estate lacks."""
    return under_water(market, side) + estates.lack(ex, market, side, elsewhere=False)


def uncollected_of(ex, market, position, spare=ZERO):
    """The part of a position's lack that is charges of its side's present event it could not pay (A80). The ladder sees
    it without its spare.
    """
    event = market.sides[position.side].event
    lack = positive(spare - market.equity(position))
    charged = abs(position.lots) * event.charged
    if not ex.rules.uncollected_is_what_lacked:
        return min(lack, charged)
    if event.furthest is None:
        return ZERO
    return min(lack, charged, positive(spare - (position.cash + position.lots * event.furthest)))


def uncollected(ex, market, side):
    of_estate = min(market.sides[side].estate.uncollected, estates.lack(ex, market, side, elsewhere=False))
    members = market.members(side) if market.sides[side].event.charged else ()
    return of_estate + sum((uncollected_of(ex, market, p, market.spare(p)) for p in members), ZERO)


def tolerance(ex, market):
    """Below this a rest counts as none, for h and for openings (A70)."""
    if not ex.rules.tolerance:
        return ZERO
    lots = market.tolerance_lots if ex.rules.tolerance_fixed else None
    return bps(ex.parameters.tolerance_bps) * market.mark * (market.open_interest() if lots is None else lots)


def rests(ex, market, at_worth=False):
    """What insurance does not cover, split between the sides in proportion to their shortfalls. `at_worth`: once estates
    had what other markets' events hold of theirs.
    """
    lacks = estates.lacks_at_worth(ex, market) if at_worth else estates.lacks(ex, market, elsewhere=False)
    seen = {side: under_water(market, side) for side in SIDES}
    short = {side: lacks[side] + seen[side] for side in SIDES}
    both = short[LONG] + short[SHORT]
    if not both:
        return {side: ZERO for side in SIDES}
    certain, lasting = insurance.certain(ex, market), insurance.lasting(ex, market)
    rest = max(ZERO, both - certain - lasting)
    if ex.rules.lasting_layers:  # an estate's lack is paid by what is pinned to it and by nothing else (A75)
        rest = max(rest, sum(lacks.values()) - certain)
    if rest < tolerance(ex, market):
        rest = ZERO
    return {side: rest * short[side] / both for side in SIDES}


def fall(ex, rest, own):
    """What falls on each side: the other side's rest beyond its own uncollected part, and a side's own uncollected
    part.
    """
    own = {side: min(rest[side], own[side]) if ex.rules.own_uncollected else ZERO for side in SIDES}
    return {side: rest[-side] - own[-side] + own[side] for side in SIDES}


def falls_on(ex, market):
    rest = rests(ex, market)
    if not any(rest.values()):
        return rest
    return fall(ex, rest, {side: uncollected(ex, market, side) if rest[side] else ZERO for side in SIDES})


def uninsured(ex, market):
    """Whether a gate stands closed: profit unlocks and insurance leaves only while insurance covers the shortfall
    (A63).
    """
    if ex.rules.gates_read_shortfall:
        return sum(rests(ex, market).values()) > 0
    seen = sum(under_water(market, side) for side in SIDES)
    return seen - insurance.certain(ex, market) - insurance.lasting(ex, market) > tolerance(ex, market)
