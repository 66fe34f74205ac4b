"""The ladder, the claims and the attribution of held money against their naive references."""
from reference import attribution, claims, ladder
from reference.scenarios.stage import F, Scenario


class Structures(Scenario):
    def test_the_lazy_ladder_equals_the_eager_one(self):
        self.assertGreater(sum(ladder.History(seed).play() for seed in range(16)), 50)

    def test_units_of_claims_equal_book_keeping(self):
        self.assertGreater(sum(claims.History(seed).play() for seed in range(150)), 500)

    def test_a74_the_lazy_ladder_attributes_what_deleveraged_lots_leave(self):
        self.assertGreater(sum(attribution.History(seed).play() for seed in range(16)), 50)

    def pool_joined(self, covered_only):
        """A pool stands far from the mark; a nearer line is deleveraged by a walk that ends before the pool."""
        lazy = ladder.Lazy(join_covered_pools_only=covered_only)
        near, middle, far = (ladder.line_at_or_above(F(price)) for price in (1100, 1500, 1550))
        lazy.open("far", F(10), far)
        lazy.open("middle", F(10), middle)
        lazy.deleverage(F(1000), F(8))
        before = lazy.caught_up("far")[0]
        lazy.open("near", F(10), near)
        lazy.deleverage(F(1000), F(2))
        return before, lazy.caught_up("far")[0]

    def test_a61_lines_join_no_pool_the_walk_does_not_reach(self):
        """The pool's members would grow: no position has more lots after a deleveraging than before."""
        before, after = self.pool_joined(covered_only=True)
        self.assertEqual(before, after)
        before, after = self.pool_joined(covered_only=False)
        self.assertGreater(after, 2 * before)

    def test_g9_each_loss_is_repaid_once(self):
        """A loses 100 and is repaid; B joins; both lose 50; a payment of 100 pays 50 each."""
        pot = claims.Claims([claims.SideClaims()])
        a = claims.Holder(pot, 0, F(1))
        pot.lose(0, F(100), F(1))
        self.assertEqual(pot.pay(F(100)), 0)
        b = claims.Holder(pot, 0, F(1))
        pot.lose(0, F(50), F(2))
        self.assertEqual(pot.pay(F(120)), 20)
        a.touch(F(0))
        b.touch(F(0))
        self.assertEqual((a.paid, b.paid), (150, 50))
