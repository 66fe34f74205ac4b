//! Parameters that break a rule: one case a rule at least, and one for each bound that has two ends.

use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::{Atoms, Bps, Lots};
use breakwater_sim::svm::decode;
use breakwater_sim::svm::instructions::Build;
use breakwater_sim::svm::keys::ExchangeKeys;
use breakwater_sim::venue::{Outcome, Venue};

use super::{case, Case};
use crate::stage::{said, Stage, BIRTH};

/// The third market's feed speaks.
pub fn price(stage: &mut Stage) {
    let keys = stage.venue.build.keys.market(2);
    let first = said(BIRTH, stage.venue.now().time);
    stage.venue.post(&keys, &first);
}

/// Lists the third market with one parameter changed.
pub fn list(stage: &mut Stage, change: fn(&mut MarketParams)) -> Outcome {
    let mut params = MarketParams::bare();
    change(&mut params);
    let first = said(BIRTH, stage.venue.now().time);
    stage.venue.list(&params, &first).map(|_| ())
}

/// Lists it at what its feed says already.
pub fn list_posted(stage: &mut Stage) -> Outcome {
    let keys = stage.venue.build.keys.market(2);
    stage.venue.chain.put_data(keys.ladder, breakwater::ID, vec![0; crate::stage::LADDER]);
    let params = decode::market_params(&MarketParams::bare());
    let built = stage.venue.build.list_market(2, &keys, params);
    let outcome = stage.send("", built);
    stage.venue.chain.put(keys.ladder, Default::default());
    outcome
}

/// Lists it as it should be.
pub fn list_standard(stage: &mut Stage) -> Outcome {
    list(stage, |_| {})
}

/// Creates another exchange.
fn exchange(stage: &mut Stage, deposit_min: u64, deposits_max: u64) -> Outcome {
    let build = Build { keys: ExchangeKeys::of(1), ..stage.venue.build };
    let params =
        ExchangeParams { deposit_min: Atoms(deposit_min), deposits_max: Atoms(deposits_max), ..ExchangeParams::bare() };
    let built = build.initialise_exchange(decode::exchange_params(&params));
    stage.send("", built)
}

fn authority(stage: &mut Stage) {
    ExchangeKeys::of(1).prepare(&mut stage.venue.chain);
}

macro_rules! rule {
    ($what:literal, $error:ident, $change:expr) => {
        case!($what, $error, price, |stage| list(stage, $change))
    };
}

