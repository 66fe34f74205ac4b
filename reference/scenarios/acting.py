"""What any signer may do to earn or to get out: margin, liquidation, rewards, adequacy."""
from reference import valuation
from reference.exact import LONG, SHORT
from reference.scenarios.stage import F, Refused, Rules, Scenario, Stage, without


class Margin(Scenario):
    def licensed(self, rules):
        """o loses its paid-in margin in market 0 while market 1 gains as much; the gain is lifted to market 0, and
        closed there.
        """
        stage = Stage(100, 100, rules=rules).deposit(o=4000, x=90000, y=90000)
        stage.pair(0, "o", "x", 300).pair(1, "o", "y", 100).marks(86, 140)
        stage.ex.sync_account("o")
        stage.ex.trade(0, "x", "o", 300)
        try:
            return stage.ex.withdraw("o", 99999)
        except Refused:
            return 0

    def test_a69_lost_margin_licenses_no_fresh_profit(self):
        self.assertEqual(self.licensed(Rules()), 0)
        self.assertGreater(self.licensed(without("lift_lowers_margin")), 700)

    def prepaid(self, rules):
        """o loses 1,500 of its margin by price, adds lots to make room, and gains it back: is the gain margin?"""
        stage = Stage(100, rules=rules).deposit(o=4000, x=90000)
        stage.pair(0, "o", "x", 100).marks(70)
        stage.ex.trade(0, "x", "o", 50)
        stage.marks(110)
        stage.ex.trade(0, "x", "o", 50)
        return stage.ex.free["o"]

    def test_a13_losing_first_does_not_prepay_the_delay(self):
        self.assertEqual(self.prepaid(Rules()), 1000)
        self.assertEqual(self.prepaid(without("close_lowers_margin")), 3000)

    def fresh(self, rules):
        stage = Stage(100, rules=rules).deposit(w=4000, l=4000).pair(0, "w", "l", 100).marks(130)
        stage.ex.trade(0, "l", "w", 100)
        return stage.ex.withdraw("w", 99999)

    def test_f9_fresh_profit_vests(self):
        """One actor, long and short: the winner's profit does not leave before the loser can be declared."""
        self.assertEqual(self.fresh(Rules()), 4000)
        self.assertEqual(self.fresh(without("profit_vests")), 7000)

    def test_a52_new_profit_does_not_unlock_with_old(self):
        stage = Stage(100).deposit(w=4000, l=90000).pair(0, "w", "l", 100).marks(110)
        stage.ex.trade(0, "l", "w", 100)
        stage.wait(900).pair(0, "w", "l", 100).marks(120)
        stage.ex.trade(0, "l", "w", 100)
        self.assertLess(stage.wait(100).ex.withdraw("w", 99999), 4000 + 1000 + 1000 * F(102, 1000))

    def test_a_withdrawal_takes_from_the_positions_in_proportion_to_what_each_may_spare(self):
        """What market 0 gained is no margin, what market 1 lost is margin no more."""
        stage = Stage(100, 100).deposit(o=2000, x=90000, y=90000).pair(0, "o", "x", 60).pair(1, "o", "y", 60)
        stage.deposit(o=2000)
        stage.ex.sync_account("o")
        stage.marks(105, 95)
        spare = [stage.ex.position("o", 0).margin, stage.ex.equity("o", 1)]
        self.assertLess(spare[0], stage.ex.equity("o", 0))
        self.assertLess(0, spare[1])
        self.assertLess(spare[1], stage.ex.position("o", 1).margin)
        self.assertEqual(stage.ex.withdraw("o", 360), 360)
        for m in (0, 1):
            self.assertEqual(stage.ex.position("o", m).margin, spare[m] * (1 - F(360) / sum(spare)))
        self.assertEqual(stage.ex.total(), stage.ex.outside)

    def test_a11_more_behind_the_same_position_loses_fewer_lots(self):
        stage = Stage(100, 100).deposit(whale=100000, thin=3000, b=700, rich=100000)
        stage.pair(0, "b", "thin", 60).pair(0, "rich", "whale", 60).marks(80).keepers(rounds=4)
        left = {who: stage.ex.position(who, 0) for who in ("whale", "thin")}
        self.assertGreater(abs(left["whale"].lots), abs(left["thin"].lots) if left["thin"] else 0)


