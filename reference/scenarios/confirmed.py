"""Which accounts may be acted on: confirmed states, gross solvency, markets that cannot be valued, gates, clocks."""
from reference.exact import LONG, SHORT
from reference.scenarios.stage import F, Rules, Scenario, Stage, without


class Valued(Scenario):
    def silent(self, rules):
        """An owner rich in market 1, whose source is gone, and under water in market 0."""
        stage = Stage(100, 100, rules=rules).deposit(o=30000, x=90000, y=90000)
        stage.pair(0, "o", "x", 100).pair(1, "o", "y", 100).marks(100, 130)
        stage.ex.sync_account("o")
        stage.ex.silence(1)
        market = stage.ex.markets[0]
        position = market.positions["o"]
        moved = market.equity(position) - 1000
        position.cash -= moved
        stage.ex.markets[1].positions["o"].cash += moved
        return stage.marks(80).wait()

    def test_a62_a_silent_market_is_not_worth_nothing(self):
        stage = self.silent(Rules())
        self.refused(stage.ex.declare_bankruptcy, "o", because="bankrupt is not confirmed")
        harmed = self.silent(without("silent_market_counts"))
        harmed.declare("o")
        self.assertIsNone(harmed.ex.position("o", 0))

    def test_a46_after_the_grace_a_silent_position_counts_its_assured_equity(self):
        """29,000 and 30 a lot at 130: at half that mark it is still worth more than market 0 lacks."""
        stage = self.silent(Rules()).wait(200)
        self.refused(stage.ex.declare_bankruptcy, "o", because="bankrupt is not confirmed")
        self.assertEqual(stage.ex.worth("o"), -1000 + 29000 + 3000 - 6500)

    def shield(self, rules):
        """A dust position in a halted market, and 20 a lot missing in another."""
        stage = Stage(100, 100, rules=rules).deposit(b=1100, s=9000, x=900).pair(0, "b", "s", 100).pair(1, "b", "x", 1)
        stage.ex.silence(1)
        return stage.marks(70).wait()

    def test_a62_a_dust_position_in_a_halted_market_shields_no_account(self):
        stage = self.shield(Rules()).declare("b")
        self.assertIsNotNone(stage.ex.position("b", 1))
        harmed = self.shield(without("silent_market_left_out"))
        self.refused(harmed.ex.declare_bankruptcy, "b", because="a market is silent")

    def left_out(self, low, mark):
        """o has 4,700 in market 0, which falls, and 1,300 in market 1, which has no source and is left out."""
        stage = Stage(100, 100).deposit(o=4000, x=90000, y=90000).pair(0, "o", "x", 100).pair(1, "o", "y", 100)
        stage.deposit(o=2000).ex.sync_account("o")
        stage.ex.silence(1)
        stage.marks(low).wait(200).wait().declare("o").keepers()
        self.assertEqual((stage.ex.equity("o", 1), self.owed(stage)), (1300, 100 * (100 - low) - 4700))
        self.assertEqual(stage.gain("x"), 4700)
        stage.ex.restore(1)
        return stage.marks(None, mark)

    def owed(self, stage):
        return sum(stage.ex.debts["o"].values())

    def test_a62_what_was_left_out_is_pledged_to_the_debt(self):
        stage = self.left_out(42, 100)
        stage.ex.trade(1, "y", "o", 100)
        self.assertEqual((self.owed(stage), stage.ex.free["o"], stage.gain("x")), (0, 1300 - 1100, 5800))

    def test_a62_a_withdrawal_from_what_was_left_out_serves_the_debt_first(self):
        stage = self.left_out(48, 100)
        self.assertEqual((self.owed(stage), stage.ex.withdraw("o", 700)), (500, 200))
        self.assertEqual((self.owed(stage), stage.gain("x"), stage.ex.total()), (0, 5200, stage.ex.outside))

    def test_a62_profit_of_what_was_left_out_serves_the_debt_as_it_vests(self):
        stage = self.left_out(30, 120)
        stage.ex.trade(1, "y", "o", 100)
        self.assertEqual(self.owed(stage), 2300 - 1300)
        stage.wait(600).ex.sync_account("o")
        self.assertEqual((self.owed(stage), stage.ex.free["o"], stage.gain("x")), (0, 200, 7000))

    def phantom(self, rules):
        """X is solvent and hedged; Y's leg is a phantom that no sync can lift, and h of X's winning side is large."""
        stage = Stage(100, 100, 100, rules=rules).deposit(X=1000, x0=9000, x1=9000, Y=5200, y1=90000, y2=90000)
        stage.pair(2, "y2", "Y", 300).pair(1, "Y", "y1", 300).pair(0, "X", "x0", 100).pair(1, "x1", "X", 100)
        stage.marks(80, 80, 80)
        stage.ex.silence(2)
        return stage.wait()

    def test_a76_a_phantom_declares_no_solvent_account(self):
        stage = self.phantom(Rules())
        self.assertLess(stage.ex.worth("X") - 100 * stage.ex.h(1, SHORT), 0)
        self.refused(stage.ex.declare_bankruptcy, "X", because="bankrupt is not confirmed")
        harmed = self.phantom(without("solvency_is_gross")).declare("X")
        self.assertIsNone(harmed.ex.position("X", 0))

    def crash(self, rules):
        """Twenty hedged accounts of two falling markets, none synced for six slots: how many are confirmed in distress.
        """
        stage = Stage(100, 100, rules=rules).deposit(deep0=900000, deep1=900000)
        for i in range(20):
            stage.deposit(**{f"h{i}": 1000 + 10 * i})
            longs = (f"h{i}", "deep1") if i % 2 else ("deep0", f"h{i}")
            shorts = ("deep0", f"h{i}") if i % 2 else (f"h{i}", "deep1")
            stage.pair(0, longs[0], shorts[0], 100).pair(1, longs[1], shorts[1], 100)
        stage.marks(80, 79).wait()
        keys = [(who, state) for who, state in stage.ex.clocks if who.startswith("h")]
        return len(keys)

    def test_a76_in_a_crash_no_hedged_account_is_in_distress_for_others_phantoms(self):
        self.assertEqual(self.crash(Rules()), 0)
        self.assertGreater(self.crash(without("solvency_is_gross")), 10)

    def hedged(self):
        """A solvent hedged account is under water in one leg: a leaver opposite gets back all that was held."""
        stage = Stage(100, 100).deposit(h=2000, x=90000, y=90000, run=4000, rich=90000)
        stage.pair(0, "h", "x", 100).pair(1, "y", "h", 100).pair(0, "rich", "run", 100).marks(60, 60)
        stage.ex.trade(0, "run", "rich", 100)
        return stage

    def test_a2_a_solvent_hedged_account_costs_others_nothing(self):
        stage = self.hedged()
        self.assertGreater(stage.ex.held_of("run"), 0)
        stage.keepers().end()
        self.assertEqual((stage.gain("h"), stage.gain("run"), stage.gain("x")), (0, 4000, 4000))
        self.assertFalse(stage.reports())

    def held_back(self, worth):
        """A and B are each other's counterparties in both markets, and each other's held-back profit; half of the lots
        are others'.
        """
        stage = Stage(100, 100).deposit(A=2000 + worth, B=2000 + worth, l=90000, s=90000)
        stage.pair(0, "A", "B", 100).pair(1, "B", "A", 100).pair(0, "l", "s", 100).pair(1, "l", "s", 100)
        stage.marks(120, 120)
        stage.ex.outside -= 4000
        for who, m in (("A", 1), ("B", 0)):  # the cushion is lost elsewhere
            stage.ex.markets[m].positions[who].cash -= 2000
        return stage

    def test_i11_two_accounts_that_hold_each_other_back_find_an_end(self):
        """Each sync lifts what the last one freed: a dozen are enough; an account that is worth nothing is declared."""
        solvent = self.held_back(worth=1)
        for _ in range(12):
            for who in ("A", "B", "s"):
                solvent.ex.sync_account(who)
        self.assertEqual([solvent.ex.shortfall(m, side) for m in (0, 1) for side in (LONG, SHORT)], [0] * 4)
        self.assertEqual(self.held_back(worth=0).wait().keepers().end().gain("l"), 4000)


