"""Reserve adequacy: what a move of x would leave uninsured. It refuses orders; it never guards a market (A67)."""
from reference.exact import SIDES, ZERO, bps, positive


def gap(ex, market):
    """The larger shortfall at P * (1 -/+ x), estates included, beyond what insurance could pay; zero where it is off.
    """
    move = ex.parameters.adequacy_move_bps
    if move is None:
        return ZERO
    reserve = market.cover + min(market.allowance, ex.common) + sum(layer.amount for layer in market.layers)
    return max(short_at(market, side, move) for side in SIDES) - reserve


def short_at(market, side, move):
    by = -side * market.mark * bps(move)
    at = market.price(side) + by
    estate = market.sides[side].estate
    seen = sum((positive(-(p.cash + p.lots * at)) for p in market.members(side)), ZERO)
    return seen + positive(-(estate.cash + estate.lots * at))


def look(ex, market):
    """At an accepted mark, only with the rule taken away: an inadequate reserve guards the market."""
    market.guarded = not ex.rules.adequacy_refuses and gap(ex, market) > 0
