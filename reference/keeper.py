"""What any signer may do, in any order: the way forward from every state (I11)."""
import random

from reference import clocks, fund, valuation
from reference.state import Refused


def due(ex, sync=True):
    """(verb, arguments) that are permissionless and change something now."""
    work = []
    for who in ex.accounts:
        if sync and any(market.usable and market.equity(p) <= 0 for market, p in valuation.legs(ex, who)):
            work.append((ex.sync_account, (who,)))
        if any(market.usable for market, _ in valuation.legs(ex, who)) and clocks.confirmed(ex, who, "bankrupt"):
            work.append((ex.declare_bankruptcy, (who,)))
        for market, _ in valuation.legs(ex, who, isolated=True):
            if market.usable and clocks.confirmed(ex, who, ("bankrupt", market.index)):
                work.append((ex.declare_isolated, (who, market.index)))
    work += [(ex.fund_estate, (m,)) for m in ex.markets if fund.waits(ex, m) or fund.crossed(ex, m)]
    return work + [(ex.resolve_estate, (m,)) for m in ex.markets if ex.waits_for(m) is None]


def keep(ex, rng=None, sync=True, limit=100):
    """Does what is due, once each, in a random order, until nothing is."""
    rng, done = rng or random.Random(0), set()
    for _ in range(limit):
        work = [(verb, args) for verb, args in due(ex, sync) if (verb.__name__, args) not in done]
        if not work:
            return
        verb, args = rng.choice(work)
        done.add((verb.__name__, args))
        try:
            verb(*args)
        except Refused:
            continue


def run(ex, rounds=12, slots=6, rng=None, sync=True):
    """Keepers at work for a while at unchanged marks."""
    for _ in range(rounds):
        keep(ex, rng, sync)
        ex.tick(slots)


def quiet(ex):
    """No estate, no event, no bankrupt account, no position under water."""
    sides = [side for market in ex.markets.values() for side in market.sides.values()]
    if any(side.event.alive or side.estate.opened is not None for side in sides):
        return False
    return not any(work for work in due(ex))


def wind_down(ex, rng=None, rounds=60):
    """Until everything has ended, vested and been collected."""
    for market in ex.markets.values():
        if not market.usable and not market.settled:
            ex.restore(market.index)
    for _ in range(rounds):
        keep(ex, rng)
        ex.tick(6)
        if quiet(ex):
            break
    ex.tick(ex.parameters.profit_vesting_slots + 1)
    for who in ex.accounts:
        ex.sync_account(who)
