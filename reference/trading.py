"""Opening and closing. Closing is always possible and leaves h; opening asks the side, the market and initial margin.
"""
from reference import adequacy, fund, holdback, insurance, margin, recovery, shortfall, valuation, vesting
from reference.exact import EPS, LONG, SHORT, SIDES, ZERO, bps
from reference.state import Position, Tally, need


def trade(ex, m, buyer, seller, lots, price=None):
    """A fill at the mark, or at a price: what each closes of its own first, then what each opens. Both gates come before both
    openings: until margin follows the first, its lots may look bankrupt to the other's gate.
    """
    market, lots = ex.markets[m], ex.number(lots)
    need(buyer != seller, "with oneself")
    need(market.usable, "no usable mark")
    before = adequacy.gap(ex, market)
    for who in (buyer, seller):
        margin.touch(ex, who)
    rests = [(who, close_opposite(ex, market, who, signed, price)) for who, signed in ((buyer, lots), (seller, -lots))]
    opening = [(who, signed) for who, signed in rests if abs(signed) > EPS]
    for _, signed in opening:
        need_may_open(ex, market, LONG if signed > 0 else SHORT)
    for who, signed in opening:
        open_rest(ex, market, who, signed, price)
        pay_fee(ex, market, who, abs(signed))
        back(ex, who)
    for who in (buyer, seller):
        margin.touch(ex, who)
    need(adequacy.gap(ex, market) <= max(before, ZERO), "reserve adequacy")


def take(ex, market, who, signed):
    """Lots that only change hands: closes the account's opposite ones first and opens the rest, for no fee."""
    signed = close_opposite(ex, market, who, signed)
    if abs(signed) > EPS:
        need_may_open(ex, market, LONG if signed > 0 else SHORT, raises_a_side=False)
        open_rest(ex, market, who, signed)
        back(ex, who)


def close_opposite(ex, market, who, signed, price=None):
    """Closes the account's lots as far as they are opposite; returns what is left to open."""
    position = market.positions.get(who)
    if position is not None and position.lots * signed < 0:
        closing = min(abs(position.lots), abs(signed))
        need(market.equity(position) >= -EPS, "under water")
        close(ex, market, position, closing, holdback.rate(ex, market, position.side), price=price)
        signed -= closing if signed > 0 else -closing
    return signed


def open_rest(ex, market, who, signed, price=None):
    need(not market.settled, "settled")
    open_lots(ex, market, who, signed, price)


def back(ex, who):
    """Margin follows what was opened."""
    margin.spread(ex, who)
    need(valuation.initial_surplus(ex, who) >= -EPS, "initial margin")


def open_lots(ex, market, who, signed, price=None):
    """Lots enter at the mark or a price; shared by fills, take-overs and purchases."""
    position = market.positions.get(who)
    need(position is None or not position.isolated, "isolated")
    need(ex.slot >= ex.reopens.get((who, market.index), 0), "deleveraged a while ago")
    if position is None:
        ex.positions_opened += 1
        position = Position(ex.positions_opened, who, market.index)
        ex.tallies[position.id] = Tally()
        market.positions[who] = position
    side = LONG if signed > 0 else SHORT
    tally = ex.tallies[position.id]
    tally.tolerated = max(tally.tolerated, tolerated(ex, market))
    position.lots += signed
    position.cash -= signed * ((market.mark if price is None else ex.number(price)) + market.sides[side].x)
    return position


def tolerated(ex, market):
    """For the proofs: what a newcomer may come to bear, a shortfall that counted as none when it opened (I16)."""
    short = sum(shortfall.shortfall(ex, market, side) for side in SIDES)
    return min(short, shortfall.tolerance(ex, market)) if short else ZERO


def close(ex, market, position, lots, h, *, price=None):
    """Lots leave their side and leave h each; when none is left margin becomes free cash and profit vests."""
    side = position.side
    if ex.rules.close_lowers_margin:
        margin.cap_margin(market, position)
    if price is not None:
        position.cash += side * lots * (ex.number(price) - market.mark)
        need(market.equity(position) >= -EPS, "the price takes more than is left")
    holdback.leave_behind(ex, market, position, lots, h)
    position.cash += side * lots * market.price(side)
    position.lots -= side * lots
    if abs(position.lots) <= EPS:
        pay_out(ex, market, position)


def pay_out(ex, market, position):
    who = position.owner
    del market.positions[who]
    need(position.cash >= -EPS, "a close below zero")
    cash = max(ZERO, position.cash)
    back = min(position.margin, cash)
    recovery.credit(ex, who, market.index, back)
    vesting.add(ex, market, who, cash - back)
    margin.spread(ex, who)


def pay_fee(ex, market, who, lots):
    """An opening's fee, from free cash, then from the position, goes to the market's keeper pot."""
    fee = lots * market.mark * bps(ex.parameters.fee_bps)
    if not fee:
        return
    from_free = min(fee, ex.free.get(who, ZERO))
    ex.free[who] = ex.free.get(who, ZERO) - from_free
    position = market.positions[who]
    position.cash -= fee - from_free
    position.margin = max(ZERO, position.margin - (fee - from_free))
    market.keeper_pot += fee


# --- the gates of an opening


def need_may_open(ex, market, side, raises_a_side=True):
    """I16. A take-over or purchase raises neither side's lots: it asks its own side only (A82), and passes in a guarded
    market.
    """
    need(holdback.rate(ex, market, side) == 0, "a holdback stands")
    if not raises_a_side and ex.rules.takeover_needs_own_side_only:
        charged = market.sides[side].event.charged
        need(not charged or not ex.rules.no_entry_after_charge, "the side's event has charged")
        return
    need(not market.guarded, "guarded")
    need(not fund.unfunded(ex, market), "EstateUnfunded")
    if ex.rules.no_opening_in_event:
        need(not market.sides[side].event.alive, "the side's event lives")
    if ex.rules.openings_need_insurance:
        need(beyond_insurance(ex, market) <= shortfall.tolerance(ex, market), "a shortfall is not insured")


def beyond_insurance(ex, market):
    if ex.rules.gates_read_shortfall:
        short = sum(shortfall.shortfall(ex, market, side) for side in SIDES)
    else:
        short = sum(shortfall.under_water(market, side) for side in SIDES)
    return short - insurance.for_openings(ex, market)
