//! What stands against an instruction, whatever it is: every pause bit, the freeze, both levels, of the exchange and of each market passed,
//! and in the markets the grace period, an old mark and a mark of either quality (A41).
//!
//! The table says what each instruction asks, and whom; what is expected of each thing that stands against it is the engine's answer to
//! that question. `wrong_accounts` has every instruction in a scene in which it succeeds, and hands it over here: so an instruction without
//! a row fails, and so does one whose gate is taken away, in whichever market.

use std::collections::BTreeSet;

use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::Discriminator;
use breakwater::state::{Exchange, Market};
use breakwater_engine::breaker::Level;
use breakwater_engine::permission::{permitted, Action, Conditions, PauseBits};
use breakwater_engine::price::{Quality, Reasons};
use breakwater_engine::Error;
use breakwater_sim::svm::decode;
use breakwater_sim::venue::{Refusal, Venue};
use solana_pubkey::Pubkey;

use crate::stage::{none, Stage};

/// Whom an instruction asks.
#[derive(Clone, Copy)]
enum Asks {
    /// Nobody: there is no exchange yet.
    Nobody,
    /// The exchange.
    Exchange(Action),
    /// The first market passed, with the exchange's own guards.
    First(Action),
    /// The exchange and every market passed. Without markets it asks for the second.
    Each(Action, Action),
    /// The exchange; a market that is frozen is left as it is.
    LeavesOut(Action),
    /// The exchange, and every market what it may cost: its mark must be one that says so.
    Costs(Action),
}

use Asks::{Costs, Each, Exchange as OfExchange, First, LeavesOut, Nobody};

/// Every instruction.
const TABLE: [(&str, Asks); 50] = [
    ("accept_authority", OfExchange(Action::Govern)),
    ("allocate_margin", First(Action::TakeMargin)),
    ("auction_collateral", Each(Action::AuctionCollateral, Action::AuctionCollateral)),
    ("cancel_change", OfExchange(Action::Govern)),
    ("cancel_collateral", OfExchange(Action::Govern)),
    ("cancel_listing", OfExchange(Action::Govern)),
    ("cancel_quote", OfExchange(Action::CancelQuote)),
    ("claim", First(Action::Claim)),
    ("clear_pauses", OfExchange(Action::SetPause)),
    ("close_account", OfExchange(Action::CloseAccount)),
    ("collect_fees", First(Action::CollectFees)),
    ("deposit", LeavesOut(Action::Deposit)),
    ("deposit_collateral", OfExchange(Action::DepositCollateral)),
    ("distribute_surplus", LeavesOut(Action::DistributeSurplus)),
    ("donate", First(Action::Donate)),
    ("execute_change", OfExchange(Action::Govern)),
    ("exit_stake", Costs(Action::Unstake)),
    ("fund_insurance", OfExchange(Action::FundInsurance)),
    ("fund_layer", First(Action::FundLayer)),
    ("guardian_pause", OfExchange(Action::SetPause)),
    ("initialise_exchange", Nobody),
    ("isolate_position", First(Action::Isolate)),
    ("liquidate", First(Action::Liquidate)),
    ("list_collateral", OfExchange(Action::ListMarket)),
    ("list_market", OfExchange(Action::ListMarket)),
    ("offer_authority", OfExchange(Action::Govern)),
    ("open_account", OfExchange(Action::OpenAccount)),
    ("propose_change", OfExchange(Action::Govern)),
    ("rebase", First(Action::Rebase)),
    ("refresh_collateral", OfExchange(Action::ValueCollateral)),
    ("refresh_market", First(Action::Refresh)),
    ("request_exit", OfExchange(Action::RequestExit)),
    ("request_withdrawal", OfExchange(Action::RequestWithdrawal)),
    ("resolve_bankruptcy", First(Action::Resolve)),
    ("revoke_offer", OfExchange(Action::Govern)),
    ("set_pause_bits", OfExchange(Action::SetPause)),
    ("set_quote", First(Action::SetQuote)),
    ("settle_market", First(Action::Settle)),
    ("settle_position", First(Action::SettlePosition)),
    ("skim", LeavesOut(Action::Skim)),
    ("stake", OfExchange(Action::FundInsurance)),
    ("sync_position", LeavesOut(Action::Sync)),
    ("take_premium", First(Action::TakePremium)),
    ("tighten", OfExchange(Action::Govern)),
    ("trade", First(Action::TradeIncrease)),
    ("trip_breaker", OfExchange(Action::TripBreaker)),
    ("value_collateral", OfExchange(Action::ValueCollateral)),
    ("withdraw", Each(Action::Withdraw, Action::WithdrawFlat)),
    ("withdraw_collateral", Each(Action::WithdrawCollateral, Action::WithdrawFlat)),
    ("withdraw_layer", First(Action::WithdrawLayer)),
];

