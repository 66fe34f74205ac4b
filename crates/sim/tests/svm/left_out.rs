//! A frozen market is left as it is by every instruction over several (A27): nothing is drawn out of it, paid into it or lifted in it, and
//! nobody is refused elsewhere because of it.

use breakwater_engine::permission::PauseBits;
use breakwater_engine::state::{MarketParams, Position};
use breakwater_engine::{Atoms, Bps};
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use crate::stage::{Stage, USD};

/// Of both markets.
const ALICE: AccountId = 0;
/// Short against everybody, rich.
const BOB: AccountId = 1;
/// Owes in the second market.
const DEBTOR: AccountId = 2;

/// Alice stands in both markets, in the first below maintenance; in the second somebody owes, the shorts are owed, fees and dues wait.
fn stage() -> Stage {
    let mut stage = Stage::empty();
    for _ in 0..2 {
        let fees = MarketParams { taker_fee: Bps(10), insurance_share: Bps(2_000), ..stressed() };
        stage.list(&fees);
    }
    let [alice, bob, debtor] = [400, 200_000, 52].map(|usd| stage.trader(usd));
    assert_eq!([alice, bob, debtor], [ALICE, BOB, DEBTOR]);
    stage.pair(1, debtor, bob, 1_000);
    stage.mark(1, 8_000);
    stage.venue.resolve(debtor, 1, None).expect("a resolution");
    for market in [0, 1] {
        stage.pair(market, alice, bob, 1_000);
    }
    stage.mark(0, 9_600);
    let now = stage.venue.mark(1).0 / 100_000_000;
    stage.confirm(1, now as i64);
    stage
}

/// In stress insurance takes no less.
fn stressed() -> MarketParams {
    MarketParams { stress_insurance_share: Bps(2_000), ..MarketParams::bare() }
}

fn freeze(stage: &mut Stage, bits: PauseBits) {
    let market = stage.venue.markets[1];
    let built = stage.venue.build.set_pause_bits(Some(&market), bits.0);
    stage.send("set_pause_bits", built).expect("a pause");
}

/// What of the second market an instruction could move.
fn held(stage: &Stage) -> ([u64; 8], [u128; 2]) {
    let market = stage.venue.books(1).market;
    let [long, short] = &market.sides;
    let claims = [long.claims.paid.0, short.claims.paid.0, long.claims.waiting.0, short.claims.waiting.0];
    let [a, b, c, d] = claims;
    let money = [market.booked as u64, market.fees.0, market.insurance_due.0, market.cover.amount.0, a, b, c, d];
    (money, [long, short].map(|side| side.reserve.get()))
}

fn position(stage: &Stage) -> Position {
    stage.venue.account(ALICE).slot(1).expect("a slot").position
}

fn skim(stage: &mut Stage) -> Outcome {
    let built = stage.venue.build.skim_markets(&stage.venue.markets.clone());
    stage.send("skim", built)
}

fn deposit(stage: &mut Stage) -> Outcome {
    let (keys, mint) = (stage.venue.accounts[DEBTOR], stage.venue.build.keys.mint);
    tokens::put_wallet(&mut stage.venue.chain, keys.wallet, mint, keys.owner, Atoms(60 * USD));
    let built = stage.venue.deposit_serving(DEBTOR, Atoms(60 * USD));
    stage.send("deposit", built)
}

fn sync(stage: &mut Stage) -> Outcome {
    stage.venue.sync(ALICE, None)
}

/// An instruction's name, and it.
type Tried = (&'static str, fn(&mut Stage) -> Outcome);

/// What is tried beside a frozen second market.
const TRIED: [Tried; 3] = [("skim", skim), ("deposit", deposit), ("sync_position", sync)];

#[test]
fn a27_a_frozen_market_is_left_as_it_is_by_instructions_over_several() {
    let mut open = stage();
    open.venue.fund(Atoms(100 * USD)).expect("insurance");
    let mut frozen = open.clone();
    freeze(&mut frozen, PauseBits::FREEZE);
    for (name, attempt) in TRIED {
        let (mut open, mut frozen) = (open.clone(), frozen.clone());
        let (before, stood) = (held(&frozen), position(&frozen));
        attempt(&mut frozen).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!((held(&frozen), position(&frozen)), (before, stood), "{name} moved what is frozen");
        frozen.conserved(name);
        // The same where nothing is frozen does move it: so there was something to leave.
        attempt(&mut open).unwrap_or_else(|refusal| panic!("{name}, open: {refusal}"));
        let moved = (held(&open), position(&open)) != (before, stood);
        assert!(moved || name == "sync_position", "{name} has nothing to move");
    }
}

/// A debtor whose market is frozen pays nothing there, and his deposit is his for what he has elsewhere.
#[test]
fn a27_what_is_owed_in_a_frozen_market_waits() {
    let mut stage = stage();
    let owed = stage.venue.owed(DEBTOR);
    assert!(owed.0 > 100 * USD);
    freeze(&mut stage, PauseBits::FREEZE);
    deposit(&mut stage).expect("a deposit");
    assert_eq!((stage.venue.owed(DEBTOR), stage.venue.account(DEBTOR).free), (owed, Atoms(60 * USD)));
    // Without the market nobody sees that it is frozen.
    let alone = stage.venue.build.deposit(&stage.venue.accounts[DEBTOR], Atoms(USD));
    let (keys, mint) = (stage.venue.accounts[DEBTOR], stage.venue.build.keys.mint);
    tokens::put_wallet(&mut stage.venue.chain, keys.wallet, mint, keys.owner, Atoms(USD));
    stage.refuses("without the market", "DebtFirst", |stage| stage.send("", alone));
    freeze(&mut stage, PauseBits::NONE);
    deposit(&mut stage).expect("another");
    assert_eq!(stage.venue.owed(DEBTOR), Atoms(owed.0 - 60 * USD));
}

/// What Alice lacks in the first market is topped up though the second is frozen.
#[test]
fn a27_a_frozen_market_holds_up_no_sync_elsewhere() {
    let mut stage = stage();
    freeze(&mut stage, PauseBits::FREEZE);
    let paid_in = |stage: &Stage| stage.venue.account(ALICE).slot(0).expect("a slot").position.paid_in;
    let (before, stood) = (paid_in(&stage), position(&stage));
    sync(&mut stage).expect("a sync");
    assert!(paid_in(&stage) > before, "topped up from free cash");
    assert_eq!(position(&stage), stood);
    stage.conserved("after a sync");
}