class Confirmed(Scenario):
    def wick(self, rules):
        """Two updates of one wick, published a slot apart and posted five slots apart."""
        stage = Stage(100, rules=rules).deposit(b=1000, s=9000).pair(0, "b", "s", 100)
        stage.ex.tick(1, {0: F(85)}, published=100)
        stage.ex.tick(5, {0: F(85)}, published=101)
        return stage

    def test_a64_two_updates_of_one_wick_do_not_confirm_each_other(self):
        self.refused(self.wick(Rules()).ex.declare_bankruptcy, "b", because="bankrupt is not confirmed")
        self.wick(without("confirm_publish_times")).declare("b")

    def test_a10_one_print_declares_no_account(self):
        stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100).marks(85)
        self.refused(stage.ex.declare_bankruptcy, "b", because="bankrupt is not confirmed")
        stage.marks(100).marks(85)
        self.refused(stage.wait(3).ex.declare_bankruptcy, "b", because="bankrupt is not confirmed")
        stage.wait(2).declare("b")

    def test_a_clock_lapses_when_nobody_looks_for_long(self):
        """Between two looks the state may have been cured: what nobody saw for 31 slots is no confirmation."""
        for slots, because in ((30, None), (31, "bankrupt is not confirmed")):
            stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100).marks(85)
            stage.ex.tick(slots, watched=False)
            if because is None:
                stage.declare("b")
                continue
            self.refused(stage.ex.declare_bankruptcy, "b", because=because)
            stage.ex.sync_account("b")
            self.refused(stage.wait(4).ex.declare_bankruptcy, "b", because=because)
            stage.wait(1).declare("b")

    def test_what_nobody_saw_cured_goes_on_and_a_touch_that_sees_it_ends_it(self):
        for touched in (False, True):
            stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100).marks(85)
            stage.ex.tick(3, {0: 100}, watched=False)
            if touched:
                stage.ex.sync_account("b")
            stage.ex.tick(2, {0: 85}, watched=False)
            if touched:
                self.refused(stage.ex.declare_bankruptcy, "b", because="bankrupt is not confirmed")
            else:
                stage.declare("b")

    def test_confirmation_takes_longer_while_the_spot_is_far_from_its_average(self):
        stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100)
        stage.ex.tick(1, {0: 85}, averages={0: 98})
        self.refused(stage.wait(24).ex.declare_bankruptcy, "b", because="bankrupt is not confirmed")
        stage.wait(1).declare("b")
        near = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100)
        near.ex.tick(1, {0: 85}, averages={0: 89})
        near.wait(5).declare("b")

    def resolved_at_a_wick(self, rules):
        stage = Stage(100, rules=rules).deposit(b=1000, s=9000).pair(0, "b", "s", 100)
        return stage.marks(88).wait().declare("b").wait().wait().marks(50)

    def test_a10_a_wick_is_not_resolved_at(self):
        """The shorts would be charged 40 a lot instead of 2."""
        stage = self.resolved_at_a_wick(Rules())
        self.refused(stage.ex.resolve_estate, 0, because="the mark is far from its reference")
        harmed = self.resolved_at_a_wick(without("resolve_near_reference"))
        harmed.ex.resolve_estate(0)
        self.assertEqual(harmed.reports()[0].deficit, 4000)

    def test_a10_after_the_wait_a_resolution_runs_at_the_mark(self):
        stage = self.resolved_at_a_wick(Rules())
        for step in range(50):
            stage.marks(50 if step % 2 else 88)
            if stage.ex.waits_for(0) is None:
                break
        stage.ex.resolve_estate(0)
        self.assertTrue(stage.reports())