/// Refusals of the gate, and of nothing else in these scenes.
const GATES: [Error; 6] = [
    Error::Paused,
    Error::MarketHalted,
    Error::GracePeriod,
    Error::StaleMark,
    Error::PriceQuality,
    Error::MarketNotOpen,
];

/// What is made to stand against an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    Paused(PauseBits),
    At(Level),
    Unopened,
    Grace,
    Old,
    Of(Quality),
}

const LEVELS: [Obstacle; 2] = [Obstacle::At(Level::Guarded), Obstacle::At(Level::Halted)];

/// Of the exchange and of markets.
fn everywhere() -> impl Iterator<Item = Obstacle> {
    (0..10).map(|bit| Obstacle::Paused(PauseBits(1 << bit))).chain(LEVELS)
}

/// Of markets only.
const OF_MARKETS: [Obstacle; 5] =
    [Obstacle::Unopened, Obstacle::Grace, Obstacle::Old, Obstacle::Of(Quality::Usable), Obstacle::Of(Quality::Bad)];

/// Who is asked about it.
#[derive(Clone, Copy)]
enum Scope {
    Exchange,
    /// The market in this place among those passed.
    Market(usize),
}

/// Tries a copy of the stage under every obstacle in turn. The instruction succeeds without.
pub fn try_all(stage: &Stage, name: &str, instruction: &Instruction) {
    let asks = asks_of(name, instruction);
    let markets = markets_of(stage, instruction);
    let mut faults = Vec::new();
    let mut attempt = |scope, at: Option<Pubkey>, obstacle| {
        let mut stage = stage.clone();
        if !set(&mut stage, at, obstacle) {
            return;
        }
        let settled = markets.first().is_some_and(|first| market(&stage, first).books.settled != 0);
        let expected = expected(asks, scope, markets.len(), (obstacle, settled));
        let before: Vec<_> = markets.iter().map(|at| money(&stage, at)).collect();
        let outcome = stage.send("", instruction.clone());
        let what = format!("{name}, {obstacle:?} of {}", place(scope));
        let refused = outcome.as_ref().err().map(|Refusal(error)| error.clone());
        let gate = refused.filter(|error| GATES.iter().any(|gate| format!("{gate:?}") == *error));
        if gate != expected.map(|error| format!("{error:?}")) {
            faults.push(format!("{what}: expected {expected:?}, got {outcome:?}"));
        }
        let frozen = obstacle == Obstacle::Paused(PauseBits::FREEZE);
        if let (Scope::Market(at), true, Ok(())) = (scope, frozen, &outcome) {
            // What a market that was asked permits may move in it.
            let asked = matches!((asks, at), (First(_), 0) | (Each(..), _));
            if before[at] != money(&stage, &markets[at]) && !asked && !is_about_time(name) {
                faults.push(format!("{what}: it moved what is frozen"));
            }
        }
    };
    let exchange = exchange_of(stage, instruction);
    for obstacle in everywhere() {
        if let Some(exchange) = exchange {
            attempt(Scope::Exchange, Some(exchange), obstacle);
        }
    }
    for (at, key) in markets.iter().enumerate() {
        for obstacle in everywhere().chain(OF_MARKETS) {
            attempt(Scope::Market(at), Some(*key), obstacle);
        }
    }
    none(faults);
}

/// Its row: margin is added where nothing forbids it.
fn asks_of(name: &str, instruction: &Instruction) -> Asks {
    let (_, asks) = TABLE.iter().find(|(row, _)| *row == name).unwrap_or_else(|| panic!("{name} has no row"));
    let adds = name == "allocate_margin" && instruction.data[15] & 0x80 == 0;
    if adds {
        First(Action::AddMargin)
    } else {
        *asks
    }
}

fn place(scope: Scope) -> String {
    match scope {
        Scope::Exchange => "the exchange".into(),
        Scope::Market(at) => format!("market {at}"),
    }
}

/// Refreshing provisions a frozen market, as time alone would.
fn is_about_time(name: &str) -> bool {
    name == "refresh_market"
}

/// What the engine says of an obstacle where it is asked; nothing where it is not.
fn expected(asks: Asks, scope: Scope, markets: usize, (obstacle, settled): (Obstacle, bool)) -> Option<Error> {
    let action = match (asks, scope) {
        (Costs(_), Scope::Market(_)) => {
            let unknown = matches!(obstacle, Obstacle::Old | Obstacle::Of(Quality::Bad));
            return unknown.then_some(Error::StaleMark);
        }
        (Nobody, _) | (OfExchange(_) | LeavesOut(_), Scope::Market(_)) => return None,
        (First(_), Scope::Market(at)) if at > 0 => return None,
        (Each(_, flat), _) if markets == 0 => flat,
        (OfExchange(action) | First(action) | Each(action, _) | LeavesOut(action) | Costs(action), _) => action,
    };
    let own = matches!(scope, Scope::Market(_)) && settled;
    let mut now = Conditions { settled, ..Conditions::CLEAR };
    match obstacle {
        Obstacle::Paused(bits) => now.paused = bits,
        Obstacle::At(level) if !own => now.level = level,
        Obstacle::Unopened => now.not_open = true,
        Obstacle::Grace if !own => now.grace = true,
        Obstacle::Old => now.fresh = settled,
        Obstacle::Of(quality) => now.quality = quality,
        Obstacle::At(_) | Obstacle::Grace => {}
    }
    // Who deposits and who leaves ask the exchange about no market's being settled.
    if !matches!(asks, First(_)) {
        now.settled = false;
    }
    permitted(action, &now).err()
}

