"""Insurance first, and no more of it than was promised: estates, layers, allowances, sale, openings."""
from reference.exact import LONG, SHORT
from reference.scenarios.stage import F, Rules, Scenario, Stage, without


class Insured(Scenario):
    def opened_over(self, rules):
        """A position under water, no insurance: a pair opens, and the mark stays where it is."""
        stage = Stage(100, rules=rules).deposit(b=1000, s=9000, n=9000, nl=90000)
        return stage.pair(0, "b", "s", 100).marks(80).pair(0, "n", "nl", 300)

    def test_a6_no_account_opens_over_a_shortfall_that_is_not_insured(self):
        """n opens long, where h is zero; nl opens short and would bear the longs' shortfall at an unchanged mark."""
        self.refused(self.opened_over, Rules(), because="a shortfall is not insured")
        rules = without("openings_need_insurance", "no_opening_in_event")
        self.refused(self.opened_over, rules, because="a holdback stands")

    def layered_opening(self, rules):
        """A layer that lasts for h, and not for a newcomer: it lapses before any declaration."""
        stage = Stage(100, rules=rules).deposit(b=1000, s=9000, n=9000, nl=90000)
        stage.ex.offer_layer(0, 5000, 60)
        stage.pair(0, "b", "s", 100).marks(85).pair(0, "nl", "n", 100).wait(60)
        return stage

    def test_a6_an_opening_asks_for_layers_that_last(self):
        self.refused(self.layered_opening, Rules(), because="a shortfall is not insured")
        harmed = self.layered_opening(without("openings_need_insurance"))
        self.assertEqual(harmed.ex.h(0, SHORT), F(500, 200))
        self.assertLess(harmed.keepers().end().gain("n"), -200)

    def surplus(self, rules):
        """Z is declared with a winning short of market 0: its estate gains 15 a lot before b is declared."""
        stage = Stage(100, 100, rules=rules)
        stage.deposit(b=500, hs=90000, l=90000, Z=3000, w1=90000)
        stage.pair(0, "b", "hs", 100).pair(0, "l", "Z", 200).pair(1, "Z", "w1", 200).marks(95, 70).wait().declare("Z")
        return stage.marks(80).keepers().end()

    def test_a73_a_positive_estate_pays_first(self):
        """b lacks 1,500, the estate of its side's counterpart has gained more, and hs gained 2,000."""
        self.assertEqual(self.surplus(Rules()).gain("hs"), 2000)
        self.assertEqual(self.surplus(without("estate_surplus_first")).gain("hs"), 2000 - 1500)

    def layer(self, rules, laid):
        """After the estate opened the runner's second account lays a layer for 12 slots: it pays nothing, it ends h."""
        stage = Stage(100, rules=rules).deposit(b=1000, run=4000, rich=90000, stay=9000)
        stage.pair(0, "b", "stay", 100).pair(0, "rich", "run", 100).marks(70).wait().declare("b")
        if laid:
            stage.ex.offer_layer(0, 2100, stage.ex.slot + 12)
        stage.ex.trade(0, "run", "rich", 100)
        return stage.keepers().end()

    def test_a75_a_layer_that_does_not_last_does_not_end_the_holdback(self):
        stage = self.layer(Rules(), laid=True)
        self.assertEqual((stage.gain("run"), stage.gain("stay")), (2000, 2000))
        harmed = self.layer(without("lasting_layers"), laid=True)
        self.assertEqual((harmed.gain("run"), harmed.gain("stay")), (3000, 1000))
        self.assertEqual(sum(layer.amount for layer in harmed.ex.markets[0].layers), 2100)

    def test_a75_layers_are_pinned_per_market_when_its_first_estate_opens(self):
        """A layer laid after the long estate opened is not pinned when a short estate opens; one laid before stays past
        its end.
        """
        stage = Stage(100, 100).deposit(b=1000, s=9000, S=2000, l=90000, w=90000)
        stage.ex.offer_layer(0, 100, 10)
        stage.pair(0, "b", "s", 100).pair(0, "l", "S", 100).pair(1, "S", "w", 100).marks(85, 60).wait().declare("b")
        stage.ex.offer_layer(0, 700, 500)
        stage.declare("S").wait()
        self.assertEqual([layer.pinned for layer in stage.ex.markets[0].layers], [True, False])
        self.assertGreater(stage.ex.slot, stage.ex.markets[0].layers[0].until)

    def turned(self, rules):
        """Insured when the newcomer n opens; then S's own side turns it into a shortfall that shares the cover."""
        stage = Stage(100, cover=1000, rules=rules)
        stage.deposit(L=51, W0=3000, S=1300, W1=9000, n=9000, nl=9000, hl=90000, hs=90000)
        stage.pair(0, "hl", "hs", 200).pair(0, "L", "W0", 10).marks(20).pair(0, "nl", "n", 400).pair(0, "W1", "S", 1000)
        return stage.wait().declare("L").marks(23).keepers(rounds=40).end()

    def test_a78_an_insured_estate_is_never_short(self):
        """n's lots only lost: -1,200 by price."""
        self.assertEqual(self.turned(Rules()).gain("n"), -1200)
        self.assertLess(self.turned(without("fund_insured_at_once")).gain("n"), -1400)

    def short_again(self, rules):
        """An insured estate that the fall makes short again: 500 of a cover of 5,000."""
        stage = Stage(100, cover=5000, rules=rules).deposit(b=1000, s=9000, n=9000, nl=9000).pair(0, "b", "s", 100)
        return stage.marks(85).wait().declare("b").marks(80)

    def test_a78_an_opening_waits_until_an_insured_estate_is_funded(self):
        stage = self.short_again(Rules())
        self.refused(stage.ex.trade, 0, "nl", "n", 10, because="EstateUnfunded")
        stage.ex.fund_estate(0)
        self.assertEqual(stage.ex.markets[0].cover, 5000 - 1000)
        stage.ex.trade(0, "nl", "n", 10)
        self.refused(stage.ex.fund_estate, 0, because="no insured estate lacks")
        self.short_again(without("fund_insured_at_once")).ex.trade(0, "nl", "n", 10)

    def test_buying_funds_first_and_passes_when_the_market_is_guarded(self):
        stage = self.short_again(Rules()).deposit(buyer=9000)
        stage.ex.markets[0].guarded = True
        self.refused(stage.ex.trade, 0, "nl", "n", 10, because="guarded")
        stage.ex.buy_from_estate("buyer", 0, LONG, 100)
        self.assertEqual(stage.ex.position("buyer", 0).lots, 100)
        self.assertGreaterEqual(stage.ex.worth("buyer"), 9000)

    def test_the_sales_clock_stands_while_buying_is_not_permitted(self):
        """Forty slots of sale, thirty of them without a source: a tenth of the largest discount, 2 % of 8,000."""
        stage = self.short_again(Rules()).deposit(buyer=9000)
        stage.ex.silence(0)
        self.refused(stage.wait(30).ex.buy_from_estate, "buyer", 0, LONG, 100, because="no estate lots")
        stage.ex.restore(0)
        stage.wait(9).ex.buy_from_estate("buyer", 0, LONG, 100)
        self.assertEqual(stage.ex.worth("buyer"), 9000 + 8000 * F(2, 100) * F(10, 100))

    def test_a65_dust_does_not_age_the_sale(self):
        self.assertLess(self.dusty(Rules()), F(1, 10000))
        self.assertGreater(self.dusty(without("weighted_sale_clock")), F(80, 10000))

    def dusty(self, rules):
        """The discount, as a share of the value, that a purchase gets in the slot in which 2,000 lots joined a dust
        lot.
        """
        stage = Stage(100, cover=90000, rules=rules).deposit(d=10, ds=900, b=20000, s=900000, buyer=900000, rest=9000)
        stage.pair(0, "d", "ds", 1).marks(88).wait().declare("d")
        stage.pair(0, "b", "s", 2000).wait(80).marks(78).wait().declare("b")
        before = stage.ex.worth("buyer")
        stage.ex.buy_from_estate("buyer", 0, LONG, 2000)
        return (stage.ex.worth("buyer") - before) / (2000 * 78)

    def drunk(self, rules):
        """Two markets fail together and one common fund of 2,000, a quarter of it each: the second must find its part.
        """
        stage = Stage(100, 100, common=2000, rules=rules)
        for m in (0, 1):
            stage.deposit(**{f"b{m}": 1000, f"s{m}": 9000}).pair(m, f"b{m}", f"s{m}", 100)
        stage.marks(70, 70).wait().declare("b0", "b1").wait().wait()
        stage.ex.resolve_estate(0)
        stage.ex.resolve_estate(1)
        return [report.insured for report in stage.ex.reports]

    def test_a66_weights_sum_to_at_most_all_of_the_fund(self):
        with self.assertRaises(AssertionError):
            Stage(100, 100, 100, allowance_weight_bps=3334)

    def test_a66_the_first_market_does_not_drink_the_common_fund(self):
        self.assertEqual(self.drunk(Rules()), [500, 500])
        self.assertEqual(self.drunk(without("allowance_by_epoch")), [2000, 0])

    def left_behind(self, rules):
        """Both markets may draw 500 of 1,000, and stakers take half of it before they fail together."""
        stage = Stage(100, 100, common=1000, rules=rules, allowance_weight_bps=5000)
        for m in (0, 1):
            stage.deposit(**{f"b{m}": 1000, f"s{m}": 9000}).pair(m, f"b{m}", f"s{m}", 100)
        stage.ex.unstake(500)
        stage.marks(70, 70).wait().declare("b0", "b1").wait().wait()
        stage.ex.resolve_estate(0)
        stage.ex.resolve_estate(1)
        return [report.insured for report in stage.ex.reports]

    def test_a66_an_exit_shrinks_every_allowance_alike(self):
        self.assertEqual(self.left_behind(Rules()), [250, 250])
        self.assertEqual(self.left_behind(without("allowances_shrink_alike")), [500, 0])

    def turned_estate(self, rules):
        """The long estate's gain at the turn covers what the drained shorts lack, to the atom."""
        stage = Stage(100, 50, rules=rules).deposit(b=273, s=429, w=9000, buyer=9000).pair(0, "b", "s", 39)
        stage.pair(1, "s", "w", 78).marks(70, 50 - F(11 + 30 - 23, 2))
        stage.ex.sync_account("s")
        stage.wait().declare("b").marks(94).wait(20)
        self.assertEqual(stage.ex.shortfall(0, SHORT), 39)
        stage.ex.buy_from_estate("buyer", 0, LONG, 39)
        return stage.ex.h(0, LONG)

    def test_i16_a_discount_never_draws_on_what_covers_the_other_side(self):
        """The buyer of the estate's lots would have to bear, on its new side, the discount it got."""
        self.assertEqual(self.turned_estate(Rules()), 0)
        self.assertGreater(self.turned_estate(without("discount_beyond_shortfalls")), 0)


