"""The rules of the waterfall as flags. The default is the whole mechanism; each scenario takes one away and shows the
harm.
"""
from dataclasses import dataclass, field, fields, replace


def rule(holds, answers):
    return field(default=True, metadata={"holds": holds, "answers": answers})


@dataclass(frozen=True)
class Rules:
    # --- holdback and held money
    holdback: bool = rule("Lots that leave a side leave h each behind, held.", "A58 A59 A60")
    declared_legs_leave_holdback: bool = rule(
        "The winning leg of a declared account leaves h a lot like any other.", "A58"
    )
    held_pays_what_it_holds: bool = rule(
        "Held lots pay at most what they hold; h and c are the larger of two rates.", "A72"
    )
    deleveraged_own_held: bool = rule("What a deleveraged lot leaves stays its owner's.", "A74")
    estates_own_held: bool = rule("What is held from a declared account belongs to its estates.", "A77")
    held_elsewhere_may_be_charged: bool = rule(
        "What an estate owns in other markets' events counts when it is resolved, and not against h.", "A77"
    )
    trim: bool = rule("Held money above the highest h of two windows returns at a touch.", "A79")
    empty_list_closes: bool = rule("A haircut index that reaches zero closes its list and a new one begins.", "A71")
    pages_never_recycled: bool = rule(
        "An ended event keeps its index for ever, so no event waits for an owner to collect.", "A84"
    )
    returns_vest: bool = rule("What returns is margin as far as it lowered paid-in margin; the rest vests.", "A13 A69")
    # --- shortfall
    own_uncollected: bool = rule("A side's uncollected charges fall on that side again, never on the other.", "I6")
    uncollected_is_what_lacked: bool = rule(
        "Uncollected is at most what the position lacked when it was charged.", "A80"
    )
    no_entry_after_charge: bool = rule("No lots enter a side whose present event has charged.", "A80")
    tolerance: bool = rule("A shortfall under 1 bp of open interest counts as none, except in a resolution.", "A70")
    tolerance_fixed: bool = rule("Open interest in the tolerance is that of the event's beginning.", "A70")
    lasting_layers: bool = rule("An unpinned layer counts against h only while it outlasts a resolution.", "A75")
    gates_read_shortfall: bool = rule("Gates read the estates' lack too, not only what the ladder sees.", "A63")
    # --- events and openings
    every_mark_zero: bool = rule("An event ends when h was zero at every accepted mark over the confirmation.", "A81")
    no_opening_in_event: bool = rule("No account opens on a side whose event lives.", "A74")
    openings_need_insurance: bool = rule("An opening needs both shortfalls within cover and lasting layers.", "A6 I16")
    takeover_needs_own_side_only: bool = rule(
        "A take-over that raises neither side needs only h = 0 on its own side.", "A82"
    )
    adequacy_refuses: bool = rule("Reserve adequacy refuses orders and never guards a market.", "A67")
    # --- valuation and margin
    solvency_is_gross: bool = rule("Distress and bankruptcy are not net of holdback.", "A76")
    held_counts: bool = rule("Held money counts in its owner's solvency.", "A5 A76")
    silent_market_counts: bool = rule(
        "A position in a market without a source counts at its last mark, then assured.", "A62 I19"
    )
    silent_market_left_out: bool = rule(
        "A declaration leaves a market without a source out instead of waiting for it.", "A62"
    )
    lift_lowers_margin: bool = rule("A lift lowers paid-in margin to the equity before it.", "A69")
    close_lowers_margin: bool = rule("A close lowers paid-in margin to the equity left.", "A13")
    profit_vests: bool = rule("Profit that leaves a position vests.", "F1 F9")
    confirm_publish_times: bool = rule("Confirmation asks publish times and slots, both apart.", "A64")
    resolve_near_reference: bool = rule("A resolution runs near a reference mark that is confirmed.", "A10 A64")
    # --- estate, insurance, resolution
    weighted_sale_clock: bool = rule("The sale's clock is the lots-weighted mean of the declarations.", "A65")
    sale_only_insured: bool = rule("Estate lots are sold only while insurance covers the estates.", "A59")
    cross_at_declaration: bool = rule("Estates close against each other as soon as both have lots.", "I6")
    discount_beyond_shortfalls: bool = rule("A discount is paid from what an estate has beyond both shortfalls.", "I16")
    wait_from_first: bool = rule("The wait counts from the first declaration since the estate was funded.", "A83")
    wait_ignores_dust: bool = rule("Less than 1 bp of open interest under water does not hold a resolution up.", "A83")
    estate_surplus_first: bool = rule("A positive estate pays before insurance and winners do.", "A73")
    fund_insured_at_once: bool = rule(
        "An insured lack is paid at the declaration, a purchase, or before an opening.", "A78"
    )
    fund_both_sides: bool = rule(
        "Both estates are funded in one resolution, in proportion to their deficits.", "A6 A60"
    )
    allowance_by_epoch: bool = rule("A market draws at most its weight of the fund at the epoch's beginning.", "A66")
    allowances_shrink_alike: bool = rule("Where less is left than all allowances, each pays in proportion.", "A66")
    walk_net_of_holdback: bool = rule(
        "The walk runs at the mark worsened by c + h, so that a pool's members are alike.", "A74"
    )
    zero_equity_closes: bool = rule("The walk closes a position at exactly zero too.", "I11")
    bounded_rewards: bool = rule("Work is paid at most 2 bps of the lots' value and half the lowest fee.", "A68")


def without(*names):
    """Every rule but these."""
    known = {f.name for f in fields(Rules)}
    assert set(names) <= known, set(names) - known
    return replace(Rules(), **dict.fromkeys(names, False))


@dataclass(frozen=True)
class Parameters:
    """Numbers a market sets; the defaults are the recommended ones where there is a recommendation."""

    initial_bps: int = 500
    maintenance_bps: int = 300
    grid: bool = False  # keys snap to lines, as in the engine
    buffer_bps: int = 150  # beyond maintenance, what a partial liquidation restores
    discount_start_bps: int = 10  # the discount of a liquidation when its clock starts
    discount_bps: int = 200  # the largest discount of a liquidation or a sale
    penalty_bps: int = 20
    fee_bps: int = 0  # of an opening fill's value, to the keeper pot
    tolerance_bps: int = 1
    resolve_deviation_bps: int = 500
    allowance_weight_bps: int = 2_500
    cover_epoch_slots: int = 100  # between refills of a cover
    confirm_slots: int = 5
    confirm_far_slots: int = 25  # while spot is further than this from its average
    confirm_deviation_bps: int = 500
    distress_ttl_slots: int = 30  # unobserved for longer, a clock lapses; more than 25
    auction_slots: int = 100  # from the first observed distress to the largest discount
    deleverage_slots: int | None = 100  # without a taker until an account may be deleveraged; None where it may not
    slice_bps: int = 2_000  # of a position, in one window, or the floor in lots
    slice_floor: int = 10
    slice_window_slots: int = 25
    position_min: int = 0  # lots; less is dust
    reopen_slots: int = 100  # after which such an account may open there again
    estate_slots: int = 10
    sale_slots: int = 100
    resolve_wait_slots: int = 50
    open_layer_slots: int = 150
    sibling_grace_slots: int = 150
    profit_vesting_slots: int = 1_000
    event_ring: int = 64  # pages per side, read only where they are recycled
    adequacy_move_bps: int | None = None  # the move that reserve adequacy looks ahead