class TierOne(Scenario):
    def takeover(self, rules):
        """A standing phantom of 2 bp, and twenty longs that fall into distress one after another: how large the
        deficits are.

        The taker is rich and long, so that it takes over and closes no lots of its own.
        """
        stage = Stage(100, 100, rules=rules).deposit(ph=1000, x=90000, y=90000, taker=900000, s=9000000, big=9000000)
        stage.pair(1, "y", "ph", 100).pair(0, "ph", "x", 100).pair(0, "big", "s", 4000)
        for i in range(20):
            stage.deposit(**{f"l{i}": 1000 + 60 * i}).pair(0, f"l{i}", "s", 100)
        stage.marks(94, 93)
        stage.ex.silence(1)
        for fall in range(16):
            stage.marks(93 - fall, slots=3).wait(3)
            for i in range(20):
                self.attempt(stage.ex, f"l{i}")
        return stage.ex.shortfall(0, LONG) - max(F(0), -stage.ex.equity("ph", 0))

    def attempt(self, ex, who):
        try:
            ex.liquidate(who, "taker", 0, 100)
        except Refused:
            pass

    def test_a82_a_phantom_does_not_stop_take_overs_on_the_losing_side(self):
        self.assertEqual(self.takeover(Rules()), 0)
        self.assertGreater(self.takeover(without("takeover_needs_own_side_only")), 10000)

    def test_tier_1_never_draws_insurance_and_pays_a_penalty(self):
        stage = Stage(100, cover=100).deposit(v=1000, s=90000, t=90000).pair(0, "v", "s", 100)
        stage.marks(F(925, 10)).wait().wait(30)
        stage.ex.liquidate("v", "t", 0, 100)
        self.assertGreater(stage.ex.markets[0].cover, 100)
        self.assertGreater(stage.ex.position("v", 0).lots, 0)
        self.assertGreaterEqual(stage.ex.worth("v"), stage.ex.position("v", 0).lots * F(925, 10) * F(3, 100))

    def distressed(self, mark, *, waited=0, **parameters):
        """v is long 100 lots with 10 a lot; the taker holds nothing."""
        stage = Stage(100, **parameters).deposit(v=1000, s=90000, t=90000).pair(0, "v", "s", 100)
        return stage.marks(F(mark)).wait().wait(waited)

    def taken(self, stage, lots):
        """(lots that the taker got, what a lot of them paid)."""
        before, had = stage.ex.worth("t"), abs(stage.ex.position("v", 0).lots)
        stage.ex.liquidate("v", "t", 0, lots)
        left = stage.ex.position("v", 0)
        got = had - (abs(left.lots) if left else 0)
        return got, (stage.ex.worth("t") - before) / got

    def test_a_discount_grows_with_the_clock_and_faster_with_depth(self):
        at = {mark: self.taken(self.distressed(mark, waited=6), 1)[1] / F(mark) for mark in ("92.7", "92", "91.4")}
        self.assertTrue(at["92.7"] < at["92"] < at["91.4"])
        self.assertGreater((at["91.4"] - at["92"]) / F(6, 10), (at["92"] - at["92.7"]) / F(7, 10))
        self.assertGreater(self.taken(self.distressed("92.7", waited=60), 1)[1] / F("92.7"), at["92.7"])
        self.assertEqual(self.taken(self.distressed("92.7", waited=200), 1)[1] / F("92.7"), F(200, 10000))

    def test_i8_a_liquidation_never_worsens_the_accounts_health(self):
        """Half a percent of worth is left and the discount is two: what it pays is its worth's share of the lots."""
        stage = self.distressed("90.45", waited=200)
        worth = stage.ex.worth("v")
        health = worth / valuation.notional(stage.ex, "v")
        got, paid = self.taken(stage, 40)
        self.assertEqual((got, paid), (40, worth / 100))
        self.assertEqual(stage.ex.worth("v") / valuation.notional(stage.ex, "v"), health)

    def test_i8_who_closes_fewer_lots_of_its_own_makes_the_account_pay_for_those_alone(self):
        stage = self.distressed("92", waited=200, slice_bps=10_000).deposit(r=90000)
        stage.pair(0, "r", "t", 5)
        health = stage.ex.worth("v") / valuation.notional(stage.ex, "v")
        stage.ex.liquidate("v", "t", 0, 60)
        self.assertEqual((stage.ex.position("v", 0).lots, stage.ex.position("t", 0)), (95, None))
        self.assertGreaterEqual(stage.ex.worth("v") / valuation.notional(stage.ex, "v"), health)

    def test_a_large_position_is_taken_in_slices(self):
        """A fifth of 100 lots in 25 slots, however it is asked for; all at once below half of maintenance."""
        stage = self.distressed("92")
        self.assertEqual([self.taken(stage, lots)[0] for lots in (15, 15)], [15, 5])
        self.refused(stage.ex.liquidate, "v", "t", 0, 10, because="nothing may be taken now")
        self.assertEqual(self.taken(stage.wait(25), 1)[0], 1)
        self.assertEqual(self.taken(self.distressed("91"), 100)[0], 100)

    def test_a_liquidation_leaves_no_dust(self):
        self.assertEqual(self.taken(self.distressed("91", position_min=3), 98)[0], 100)
        self.assertEqual(self.taken(self.distressed("91", position_min=3), 97)[0], 97)

    def test_an_isolated_position_is_liquidated_alone(self):
        """i is rich elsewhere, and its isolated position answers with its own cash only."""
        stage = Stage(100, 100, slice_bps=10_000).deposit(i=1000, x=90000, t=90000).pair(0, "i", "x", 100)
        stage.ex.isolate("i", 0)
        stage.deposit(i=50000).pair(1, "i", "x", 10).marks(F(925, 10)).wait()
        elsewhere = stage.ex.position("i", 1).cash
        stage.ex.liquidate("i", "t", 0, 100)
        left = stage.ex.position("i", 0).lots
        self.assertLess(left, 100)
        self.assertGreaterEqual(stage.ex.equity("i", 0), left * F(925, 10) * F(4, 100))
        self.assertEqual(stage.ex.position("i", 1).cash, elsewhere)
        self.refused(stage.ex.liquidate, "i", "t", 1, 1, because="distress is not confirmed")

    def test_pre_emptive_deleveraging_pays_the_deleveraged_the_largest_discount(self):
        stage = Stage(100).deposit(v=1000, s=2000, r=90000, q=90000)
        stage.pair(0, "v", "s", 100).pair(0, "r", "q", 100).marks(F(925, 10))
        self.refused(stage.wait().ex.deleverage_account, "v", 0, because="too early")
        stage.wait(100)
        before = stage.ex.worth("s")
        stage.ex.deleverage_account("v", 0)
        self.assertGreater(stage.ex.worth("s"), before)
        self.assertEqual(stage.ex.total(), stage.ex.outside)
        self.assertGreaterEqual(stage.ex.worth("v"), stage.ex.position("v", 0).lots * F(925, 10) * F(3, 100))
        stage.deposit(v=9000)
        self.refused(stage.ex.trade, 0, "v", "r", 1, because="deleveraged a while ago")
        stage.ex.trade(0, "r", "v", 1)
        stage.wait(stage.ex.parameters.reopen_slots).ex.trade(0, "v", "r", 1)

    def test_a_market_need_not_allow_pre_emptive_deleveraging(self):
        stage = Stage(100, deleverage_slots=None).deposit(v=1000, s=2000).pair(0, "v", "s", 100).marks(F(925, 10))
        self.refused(stage.wait(200).ex.deleverage_account, "v", 0, because="the market does not allow it")


