"""The exchange: its state and its instructions, each of which refuses without a trace or leaves every h stored."""
import functools
from collections import Counter

from reference import (declaration, deleveraging, fund, holdback, insurance, liquidation, margin, marks, recovery,
                       resolution, sale, shortfall, trading, valuation)
from reference.exact import F, bps
from reference.grid import Grid
from reference.rules import Parameters, Rules
from reference.state import Market, Refused, State, clone


def instruction(verb):
    """I12: an error leaves everything as it was. h is stored whenever lots under water or estates may have changed."""

    @functools.wraps(verb)
    def run(ex, *args, **kwargs):
        before = {name: clone(value) for name, value in ex.__dict__.items()}
        try:
            result = verb(ex, *args, **kwargs)
        except Refused as refusal:
            ex.__dict__ = before
            ex.listener(ex, verb, args, kwargs, str(refusal))
            raise
        for market in ex.markets.values():
            if market.usable:
                holdback.store(ex, market)
        ex.listener(ex, verb, args, kwargs, None)
        return result

    return run


def unheard(*_):
    """No listener."""


class Exchange(State):
    """`Exchange((100, 50), cover=0, common=1000)`: two markets and a common fund. `listener` hears of each instruction,
    refused or done, once it has ended.
    """

    def __init__(self, prices, cover=0, common=0, rules=Rules(), listener=unheard, **parameters):
        parameters = Parameters(**parameters)
        weight = bps(parameters.allowance_weight_bps)
        assert weight * len(prices) <= 1, "weights sum to at most 1, so that no market drinks another's allowance"
        markets = {m: Market(m, F(price), F(price), F(cover), weight * common, weight,
                             grid=Grid(F(price)) if parameters.grid else None) for m, price in enumerate(prices)}
        super().__init__(rules, parameters, markets, F(common), outside=F(common) + F(cover) * len(markets),
                         counts=Counter(), drawn=Counter())
        self.listener = listener

    # Of owners and of any signer.
    deposit = instruction(margin.deposit)
    sync_account = instruction(margin.sync_account)
    withdraw = instruction(margin.withdraw)
    isolate = instruction(margin.isolate)
    trade = instruction(trading.trade)
    liquidate = instruction(liquidation.liquidate)
    declare_bankruptcy = instruction(declaration.declare_bankruptcy)
    declare_isolated = instruction(declaration.declare_isolated)
    buy_from_estate = instruction(sale.buy_from_estate)
    fund_estate = instruction(fund.fund_estate)
    resolve_estate = instruction(resolution.resolve_estate)
    deleverage_account = instruction(deleveraging.deleverage_account)

    # The fund's and the world's.
    offer_layer = instruction(insurance.offer_layer)
    earn = instruction(fund.earn)
    refill_cover = instruction(fund.refill_cover)
    begin_epoch = instruction(fund.begin_epoch)
    gift = instruction(recovery.gift)
    unstake = instruction(fund.unstake)
    tick = instruction(marks.tick)
    silence = instruction(marks.silence)
    restore = instruction(marks.restore)
    settle_market = instruction(marks.settle_market)

    # Readings.
    worth = valuation.worth
    total_of = valuation.total_of

    def h(self, m, side):
        return holdback.rate(self, self.markets[m], side)

    def shortfall(self, m, side):
        return shortfall.shortfall(self, self.markets[m], side)

    def side(self, m, side):
        return self.markets[m].sides[side]

    def position(self, who, m):
        return self.markets[m].positions.get(who)

    def equity(self, who, m):
        return self.markets[m].equity(self.markets[m].positions[who])

    def paid(self, who, m):
        """For the proofs: what the account's present position was charged, or had held and not returned."""
        return self.tallies[self.markets[m].positions[who].id].paid

    def waits_for(self, m):
        return resolution.waits_for(self, self.markets[m])

    def copy(self):
        twin = object.__new__(Exchange)
        twin.__dict__ = {name: clone(value) for name, value in self.__dict__.items()}
        twin.listener = unheard
        return twin


