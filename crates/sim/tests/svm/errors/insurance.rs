//! Stakes, layers, surplus and fees.

use breakwater_engine::layer::Terms;
use breakwater_engine::state::ExchangeParams;
use breakwater_engine::units::Bps;
use breakwater_engine::Atoms;
use breakwater_sim::svm::decode;
use breakwater_sim::svm::instructions::Build;
use breakwater_sim::svm::keys::ExchangeKeys;
use breakwater_sim::venue::{Outcome, Venue};

use super::{as_is, case, swapped, Case, ALICE};
use crate::insurance::{days, exit, held, month, offer, purse, request_all, skim, stake, underwrite, wallet};
use crate::stage::{Stage, BIRTH, USD};

/// The saver, who has staked 50,000 USD.
fn staked(stage: &mut Stage) {
    let saver = wallet(stage, 0, 60_000);
    stake(stage, &saver, 50_000);
}

fn leaving(stage: &mut Stage) {
    staked(stage);
    request_all(stage, &purse(0));
}

fn leave(stage: &mut Stage) -> Outcome {
    exit(stage, &purse(0))
}

/// Two people with a little money.
fn people(stage: &mut Stage) {
    let _ = [0, 1].map(|number| wallet(stage, number, 2_000));
}

/// A layer of at most 1,000 USD for a month, with 500 in it.
fn layered(stage: &mut Stage) {
    people(stage);
    let (underwriter, now) = (purse(0), stage.venue.now());
    offer(stage, 0, 0, &underwriter, month(now));
    underwrite(stage, 0, &underwriter, 500).expect("capital");
}

fn pay(stage: &mut Stage, usd: u64) -> Outcome {
    underwrite(stage, 0, &purse(0), usd)
}

fn offered(stage: &mut Stage, seat: usize, change: fn(&mut Terms)) -> Outcome {
    let now = stage.venue.now();
    let mut terms = month(now);
    change(&mut terms);
    stage.venue.change_books(0, |books| terms.take_seat(&mut books.market.layers, seat, now))
}

fn surplus(stage: &mut Stage) -> Outcome {
    let markets = stage.venue.markets.clone();
    let built = stage.venue.build.distribute_surplus(&markets);
    stage.send("", built)
}

/// Alice is bankrupt and resolved: Bob is owed what he was charged.
fn charged(stage: &mut Stage) {
    stage.mark(0, 9_200);
    stage.venue.sync(ALICE, None).expect("a sync");
    stage.wait(151);
    stage.venue.resolve(ALICE, 0, None).expect("a resolution");
}

/// Another exchange with a parameter out of bounds.
fn create(stage: &mut Stage, change: fn(&mut ExchangeParams)) -> Outcome {
    let build = Build { keys: ExchangeKeys::of(3), ..stage.venue.build };
    let mut params = ExchangeParams::standard();
    change(&mut params);
    stage.send("", build.initialise_exchange(decode::exchange_params(&params)))
}

fn founder(stage: &mut Stage) {
    ExchangeKeys::of(3).prepare(&mut stage.venue.chain);
}

pub const CASES: &[Case] = &[
    case!("less than a dollar", StakeTooSmall, people, |stage| {
        let built = stage.venue.build.stake(&purse(0), Atoms(USD - 1));
        stage.send("", built)
    }),
    case!("another's stake", WrongStake, staked, |stage| {
        let (saver, other) = (purse(0), purse(1));
        let built = stage.venue.build.request_exit(other.owner, 1);
        let (his, hers) = (stage.venue.build.stake_of(&saver.owner), stage.venue.build.stake_of(&other.owner));
        stage.send("", swapped(built, hers, his))
    }),
    case!("more shares than there are", InsufficientShares, staked, |stage| {
        let saver = purse(0);
        let shares = held(stage, &saver).shares.get();
        let built = stage.venue.build.request_exit(saver.owner, shares + 1);
        stage.send("", built)
    }),
    case!("no request", InsufficientShares, staked, leave),
    case!("a second early", ExitCooling, leaving, leave),
    case!(
        "two days after the cool-down",
        ExitLapsed,
        |stage| {
            leaving(stage);
            days(stage, 9);
        },
        leave
    ),
    case!(
        "the target of what is open stays",
        ExitWaits,
        |stage| {
            leaving(stage);
            days(stage, 7);
            leave(stage).expect("as far as the target");
        },
        leave
    ),
    case!(
        "the only market in stress",
        ExitWaits,
        |stage| {
            leaving(stage);
            days(stage, 7);
            let stressed = stage.venue.change_books(0, |books| {
                books.market.stance.phase = 1;
                Ok(())
            });
            stressed.expect("a phase");
        },
        leave
    ),
    case!(
        "without the second market",
        AllMarkets,
        |stage| {
            leaving(stage);
            days(stage, 7);
        },
        |stage| {
            let first = [stage.venue.markets[0]];
            let built = stage.venue.build.exit_stake(&purse(0), &first);
            stage.send("", built)
        }
    ),
    case!("a seat that holds money", LayerTaken, layered, |stage| offered(stage, 0, |_| ())),
    case!("a layer without a limit", LayerTerms, as_is, |stage| offered(stage, 0, |terms| terms.limit = Atoms(0))),
    case!("half of all revenue and more", LayerTerms, layered, |stage| {
        offered(stage, 1, |terms| terms.premium = Bps(4_001))
    }),
    case!("beyond the limit", LayerFull, layered, |stage| pay(stage, 501)),
    case!(
        "after its end",
        LayerExpired,
        |stage| {
            layered(stage);
            days(stage, 31);
        },
        |stage| pay(stage, 1)
    ),
    case!("before its end", LayerBound, layered, |stage| {
        let (underwriter, market) = (purse(0), stage.venue.markets[0]);
        let built = stage.venue.build.withdraw_layer(&underwriter, (&market, 0));
        stage.send("", built)
    }),
    case!("another's layer", WrongUnderwriter, layered, |stage| {
        let (other, market) = (purse(1), stage.venue.markets[0]);
        let built = stage.venue.build.fund_layer(&other, (&market, 0), Atoms(USD));
        stage.send("", built)
    }),
    case!("nobody was charged", NothingOwed, as_is, surplus),
    case!("nothing above the target", NoSurplus, charged, surplus),
    case!("fees to a trader", WrongTreasury, as_is, |stage| {
        let (keys, market) = (stage.venue.build.keys, stage.venue.markets[0]);
        let built = stage.venue.build.collect_fees(&market);
        let own = stage.venue.accounts[ALICE].wallet;
        stage.send("", swapped(built, keys.treasury, own))
    }),
    case!(
        "fees under water",
        ExitWaits,
        |stage| {
            stage.mark(0, 9_000);
            skim(stage);
            const { assert!(BIRTH > 9_000) };
        },
        |stage| {
            let market = stage.venue.markets[0];
            let built = stage.venue.build.collect_fees(&market);
            stage.send("", built)
        }
    ),
    case!("stakers have more than all", RuleInsurance, founder, |stage| {
        create(stage, |params| params.staker_share = Bps(10_001))
    }),
    case!("exits at once", RuleTimelock, founder, |stage| create(stage, |params| params.exit_cooldown_seconds = 0)),
];