class Work(Scenario):
    def farmed(self, rules):
        """One actor opens dust pairs and is paid for declaring and resolving them; honest fees have filled the pot."""
        stage = Stage(100, rules=rules, fee_bps=5).deposit(h=90000, g=90000, keeper=1, w=90000).pair(0, "h", "g", 800)
        before = stage.ex.worth("keeper")
        cost = 0
        for i in range(3):
            stage.deposit(**{f"d{i}": F(6)}).pair(0, f"d{i}", "w", 1)
            cost += 2 * 100 * F(5, 10000)
        stage.marks(90).wait()
        for i in range(3):
            stage.ex.declare_bankruptcy(f"d{i}", keeper="keeper")
        stage.wait().wait()
        stage.ex.resolve_estate(0, keeper="keeper")
        return stage.ex.worth("keeper") - before - cost

    def test_a68_no_loop_of_dust_earns(self):
        self.assertLess(self.farmed(Rules()), 0)
        self.assertGreater(self.farmed(without("bounded_rewards")), 30)

    def paid(self, stage, verb, *args):
        """Bps of the value of 100 lots at the mark that the keeper got."""
        before, mark = stage.ex.free["keeper"], stage.ex.markets[0].mark
        verb(*args, keeper="keeper")
        return (stage.ex.free["keeper"] - before) / (100 * mark) * 10000

    def test_a_sync_is_paid_for_lots_it_brings_out_of_the_water_and_for_held_money_it_collects(self):
        stage = Stage(100, 100, fee_bps=5).deposit(h=3000, g=90000, f=90000, l=90000, run=90000, keeper=1)
        stage.pair(0, "l", "run", 100).pair(0, "h", "g", 100).pair(1, "f", "h", 100).marks(70, 70)
        stage.ex.trade(0, "run", "l", 100)
        self.assertEqual(self.paid(stage, stage.ex.sync_account, "h"), 2)
        self.assertEqual(self.paid(stage, stage.ex.sync_account, "h"), 0)
        stage.wait().wait()
        self.assertEqual(self.paid(stage, stage.ex.sync_account, "run"), 2)
        self.assertEqual(self.paid(stage, stage.ex.sync_account, "run"), 0)

    def test_a_first_observation_is_paid_once_it_is_confirmed_and_acted_on(self):
        stage = Stage(100, fee_bps=5).deposit(b=1000, s=90000, keeper=1, other=1).pair(0, "b", "s", 100)
        stage.ex.tick(1, {0: 85}, watched=False)
        self.assertEqual(self.paid(stage, stage.ex.sync_account, "b"), 0)
        stage.wait()
        before = stage.ex.free["other"]
        stage.ex.sync_account("b", keeper="other")
        self.assertEqual(self.paid(stage, stage.ex.declare_bankruptcy, "b"), 2 + 2)
        self.assertEqual(stage.ex.free["other"], before)

    def test_declaring_an_isolated_position_is_paid_too(self):
        stage = Stage(100, fee_bps=5).deposit(i=1000, s=90000, keeper=1).pair(0, "i", "s", 100)
        stage.ex.isolate("i", 0)
        self.assertEqual(self.paid(stage.marks(85).wait(), stage.ex.declare_isolated, "i", 0), 2)

    def rested(self, rules):
        """2,000 lots opened at the least margin, and a reserve of 1,000: a fall of 10 % would leave more than that."""
        stage = Stage(100, cover=1000, rules=rules).deposit(m=10500, x=900000, y=900000, z=900000)
        stage.pair(0, "m", "x", 200)
        stage.ex.parameters = type(stage.ex.parameters)(adequacy_move_bps=5500)
        return stage.marks(100)

    def test_a67_reserve_adequacy_refuses_orders_and_guards_nothing(self):
        """m is safe against 52 %: the order that made a larger move uninsured is refused, a balanced one is not."""
        stage = self.rested(Rules())
        stage.ex.trade(0, "y", "z", 10)
        stage.deposit(late=1000)
        self.refused(stage.ex.trade, 0, "late", "x", 100, because="reserve adequacy")
        harmed = self.rested(without("adequacy_refuses"))
        harmed.deposit(late=0)
        harmed.ex.markets[0].cover -= 1000
        harmed.ex.outside -= 1000
        self.refused(harmed.marks(100).ex.trade, 0, "y", "z", 10, because="guarded")