class TwoSided(Scenario):
    """Shorts whose gain left for a losing sibling, down to h, when the mark turns: both sides lack at once."""

    def turn(self, rules, mark):
        stage = Stage(100, 50, rules=rules).deposit(b=70, s0=120, w0=9000, m=600, s1=360, w1=9000, l2=6000, s2=3000)
        stage.pair(0, "b", "s0", 10).pair(1, "s0", "w0", 25).pair(0, "m", "s1", 30).pair(1, "s1", "w1", 75)
        stage.pair(0, "l2", "s2", 10).marks(70)
        stage.marks(None, 50 - (30 + 12 - stage.ex.h(0, SHORT)) / F(5, 2))
        for who in ("s0", "s1"):
            stage.ex.sync_account(who)
        return stage.wait().declare("b").marks(mark).wait().declare("s0", "s1")

    def funded(self, rules, *sides):
        stage = self.turn(rules, 83)
        deficit = {side: stage.ex.shortfall(0, side) for side in (LONG, SHORT)}
        stage.ex.earn(0, 60)
        stage.ex.refill_cover(0)
        for side in sides:
            stage.wait().wait()
            stage.ex.resolve_estate(0, side)
        return deficit, [report.insured for report in stage.ex.reports], max(r.rates[LONG] for r in stage.ex.reports)

    def test_a60_both_estates_are_funded_in_one_resolution(self):
        """Resolved side by side, the first drinks the cover, and the other side's lots pay half as much again."""
        deficit, insured, rate = self.funded(Rules(), None)
        self.assertTrue(all(deficit.values()))
        self.assertEqual(insured, [60])
        _, insured, harmed = self.funded(without("fund_both_sides"), LONG, SHORT)
        self.assertEqual(insured, [60, 0])
        self.assertGreater(harmed, rate * F(7, 5))

    def opposite_estates(self, rules):
        """b and s are declared at 59, when s holds h; the mark turns to 76: s's lots lose what b's lots gain."""
        stage = Stage(100, 50, rules=rules).deposit(b=280, s=480, w=9000, l2=300, s2=150)
        stage.pair(0, "b", "s", 40).pair(1, "s", "w", 100).pair(0, "l2", "s2", 5).marks(59, 28)
        stage.ex.sync_account("s")
        return stage.wait().declare("b", "s").marks(76).wait().keepers().end()

    def test_i6_what_one_estate_gains_the_other_does_not_charge_to_stayers(self):
        """l2's lots gained 85 by the turn and lost 205 before; without crossing they are charged all they have."""
        self.assertEqual(self.opposite_estates(Rules()).gain("l2"), 5 * (76 - 100))
        self.assertLess(self.opposite_estates(without("cross_at_declaration")).gain("l2"), 5 * (76 - 100) - 85)

    def at_zero(self, rules):
        """s is short opposite the estate, lifted to exactly zero; what its other leg has left is below maintenance."""
        stage = Stage(100, 100, cover=300, rules=rules).deposit(b=700, s=1500, w=90000)
        stage.pair(0, "b", "s", 100).pair(1, "s", "w", 100).marks(90, 100).wait().declare("b").marks(120, 108)
        stage.ex.sync_account("s")
        self.assertEqual(stage.ex.equity("s", 0), 0)
        return abs(stage.wait(100).keepers(rounds=60).ex.side(0, LONG).estate.lots)

    def test_i11_a_position_at_zero_closes_against_the_estate(self):
        self.assertEqual(self.at_zero(Rules()), 0)
        self.assertEqual(self.at_zero(without("zero_equity_closes")), 100)
