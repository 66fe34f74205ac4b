//! Pauses and proposals that are refused. The exchange of these cases has no timelock, so a proposal is due at once; where
//! one matters the authority has tightened it to an hour.

use breakwater::state::{kind, Change};
use breakwater_engine::permission::PauseBits;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::governance::{address_change, exchange_parameter, market_parameter};
use breakwater_sim::venue::{Outcome, Venue};

use super::{as_is, case, swapped, Case};
use crate::governance::nonces::{nonce, on};
use crate::governance::{cancel, execute, pass, propose, tighten, try_propose, DAY, HOUR};
use crate::stage::Stage;

const CAP: u16 = 16;
const PENALTY: u16 = 44;

fn guardian(stage: &mut Stage, bits: PauseBits, seconds: i64) -> Outcome {
    let built = stage.venue.build.guardian_pause(None, bits.0, seconds as u64);
    stage.send("", built)
}

fn authority(stage: &mut Stage, bits: PauseBits, seconds: i64) -> Outcome {
    let built = stage.venue.build.pause_for(None, bits.0, seconds as u64);
    stage.send("", built)
}

fn an_hour(stage: &mut Stage) {
    tighten(stage, false, 2, HOUR as u64).expect("a timelock");
    propose(stage, market_parameter(0, PENALTY, 55));
}

/// The authority was offered so many seconds ago.
fn offered(stage: &mut Stage, seconds: i64) {
    let next = address("next", 0);
    stage.venue.chain.give_lamports(next);
    let built = stage.venue.build.offer_authority(0, next);
    stage.send("", built).expect("an offer");
    execute(stage, 0).expect("no timelock");
    pass(stage, seconds);
}

fn offer(stage: &Stage, limit: u64) -> Change {
    let end = (stage.venue.now().time + 30 * DAY) as u64;
    Change { kind: kind::LAYER, key: address("underwriter", 0), numbers: [limit, 0, 0, end], ..Change::default() }
}