class Ended(Scenario):
    def test_a_settled_market_empties_through_the_waterfall(self):
        """The last mark is final, no account opens, closes leave h, and a declared estate is charged as ever."""
        stage = Stage(100).deposit(b=1000, s=9000, l=9000, r=9000)
        stage.pair(0, "b", "s", 100).pair(0, "l", "r", 50).marks(80)
        self.refused(self.settle(stage).ex.tick, 1, {0: 90}, because="the last mark is final")
        self.refused(stage.ex.trade, 0, "s", "l", 10 ** 4)
        stage.ex.trade(0, "r", "l", 50)
        stage.wait().declare("b").keepers().end()
        self.assertEqual((stage.gain("s"), stage.gain("r")), (F(4000, 3), F(2000, 3)))
        self.assertEqual(stage.ex.total(), stage.ex.outside)

    def settle(self, stage):
        stage.ex.silence(0)
        stage.ex.settle_market(0)
        return stage

    def test_in_a_settled_market_an_event_ends_without_a_resolution_too(self):
        """A hedged account's leg is under water until it is synced, and `run` leaves h. By the letter the event ends
        only after a resolution; no estate will ever come, and what was held would never return (I11).
        """
        stage = Stage(100, 100).deposit(hed=2000, h0=90000, h1=90000, run=9000, rich=90000)
        stage.pair(0, "hed", "h0", 100).pair(1, "h1", "hed", 100).pair(0, "rich", "run", 100).marks(60, 60)
        self.settle(stage).ex.trade(0, "run", "rich", 100)
        self.assertGreater(stage.ex.held_of("run"), 0)
        stage.ex.sync_account("hed")
        stage.wait().wait().end()
        self.assertEqual((stage.ex.held, stage.ex.reports, stage.gain("run")), ([], [], 4000))

    def test_in_a_settled_market_who_is_bankrupt_net_of_holdback_is_declared(self):
        """z is worth 200, and its short lots would leave 15 each."""
        stage = Stage(100, 100).deposit(b=1000, s=9000, z=1000, l=90000, w=9000)
        stage.pair(0, "b", "s", 100).pair(0, "l", "z", 100).pair(1, "z", "w", 100).marks(60, 52)
        stage.ex.sync_account("z")
        self.refused(stage.wait().ex.declare_bankruptcy, "z", because="bankrupt is not confirmed")
        self.assertEqual(stage.ex.worth("z"), 200)
        self.settle(stage).wait(0).wait().declare("z")
        self.assertEqual(stage.ex.held_of((1, LONG)), 1500)

    def test_debts_are_served_from_later_deposits_claims_first(self):
        stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100).marks(80).wait().declare("b").keepers().end()
        self.assertEqual(stage.gain("s"), 1000)
        stage.deposit(b=1500)
        self.assertEqual((stage.ex.free["b"], stage.gain("s")), (500, 2000))

    def test_a_gift_pays_a_sides_claims_and_takes_no_more_than_is_owed(self):
        stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100).marks(80).wait().declare("b").keepers().end()
        self.refused(stage.ex.gift, 0, LONG, 10, because="nothing is owed")
        self.assertEqual(stage.ex.gift(0, SHORT, 1500), 1000)
        self.assertEqual((stage.gain("s"), stage.ex.total()), (2000, stage.ex.outside))
        stage.deposit(b=1500)  # the debt is served all the same: to the cover, where no claim is left
        self.assertEqual((stage.ex.free["b"], stage.ex.markets[0].cover), (500, 1000))

    def test_a7_claims_are_never_paid_from_income_or_the_fund(self):
        """Claims made by trading with oneself would drain both."""
        stage = Stage(100, common=5000, allowance_weight_bps=0).deposit(b=1000, s=9000).pair(0, "b", "s", 100)
        stage.marks(80).wait().declare("b").keepers().end()
        claimed = sum(stage.ex.claims[0, SHORT].values())
        stage.ex.earn(0, 700)
        stage.ex.refill_cover(0)
        stage.wait().end()
        self.assertEqual(claimed, 1000)
        self.assertEqual((stage.gain("s"), stage.ex.common, stage.ex.markets[0].cover), (1000, 5000, 700))

    def test_i16_later_deposits_are_never_taken_for_what_is_unfunded(self):
        stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100)
        stage.ex.markets[0].unfunded += 100
        stage.ex.outside -= 100
        stage.deposit(new=500)
        self.assertEqual((stage.ex.free["new"], stage.ex.markets[0].unfunded), (500, 100))
        stage.ex.earn(0, 150)
        self.assertEqual((stage.ex.markets[0].unfunded, stage.ex.common), (0, 50))
        stage.ex.refill_cover(0)
        self.assertEqual((stage.ex.common, stage.ex.markets[0].cover), (0, 50))
        stage.ex.earn(0, 20)
        self.refused(stage.ex.refill_cover, 0, because="nothing to set aside")
        self.assertEqual({LONG, SHORT}, set(stage.ex.markets[0].sides))
