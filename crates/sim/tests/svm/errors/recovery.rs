//! Paying back, and the bound on outflow.

use breakwater::state::Exchange;
use breakwater_engine::state::ExchangeParams;
use breakwater_engine::{Atoms, Bps, Side};
use breakwater_sim::svm::decode;
use breakwater_sim::svm::instructions::Build;
use breakwater_sim::svm::keys::ExchangeKeys;
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use super::{as_is, case, swapped, Case, ALICE, BOB, CAROL};
use crate::stage::{Stage, USD};

/// The exchange lets a tenth of its vault out in an hour, and deposits of yesterday count no more.
fn tighten(stage: &mut Stage) {
    let at = stage.venue.build.keys.exchange;
    let mut exchange = decode::state::<Exchange>(stage.venue.chain.data(&at));
    exchange.params.outflow_floor = USD;
    exchange.params.outflow_exempt = 0;
    stage.venue.chain.put_data(at, breakwater::ID, decode::bytes(&*exchange));
    stage.venue.advance(216_000, 86_400);
}

/// Carol has taken what the burst lets out, and Bob waits.
fn queue(stage: &mut Stage) {
    tighten(stage);
    stage.venue.withdraw(CAROL, Atoms(5_000 * USD)).expect("a withdrawal");
    request(stage, CAROL, 4_000 * USD).expect("a place in the queue");
}

fn request(stage: &mut Stage, who: AccountId, amount: u64) -> Outcome {
    let built = stage.venue.build.request_withdrawal(&stage.venue.accounts[who], Atoms(amount));
    stage.send("", built)
}

/// Alice is resolved and owes.
fn debt(stage: &mut Stage) {
    stage.mark(0, 7_000);
    stage.venue.resolve(ALICE, 0, None).expect("a resolution");
}

fn donate(stage: &mut Stage, side: Side, amount: u64) -> Outcome {
    let carol = stage.venue.accounts[CAROL];
    let built = stage.venue.build.donate((carol.owner, carol.wallet), &stage.venue.markets[0], side, Atoms(amount));
    stage.send("", built)
}

fn claim(stage: &mut Stage, who: AccountId) -> Outcome {
    let built = stage.venue.build.claim(&stage.venue.accounts[who], &stage.venue.markets[0]);
    stage.send("", built)
}

fn authority(stage: &mut Stage) {
    ExchangeKeys::of(1).prepare(&mut stage.venue.chain);
}

/// Another exchange with one parameter changed.
fn exchange(stage: &mut Stage, change: fn(&mut ExchangeParams)) -> Outcome {
    let build = Build { keys: ExchangeKeys::of(1), ..stage.venue.build };
    let mut params = ExchangeParams::bare();
    change(&mut params);
    let built = build.initialise_exchange(decode::exchange_params(&params));
    stage.send("", built)
}

pub const CASES: &[Case] = &[
    case!("more than may leave at once", OutflowLimit, tighten, |stage| {
        stage.venue.withdraw(CAROL, Atoms(10_000 * USD))
    }),
    case!("a request of more than is counted at once", OutflowLimit, tighten, |stage| {
        request(stage, CAROL, 10_000 * USD)
    }),
    case!("past the queue", OutflowLimit, queue, |stage| stage.venue.withdraw(BOB, Atoms(10 * USD))),
    case!("before it is ready", RequestNotReady, queue, |stage| { stage.venue.withdraw(CAROL, Atoms(4_000 * USD)) }),
    case!("two requests", AlreadyRequested, queue, |stage| request(stage, CAROL, USD)),
    case!("giving up nothing", NothingRequested, as_is, |stage| request(stage, CAROL, 0)),
    case!("a request of more than there is", InsufficientFreeCash, as_is, |stage| {
        request(stage, CAROL, 50_001 * USD)
    }),
    case!("a claim of nothing", NothingToClaim, as_is, |stage| claim(stage, BOB)),
    case!(
        "a claim twice",
        NothingToClaim,
        |stage| {
            debt(stage);
            donate(stage, Side::Short, 100 * USD).expect("a gift");
            claim(stage, BOB).expect("a claim");
        },
        |stage| claim(stage, BOB)
    ),
    case!("a claim in a market without a slot", NoPosition, as_is, |stage| claim(stage, CAROL)),
    case!("a gift to a side that is owed nothing", NothingOwed, as_is, |stage| donate(stage, Side::Long, USD)),
    case!("a gift of nothing", ZeroAmount, debt, |stage| donate(stage, Side::Short, 0)),
    case!("a gift to a third side", UnknownSide, debt, |stage| {
        let carol = stage.venue.accounts[CAROL];
        let from = (carol.owner, carol.wallet);
        let mut built = stage.venue.build.donate(from, &stage.venue.markets[0], Side::Short, Atoms(USD));
        // After the discriminator: the side.
        built.data[8] = 2;
        stage.send("", built)
    }),
    case!("free cash before debts", DebtFirst, debt, |stage| {
        let built = stage.venue.build.deposit(&stage.venue.accounts[ALICE], Atoms(10_000 * USD));
        stage.send("", built)
    }),
    case!("another owner's record", WrongTrader, as_is, |stage| {
        let built = stage.venue.build.deposit(&stage.venue.accounts[ALICE], Atoms(10 * USD));
        let built = swapped(built, stage.venue.accounts[ALICE].trader, stage.venue.accounts[BOB].trader);
        stage.send("", built)
    }),
    case!("nothing leaves", RuleOutflow, authority, |stage| exchange(stage, |params| params.outflow_hour = Bps(0))),
    case!("less in a day than in an hour", RuleOutflow, authority, |stage| {
        exchange(stage, |params| params.outflow_day = Bps(999))
    }),
];