pub const CASES: &[Case] = &[
    rule!("no brackets", RuleBracketsRise, |params| params.bracket_count = 0),
    rule!("five brackets", RuleBracketsRise, |params| params.bracket_count = 5),
    rule!("bounds that fall", RuleBracketsRise, |params| params.brackets[1].up_to = Atoms(1)),
    rule!("fractions that fall", RuleBracketsRise, |params| params.brackets[1].initial = Bps(1)),
    rule!("maintenance as high as initial", RuleInitialAboveMaintenance, |params| params.brackets[3].maintenance =
        Bps(2_000)),
    rule!("more than the whole", RuleInitialAboveMaintenance, |params| params.brackets[3].initial = Bps(10_001)),
    rule!("a penalty as high as maintenance", RulePenaltyBelowMaintenance, |params| params.penalty = Bps(95)),
    rule!("a penalty beyond all bounds", RulePenaltyBelowMaintenance, |params| params.penalty = Bps(u32::MAX)),
    rule!("a lot worth a dollar", RuleLotValue, |params| params.lot_exponent = -2),
    rule!("a lot worth nothing", RuleLotValue, |params| params.lot_exponent = -13),
    rule!("a lot of an unheard-of size", PriceExponent, |params| params.lot_exponent = i32::MAX),
    rule!("no step", RuleStep, |params| params.step = Lots(0)),
    rule!("a smallest position between steps", RuleStep, |params| params.step = Lots(7)),
    rule!("a smallest position worth less than a cent", RuleStep, |params| params.position_min = Lots(9_999)),
    rule!("no open interest", RuleOpenInterest, |params| params.open_interest_max = Lots(0)),
    rule!("open interest beyond all bounds", RuleOpenInterest, |params| params.open_interest_max = Lots(u64::MAX)),
    rule!("no band", RuleBand, |params| params.band = Bps(0)),
    rule!("a band over a fifth", RuleBand, |params| params.band = Bps(2_001)),
    rule!("prices of any age", RulePriceBounds, |params| params.price_age_seconds_max = u64::MAX),
    rule!("prices of no age", RulePriceBounds, |params| params.price_age_seconds_max = 0),
    rule!("prices of tomorrow", RulePriceBounds, |params| params.price_ahead_seconds_max = 86_400),
    rule!("marks of any age", RulePriceBounds, |params| params.mark_age_slots_max = 1_501),
    rule!("confidence of nothing", RulePriceBounds, |params| params.confidence_good = Bps(0)),
    rule!("usable before good", RulePriceBounds, |params| params.confidence_usable = Bps(99)),
    rule!("confidence over a fifth", RulePriceBounds, |params| params.confidence_usable = Bps(2_001)),
    rule!("divergence a wick exceeds", RulePriceBounds, |params| params.divergence_usable = Bps(6_999)),
    rule!("jumps without bounds", RulePriceBounds, |params| params.jump_per_slot = Bps(10_000)),
    rule!("no jumps", RulePriceBounds, |params| params.jump_per_slot = Bps(99)),
    rule!("funding at any rate", RuleFunding, |params| params.funding_rate_max = Bps(1_001)),
    rule!("funding without an end", RuleFunding, |params| params.funding_gap_seconds_max = u64::MAX),
    rule!("funding at once", RuleFunding, |params| params.funding_period_seconds = 1),
    rule!("an average of a moment", RuleFunding, |params| params.funding_ema_seconds = 59),
    rule!("a premium that any wash moves", RuleImpact, |params| params.impact_share_bps = Bps(1)),
    rule!("a floor of nothing", RuleImpact, |params| params.impact_lots_min = Lots(0)),
    rule!("no auction", RuleAuction, |params| params.auction_slots = 0),
    rule!("no observation", RuleAuction, |params| params.observe_slots = 0),
    rule!("quotes for ever", RuleAuction, |params| params.check_slots = 151),
    rule!("deleveraging before the auction", RuleAuction, |params| params.deleverage_after_slots = 150),
    rule!("no slice", RuleAuction, |params| params.slice = Bps(0)),
    rule!("a slice over the whole", RuleAuction, |params| params.slice = Bps(10_001)),
    rule!("no buffer", RuleAuction, |params| params.buffer = Bps(0)),
    rule!("a discount that falls", RuleAuction, |params| params.discount_start = Bps(201)),
    rule!("no share of the cover", RuleCover, |params| params.event_share = Bps(0)),
    rule!("covers refilled at any time", RuleCover, |params| params.cover_epoch_seconds = 0),
    rule!("profit at once", RuleVesting, |params| params.profit_vesting_seconds = 3_599),
    rule!("profit that counts twice", RuleVesting, |params| params.profit_counts = Bps(10_001)),
    rule!("makers paying more than takers", RuleFees, |params| params.maker_fee = Bps(6)),
    rule!("a taker fee over a percent", RuleFees, |params| {
        params.taker_fee = Bps(101);
        params.discount_max = Bps(100);
    }),
    rule!("a walk of seven lines", RuleWalk, |params| params.walk_max = 7),
    rule!("a walk of 65 lines", RuleWalk, |params| params.walk_max = 65),
    rule!("a sync paid too well", RuleSyncReward, |params| params.sync_reward = Bps(11)),
    rule!("a halt held for hours", RuleBreakers, |params| params.halt_hold_seconds = 3_601),
    rule!("settled within the hour", RuleBreakers, |params| params.settle_after_seconds = 3_599),
    rule!("guarded before stressed", RuleBreakers, |params| params.gauge_guard = Bps(1)),
    rule!("sources that always disagree", RuleBreakers, |params| params.disagreement = Bps(0)),
    case!(
        "a first price that is not good",
        PriceQuality,
        |stage| {
            price(stage);
            stage.venue.advance(200, 80);
        },
        list_posted
    ),
    case!("deposits of nothing", RuleDeposits, authority, |stage| exchange(stage, 0, 1)),
    case!("deposits larger than all", RuleDeposits, authority, |stage| exchange(stage, 2, 1)),
    case!("deposits without bounds", RuleDeposits, authority, |stage| exchange(stage, 1, u64::MAX)),
];