class Waits(Scenario):
    def delayed(self, rules, slots):
        """Another account of twice the lots is declared every 25 slots, and somebody is always under water."""
        stage = Stage(100, rules=rules)
        for i in range(5):
            lots = 2 ** i
            stage.deposit(**{f"b{i}": lots * (10 + 4 * i), f"s{i}": lots * 90}).pair(0, f"b{i}", f"s{i}", lots)
        for i in range(4):
            stage.marks(88 - 4 * i).wait().declare(f"b{i}").wait(19)
            if stage.ex.slot >= slots:
                break
        stage.marks(70).wait(1)
        return stage.ex.waits_for(0)

    def test_a83_an_estate_that_is_doubled_again_and_again_is_resolved_all_the_same(self):
        self.assertIsNone(self.delayed(Rules(), 75))
        self.assertEqual(self.delayed(without("wait_from_first"), 75), "lots under water are not declared")

    def dust(self, rules):
        """A dust lot of a solvent account whose other leg is silent stays under water; 20,000 lots wait to be resolved.
        """
        stage = Stage(100, 100, rules=rules).deposit(b=100000, s=1900000, d=8, x=900, y=900)
        stage.pair(0, "b", "s", 10000).pair(0, "d", "x", F(1, 2)).pair(1, "y", "d", 1).marks(80, 70)
        stage.ex.silence(1)
        stage.wait().declare("b").wait().wait()
        return stage.ex.waits_for(0)

    def test_a83_a_dust_lot_under_water_holds_no_resolution_up(self):
        self.assertIsNone(self.dust(Rules()))
        self.assertEqual(self.dust(without("wait_ignores_dust")), "lots under water are not declared")