pub const CASES: &[Case] = &[
    case!("a pause on a durable nonce", DurableNonce, |stage| _ = nonce(stage), |stage| {
        let nonce = nonce(stage);
        let built = stage.venue.build.pause_for(None, 1, 60);
        on(&nonce, stage, built)
    }),
    case!("another account as the instructions", WrongInstructionsSysvar, as_is, |stage| {
        let built = stage.venue.build.pause_for(None, 1, 60);
        let built = swapped(built, breakwater_sim::svm::instructions::INSTRUCTIONS, stage.venue.build.keys.exchange);
        stage.send("", built)
    }),
    case!("a pause without an end", PauseTooLong, as_is, |stage| { authority(stage, PauseBits::QUOTING, i64::MAX) }),
    case!("a pause of no time", ZeroAmount, as_is, |stage| authority(stage, PauseBits::QUOTING, 0)),
    case!("a freeze of three days", PauseTooLong, as_is, |stage| authority(stage, PauseBits::FREEZE, 3 * DAY)),
    case!(
        "a freeze after a freeze",
        FreezeTooSoon,
        |stage| {
            authority(stage, PauseBits::FREEZE, HOUR).expect("a freeze");
            pass(stage, 2 * DAY);
        },
        |stage| authority(stage, PauseBits::FREEZE, HOUR)
    ),
    case!("a guardian's pause of two days", PauseTooLong, as_is, |stage| {
        guardian(stage, PauseBits::QUOTING, 2 * DAY)
    }),
    case!("a guardian's freeze", OnlyAuthorityFreezes, as_is, |stage| guardian(stage, PauseBits::FREEZE, HOUR)),
    case!("a guardian's bits that do not exist", UnknownPauseBits, as_is, |stage| {
        guardian(stage, PauseBits(1 << 10), HOUR)
    }),
    case!(
        "a guardian's fourth pause",
        PausesUsedUp,
        |stage| (0..3).for_each(|_| guardian(stage, PauseBits::QUOTING, HOUR).expect("a pause")),
        |stage| guardian(stage, PauseBits::QUOTING, HOUR)
    ),
    case!(
        "clearing a pause that lasts",
        PauseNotExpired,
        |stage| authority(stage, PauseBits::QUOTING, HOUR).expect("a pause"),
        |stage| {
            let built = stage.venue.build.clear_pauses(None);
            stage.send("", built)
        }
    ),
    case!("a proposal ahead of its number", WrongProposal, as_is, |stage| {
        let built = stage.venue.build.propose_change(1, None, exchange_parameter(2, HOUR as u64));
        stage.send("", built)
    }),
    case!("a kind of change there is not", UnknownChange, as_is, |stage| {
        try_propose(stage, address_change(99, 0, address("anyone", 0)))
    }),
    case!("collateral without its instruction", UnknownChange, as_is, |stage| {
        try_propose(stage, address_change(kind::COLLATERAL, 0, address("mint", 0)))
    }),
    case!("a parameter there is not", UnknownParameter, as_is, |stage| {
        try_propose(stage, market_parameter(0, 70, 1))
    }),
    case!("a step over a quarter", StepTooLarge, as_is, |stage| {
        try_propose(stage, market_parameter(0, CAP, 62_500_000_000_001))
    }),
    case!("a change to what is", NothingChanges, as_is, |stage| {
        try_propose(stage, market_parameter(0, PENALTY, 50))
    }),
    case!("loosening at once", Loosens, as_is, |stage| tighten(stage, true, CAP, 62_500_000_000_000)),
    case!("a timelock of minutes", RuleTimelock, an_hour, |stage| { try_propose(stage, exchange_parameter(2, 600)) }),
    case!("a proposal before its time", ProposalTooEarly, an_hour, |stage| execute(stage, 0)),
    case!(
        "a proposal nobody executed",
        ProposalExpired,
        |stage| {
            an_hour(stage);
            pass(stage, HOUR + 7 * DAY);
        },
        |stage| execute(stage, 0)
    ),
    case!(
        "a proposal twice",
        ProposalClosed,
        |stage| {
            propose(stage, market_parameter(0, PENALTY, 55));
            execute(stage, 0).expect("a change");
        },
        |stage| execute(stage, 0)
    ),
    case!(
        "a cancelled proposal",
        ProposalClosed,
        |stage| {
            propose(stage, market_parameter(0, PENALTY, 55));
            let authority = stage.venue.build.keys.authority;
            cancel(stage, authority, 0).expect("cancelled");
        },
        |stage| execute(stage, 0)
    ),
    case!(
        "a proposal from what is no more",
        ProposalOutdated,
        |stage| {
            propose(stage, market_parameter(0, PENALTY, 55));
            propose(stage, market_parameter(0, PENALTY, 56));
            execute(stage, 0).expect("a change");
        },
        |stage| execute(stage, 1)
    ),
    case!("an oracle that runs nothing", NotAProgram, as_is, |stage| {
        try_propose(stage, address_change(kind::ORACLE, 0, address("anyone", 0)))
    }),
    case!(
        "a guardian's veto of who replaces him",
        OwnReplacement,
        |stage| _ = propose(stage, address_change(kind::GUARDIAN, 0, address("anyone", 0))),
        |stage| {
            let guardian = stage.venue.build.keys.guardian;
            cancel(stage, guardian, 0)
        }
    ),
    case!("a pause of deposits in a market", ExchangeWidePause, as_is, |stage| {
        let market = stage.venue.markets[0];
        let built = stage.venue.build.set_pause_bits(Some(&market), PauseBits::DEPOSITS.0);
        stage.send("", built)
    }),
    case!("an offer accepted a week too late", OfferLapsed, |stage| offered(stage, 7 * DAY), |stage| {
        let built = stage.venue.build.accept_authority(address("next", 0));
        stage.send("", built)
    }),
    case!("revoking where nothing is offered", NothingOffered, as_is, |stage| {
        let built = stage.venue.build.revoke_offer(stage.venue.build.keys.authority);
        stage.send("", built)
    }),
    case!("a layer of nothing", LayerTerms, as_is, |stage| {
        let change = offer(stage, 0);
        try_propose(stage, change)
    }),
];
