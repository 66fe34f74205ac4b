//! Who governs an exchange, and what he cannot do: pauses with an end, proposals with a timelock, tightening, the hand-over
//! of the authority, durable nonces, a multisig.

mod multisig;
pub mod nonces;
mod pauses;
mod proposals;

use breakwater::state::{kind, Change, Exchange, Proposal};
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_sim::svm::governance::named;
use breakwater_sim::svm::keys::MarketKeys;
use breakwater_sim::svm::{decode, SvmVenue};
use breakwater_sim::venue::{Outcome, Venue};
use solana_pubkey::Pubkey;

use crate::stage::Stage;

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;
/// The timelock of these exchanges.
pub const LOCK: i64 = 2 * DAY;

/// An exchange with a timelock and a market with its guards on.
pub fn locked() -> Stage {
    let params = ExchangeParams { timelock_seconds: LOCK as u64, ..ExchangeParams::standard() };
    let created = SvmVenue::new(&params).expect("make build first");
    let mut stage = Stage { venue: created.expect("an exchange") };
    stage.list(&MarketParams::standard());
    stage
}

pub fn exchange(stage: &Stage) -> Box<Exchange> {
    decode::state(stage.venue.chain.data(&stage.venue.build.keys.exchange))
}

pub fn market(stage: &Stage) -> Box<breakwater::state::Market> {
    decode::state(stage.venue.chain.data(&stage.venue.markets[0].market))
}

pub fn proposal(stage: &Stage, id: u64) -> Box<Proposal> {
    decode::state(stage.venue.chain.data(&stage.venue.build.proposal(id)))
}

/// Seconds pass.
pub fn pass(stage: &mut Stage, seconds: i64) {
    stage.venue.advance(seconds as u64 * 5 / 2, seconds);
}

/// The market a change concerns.
pub fn market_of(stage: &Stage, change: &Change) -> Option<MarketKeys> {
    let concerns = [kind::MARKET_PARAMETER, kind::SOURCE, kind::SECOND_SOURCE, kind::LAYER].contains(&change.kind);
    concerns.then(|| stage.venue.markets[0])
}

/// Proposes a change under the next number.
pub fn try_propose(stage: &mut Stage, change: Change) -> Outcome {
    let (id, market) = (exchange(stage).proposal_count, market_of(stage, &change));
    let built = stage.venue.build.propose_change(id, market.as_ref(), change);
    stage.send("propose_change", built)
}

/// The same, which must succeed: its number.
pub fn propose(stage: &mut Stage, change: Change) -> u64 {
    let id = exchange(stage).proposal_count;
    try_propose(stage, change).expect("a proposal");
    id
}

/// Executes a proposal.
pub fn execute(stage: &mut Stage, id: u64) -> Outcome {
    let change = proposal(stage, id).change();
    let market = market_of(stage, &change);
    let built = stage.venue.build.execute_naming(id, market.as_ref(), named(&change));
    stage.send("execute_change", built)
}

/// Cancels one.
pub fn cancel(stage: &mut Stage, signer: Pubkey, id: u64) -> Outcome {
    let built = stage.venue.build.cancel_change(signer, id);
    stage.send("cancel_change", built)
}

/// Tightens a parameter of the exchange, or of the market.
pub fn tighten(stage: &mut Stage, of_market: bool, parameter: u16, to: u64) -> Outcome {
    let market = of_market.then(|| stage.venue.markets[0]);
    let built = stage.venue.build.tighten(market.as_ref(), parameter, to);
    stage.send("tighten", built)
}