class Gates(Scenario):
    def emptied(self, rules):
        """The declaration moves all of U into the estate, and nothing has been resolved yet."""
        stage = Stage(100, common=5000, rules=rules, allowance_weight_bps=0)
        stage.deposit(b=1000, s=9000, old=9000, oldest=90000, n=9000, nl=90000)
        stage.pair(0, "oldest", "old", 100).marks(90)
        stage.ex.trade(0, "old", "oldest", 100)
        stage.wait().pair(0, "b", "s", 100).marks(30).wait()
        stage.declare("b")
        return stage

    def test_a63_stakers_stay_while_an_estate_lacks(self):
        stage = self.emptied(Rules())
        self.refused(stage.ex.unstake, 1, because="the fund covers a shortfall")
        harmed = self.emptied(without("gates_read_shortfall"))
        harmed.ex.unstake(5000)

    def test_a63_profit_does_not_unlock_while_an_estate_lacks(self):
        for rules, unlocked in ((Rules(), 0), (without("gates_read_shortfall"), 6)):
            stage = self.emptied(rules)
            before = stage.ex.markets[0].vesting_clock
            self.assertEqual(stage.wait().ex.markets[0].vesting_clock - before, unlocked)

    def test_a63_no_account_opens_over_what_an_estate_lacks(self):
        stage = self.emptied(Rules())
        self.refused(stage.ex.trade, 0, "n", "nl", 10)
        harmed = self.emptied(without("gates_read_shortfall", "no_opening_in_event", "holdback"))
        harmed.ex.trade(0, "nl", "n", 10)

    def tolerated(self, rules):
        """A dust position of 1 lot lacks 10 in a market of 10,001 lots."""
        stage = Stage(100, rules=rules).deposit(big=900000, s=900000, d=5, x=900, n=9000, nl=9000)
        stage.pair(0, "big", "s", 10000).pair(0, "d", "x", 1).marks(85)
        return stage.pair(0, "n", "nl", 10)

    def test_a70_an_underwater_dust_position_refuses_no_opening(self):
        self.tolerated(Rules())
        self.refused(self.tolerated, without("tolerance"), because="a shortfall is not insured")

    def shrunk(self, rules):
        """S leaves with nearly all lots in an event of 10,101 lots; it is resolved, and a dust phantom of 12 stays
        under water.
        """
        stage = Stage(100, 100, rules=rules).deposit(b=1000, s=9000, L=900000, S=900000, d=11, x=9000, y=9000)
        stage.pair(0, "b", "s", 100).pair(0, "L", "S", 10000).pair(0, "d", "x", 1).pair(1, "y", "d", 1).marks(80, 70)
        stage.ex.silence(1)
        stage.wait().declare("b")
        stage.ex.trade(0, "S", "L", 9900)
        stage.wait(stage.ex.parameters.resolve_wait_slots)
        stage.ex.resolve_estate(0)
        stage.wait().wait().ex.sync_account("S")
        return stage.ex.held_of("S")

    def test_a70_the_tolerance_is_that_of_the_events_beginning(self):
        """Otherwise what counted as none holds every leaver's money once open interest has shrunk."""
        self.assertEqual(self.shrunk(Rules()), 0)
        self.assertGreater(self.shrunk(without("tolerance_fixed")), 0)

    def under_tolerance(self):
        """A newcomer opens under the tolerance, 99 % of the others leave for nothing: what it can bear is that
        tolerance.
        """
        stage = Stage(100).deposit(b=500, B=900000, W=900000, w=9000, n=9000, nl=9000)
        stage.pair(0, "B", "W", 9900).pair(0, "b", "w", 100).marks(F(9409, 100)).pair(0, "nl", "n", 100)
        stage.ex.trade(0, "W", "B", 9900)
        return stage.keepers().end()

    def test_i16_a_newcomer_bears_at_most_the_tolerance_it_opened_under(self):
        stage = self.under_tolerance()
        self.assertLess(stage.gain("n"), 0)
        self.assertGreaterEqual(stage.gain("n"), -F(9409, 100) * 10100 / 10000)
        self.assertEqual(stage.ex.markets[0].unfunded, 0)


