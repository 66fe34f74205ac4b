"""Time, accepted marks and funding; markets whose source is gone."""
from reference import adequacy, clocks, holdback, shortfall
from reference.exact import LONG, SHORT, ZERO, positive
from reference.state import need


def tick(ex, slots, marks=None, funding=None, published=None, averages=None, watched=True):
    """Every market with a source accepts a mark, the same one where none is named; longs pay `funding` a lot. A settled
    market accepts its final mark again and again, so that its windows run and its events end. `watched`: keepers
    observe every account.
    """
    for market in ex.markets.values():
        if market.usable and not shortfall.uninsured(ex, market):
            market.vesting_clock += slots
    ex.slot += slots
    ex.published = published if published is not None else ex.published + slots
    for m, mark in (marks or {}).items():
        need(ex.markets[m].usable, "no source")
        need(not ex.markets[m].settled, "the last mark is final")
        move(ex, ex.markets[m], ex.number(mark))
    for m, average in (averages or {}).items():
        ex.markets[m].average = ex.number(average)
    for m, paid in (funding or {}).items():
        need(ex.markets[m].usable and not ex.markets[m].settled, "funding stands")
        fund(ex, ex.markets[m], ex.number(paid))
    for market in ex.markets.values():
        if market.usable:
            advance_reference(ex, market)
            adequacy.look(ex, market)
            holdback.accept_mark(ex, market)
    if watched:
        clocks.watch(ex)


def move(ex, market, mark):
    for p in market.positions.values():
        gain = p.lots * (mark - market.mark)
        ex.tallies[p.id].gained += positive(gain)
        ex.directional[p.owner] = ex.directional.get(p.owner, ZERO) + gain
    market.mark = market.average = mark


def fund(ex, market, paid):
    """Through X: from one side to the other, estates included."""
    for p in market.positions.values():
        ex.tallies[p.id].gained += positive(-p.lots * paid)
        ex.directional[p.owner] = ex.directional.get(p.owner, ZERO) - p.lots * paid
    market.sides[LONG].x -= paid
    market.sides[SHORT].x -= paid


def advance_reference(ex, market):
    """The reference moves on once its successor is the confirmation old, so refreshing often stalls nothing."""
    here = (ex.slot, market.mark)
    if market.next_reference is None:
        market.next_reference = here
    elif ex.slot - market.next_reference[0] >= ex.parameters.confirm_slots:
        market.reference, market.next_reference = market.next_reference, here


def silence(ex, m):
    """The market's source is gone: no mark is accepted and nothing in it moves."""
    if ex.markets[m].usable and not ex.markets[m].settled:
        ex.markets[m].silent_since = ex.slot


def restore(ex, m):
    market = ex.markets[m]
    need(not market.usable, "the source is there")
    become_usable(ex, market)


def become_usable(ex, market):
    """The sale's clock stood while buying was not possible."""
    for side in market.sides.values():
        if side.estate.opened is not None:
            side.estate.opened += ex.slot - max(market.silent_since, side.estate.opened)
    market.silent_since = None


def settle_market(ex, m):
    """A market that has been without a source: the last accepted mark is final; positions only close."""
    market = ex.markets[m]
    need(not market.usable, "the source is there")
    become_usable(ex, market)
    market.settled = True
    ex.counts["settled"] += 1
