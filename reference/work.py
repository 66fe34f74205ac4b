"""Work is paid: never more than the lots could have cost to open, so that no loop of calls earns (A68)."""
from reference.exact import F, ZERO, bps

FLAT = F(10)  # per act, only with the rule taken away


def pay(ex, market, keeper, lots):
    """At most 2 bps of the lots' value, at most half the lowest fee, never more than the pot."""
    if keeper is None or not lots:
        return
    value = lots * market.mark
    bounded = min(value * bps(2), value * bps(ex.parameters.fee_bps) / 2)
    paid = min(bounded if ex.rules.bounded_rewards else FLAT, market.keeper_pot)
    market.keeper_pot -= paid
    ex.free[keeper] = ex.free.get(keeper, ZERO) + paid
