"""Tier 2: cover, layers, allowance; and at the very end the last resort. What self-dealing can take is bounded by
these.
"""
from reference import estates
from reference.exact import F, SIDES, ZERO, positive
from reference.state import Layer


def live_layers(ex, market, slots=0):
    return [layer for layer in market.layers if layer.amount > 0 and layer.until >= ex.slot + slots]


def pinned_layers(market):
    return [layer for layer in market.layers if layer.pinned and layer.amount > 0]


def certain(ex, market):
    """A: positive estate equity, cover, and the layers that are pinned."""
    return estates.surplus(ex, market) + market.cover + sum((layer.amount for layer in pinned_layers(market)), ZERO)


def lasting(ex, market):
    """B: unpinned layers that outlast a resolution; with the rule of A75 taken away, every live layer."""
    slots = ex.parameters.resolve_wait_slots + ex.parameters.confirm_slots if ex.rules.lasting_layers else 0
    return sum((layer.amount for layer in live_layers(ex, market, slots) if not layer.pinned), ZERO)


def for_openings(ex, market):
    """Cover, and the layers that last long enough for a newcomer (I16)."""
    layers = live_layers(ex, market, ex.parameters.open_layer_slots)
    return market.cover + sum((layer.amount for layer in layers), ZERO)


def offer_layer(ex, m, amount, until):
    """An underwriter's layer, outside money that stands until its slot, or until the estates it is pinned to end."""
    ex.markets[m].layers.append(Layer(ex.number(amount), until))
    ex.outside += ex.number(amount)


def pin_layers(ex, market):
    """The layers live when the first of the market's two estates opens stand for both."""
    for layer in live_layers(ex, market):
        layer.pinned = True


def pass_surplus(ex, market):
    """Positive estate equity passes to the cover before any other tier pays."""
    if not ex.rules.estate_surplus_first:
        return
    for side in SIDES:
        surplus = positive(estates.equity(market, side))
        market.sides[side].estate.cash -= surplus
        market.cover += surplus


def draw_cover(ex, market, left):
    paid = min(left, market.cover)
    market.cover -= paid
    ex.drawn["cover"] += paid
    return paid


def draw_layers(ex, market, left):
    drawn = ZERO
    for layer in pinned_layers(market):
        paid = min(left - drawn, layer.amount)
        layer.amount -= paid
        drawn += paid
    ex.drawn["layers"] += drawn
    return drawn


def scale(ex):
    """What an atom of allowance pays: less than one where exits or refills left less than all allowances come to, so that
    the first market that draws takes nothing of another's.
    """
    allowances = sum(market.allowance for market in ex.markets.values())
    short = allowances > ex.common and ex.rules.allowances_shrink_alike
    return ex.common / allowances if short else F(1)


def draw_allowance(ex, market, left):
    """At most the market's weight of the common fund at the epoch's beginning (A66)."""
    part = scale(ex)
    limit = market.allowance * part if ex.rules.allowance_by_epoch else ex.common
    paid = min(left, limit, ex.common)
    market.allowance -= min(paid / part if part else ZERO, market.allowance)
    ex.common -= paid
    ex.drawn["allowance"] += paid
    return paid


def draw(ex, market, deficit, tiers=(draw_cover, draw_layers, draw_allowance)):
    """Pays into the estates in proportion to their deficits; returns what each got and what each tier paid."""
    both, paid = sum(deficit.values()), {}
    for tier in tiers:
        paid[tier] = tier(ex, market, both - sum(paid.values()))
    insured = {side: sum(paid.values()) * lack / both if both else ZERO for side, lack in deficit.items()}
    for side, amount in insured.items():
        market.sides[side].estate.cash += amount
    return insured, paid


def draw_last_resort(ex, amount):
    """The part of the common fund that is no market's remaining allowance."""
    paid = min(amount, positive(ex.common - sum(market.allowance for market in ex.markets.values())))
    ex.common -= paid
    ex.drawn["last_resort"] += paid
    return paid


def left_to_draw(ex, market):
    """What tiers before a charge still hold (I4)."""
    allowance = min(market.allowance * scale(ex), ex.common)
    return market.cover + sum(layer.amount for layer in pinned_layers(market)) + allowance


def serve_unfunded(market, income):
    """A market's income serves what is unfunded first; returns what is left of it."""
    served = min(income, market.unfunded)
    market.unfunded -= served
    return income - served
