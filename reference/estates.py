"""One estate per market side: the only bankrupt that keepers look at, however many were declared."""
from reference.exact import EPS, F, SIDES, ZERO, positive
from reference.state import Estate


def equity(market, side):
    """Cash and lots at the mark, without the held money the estate owns."""
    estate = market.sides[side].estate
    return estate.cash + estate.lots * market.price(side)


def lack(ex, market, side, elsewhere=True):
    """What the estate lacks at the mark. Held money it owns counts: it returns to the estate or pays what it lacks
    (A77). For h and gates it does only where it is held here, not `elsewhere`.
    """
    own = equity(market, side)
    if own >= -EPS:
        return ZERO
    return positive(-own - owned(ex, market, side, elsewhere))


def owned(ex, market, side, elsewhere=True):
    """Held money an estate owns: here at its worth; in other markets, which an instruction may not see, at what it was
    worth when it became the estate's. There a resolution may charge it, and what it takes is missing here: whoever
    leaves before that must leave his part of it behind.
    """
    counted = elsewhere or not ex.rules.held_elsewhere_may_be_charged
    mine = [e for e in ex.held if e.owner == (market.index, side) and (counted or e.market == market.index)]
    return sum((ex.held_value(e) if e.market == market.index else e.entered for e in mine), ZERO)


def lacks(ex, market, elsewhere=True):
    return {side: lack(ex, market, side, elsewhere) for side in SIDES}


def lacks_at_worth(ex, market):
    """The same with all held money at what it is worth now: what a resolution, which sees those markets, pays and charges."""
    held = {side: ex.held_of((market.index, side)) for side in SIDES}
    return {side: positive(-equity(market, side) - held[side]) for side in SIDES}


def surplus(ex, market):
    """What estates have beyond their lots' worth: the first insurance (A73)."""
    if not ex.rules.estate_surplus_first:
        return ZERO
    return sum((positive(equity(market, side)) for side in SIDES), ZERO)


def stands(market):
    """Whether an estate of the market is open."""
    return any(side.estate.opened is not None for side in market.sides.values())


def enter(ex, market, position, uncollected):
    """A declared position, lots and cash, becomes the estate's of its side."""
    estate = market.sides[position.side].estate
    lots = abs(position.lots)
    advance_clock(ex, estate, lots)
    if estate.first is None:
        estate.first = ex.slot
    estate.uncollected += uncollected
    estate.lots += position.lots
    estate.cash += position.cash
    estate.entered += lots
    del market.positions[position.owner]


def advance_clock(ex, estate, lots):
    """The sale's clock is the lots-weighted mean of its declarations, at most four sale windows back (A65)."""
    if estate.opened is None:
        estate.opened = F(ex.slot)
    elif ex.rules.weighted_sale_clock:
        there = abs(estate.lots)
        opened = max(estate.opened, F(ex.slot - 4 * ex.parameters.sale_slots))
        estate.opened = (opened * there + ex.slot * lots) / (there + lots) if there + lots else F(ex.slot)


def close(market, side, lots, way):
    """Estate lots leave at the mark; `way` is the counter they leave by."""
    estate = market.sides[side].estate
    estate.cash += side * lots * market.price(side)
    estate.lots -= side * lots
    setattr(estate, way, getattr(estate, way) + lots)


def cross(market):
    """The two estates close against each other at the mark."""
    lots = min(abs(side.estate.lots) for side in market.sides.values())
    for side in SIDES:
        close(market, side, lots, "crossed")


def reopen(ex, market):
    """Leftover lots reopen at the resolution's slot."""
    for side in market.sides.values():
        if side.estate.opened is not None:
            side.estate.opened, side.estate.first = F(ex.slot), ex.slot


def try_end(market):
    """An estate ends only without lots and with cash of zero or more, which is then the cover's."""
    for side in market.sides.values():
        estate = side.estate
        if abs(estate.lots) <= EPS and estate.cash >= -EPS and (estate.opened is not None or estate.cash):
            market.cover += positive(estate.cash)
            side.estate = Estate()
    if not stands(market):
        for layer in market.layers:
            layer.pinned = False