fn is<T: Discriminator>(stage: &Stage, at: &Pubkey) -> bool {
    stage.venue.chain.data(at).starts_with(T::DISCRIMINATOR)
}

fn markets_of(stage: &Stage, instruction: &Instruction) -> Vec<Pubkey> {
    let keys = instruction.accounts.iter().map(|meta| meta.pubkey);
    keys.filter(|at| is::<Market>(stage, at)).collect()
}

fn exchange_of(stage: &Stage, instruction: &Instruction) -> Option<Pubkey> {
    instruction.accounts.iter().map(|meta| meta.pubkey).find(|at| is::<Exchange>(stage, at))
}

fn market(stage: &Stage, at: &Pubkey) -> Box<Market> {
    decode::state(stage.venue.chain.data(at))
}

/// What of a market's money an instruction could move.
fn money(stage: &Stage, at: &Pubkey) -> (i64, [u64; 3], [[u64; 3]; 2]) {
    let books = *breakwater::layout::books(&market(stage, at).books);
    let sides = [0, 1].map(|side: usize| {
        let side = &books.sides[side];
        [side.claims.paid.0, side.claims.waiting.0, side.spare.0]
    });
    (books.booked, [books.fees.0, books.insurance_due.0, books.cover.amount.0], sides)
}

/// Puts an obstacle into an account's bytes: as somebody set it, whoever could. Says whether it makes a difference.
fn set(stage: &mut Stage, at: Option<Pubkey>, obstacle: Obstacle) -> bool {
    let now = stage.venue.now();
    let Some(at) = at else { return false };
    let pause = |pauses: &mut breakwater::state::Pauses, bits: PauseBits| {
        if bits.meets(PauseBits::FREEZE) {
            pauses.frozen_until = now.time + 60;
        } else {
            pauses.authority = breakwater::state::Pause { bits: bits.0, until: now.time + 60 };
        }
    };
    let trip = |breaker: &mut breakwater::state::Breaker, level| {
        let reason = if level == Level::Halted { Reasons::WIDE } else { Reasons::GAUGE };
        breaker.reasons |= reason.0;
        breaker.clears_at[reason.0.trailing_zeros() as usize] = i64::MAX;
    };
    let bytes = if is::<Exchange>(stage, &at) {
        let mut exchange = decode::state::<Exchange>(stage.venue.chain.data(&at));
        match obstacle {
            Obstacle::Paused(bits) => pause(&mut exchange.pauses, bits),
            Obstacle::At(level) => trip(&mut exchange.breaker, level),
            _ => return false,
        }
        decode::bytes(&*exchange)
    } else {
        let mut market = market(stage, &at);
        match obstacle {
            Obstacle::Paused(bits) => pause(&mut market.pauses, bits),
            Obstacle::At(level) => trip(&mut market.books.breaker, level),
            Obstacle::Unopened => market.opens_at = now.time + 60,
            Obstacle::Grace => {
                market.books.params.grace_seconds = 60;
                market.books.breaker.halted_until = now.time;
            }
            Obstacle::Old => {
                let oldest = now.slot.saturating_sub(market.books.params.mark_age_slots_max + 1);
                market.books.mark.slot = market.books.mark.slot.min(oldest);
            }
            Obstacle::Of(quality) => market.books.mark.quality = quality.number(),
        }
        decode::bytes(&*market)
    };
    stage.venue.chain.put_data(at, breakwater::ID, bytes);
    true
}

#[test]
fn a41_every_instruction_is_tried_under_every_guard() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let idl = std::fs::read_to_string(root.join("../../app/client/idl/breakwater.json")).expect("the IDL");
    let idl: serde_json::Value = serde_json::from_str(&idl).expect("JSON");
    let all = idl["instructions"].as_array().expect("instructions").iter();
    let all: BTreeSet<&str> = all.map(|one| one["name"].as_str().expect("a name")).collect();
    let rows: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows, all, "a row for every instruction of the IDL");
    let folder = std::fs::read_dir(root.join("tests/svm/wrong_accounts")).expect("the scenes");
    let scenes: String =
        folder.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text")).collect();
    let without = rows.into_iter().filter(|name| !scenes.contains(&format!("\"{name}\"")));
    assert_eq!(without.collect::<Vec<_>>(), Vec::<&str>::new(), "a scene for every instruction");
}
