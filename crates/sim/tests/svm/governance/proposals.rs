//! Proposals: too early, twice, out of bounds, over the step, outdated, expired, cancelled (F3).

use breakwater::state::{kind, Change, EXECUTED, SOURCE_NONE, SOURCE_PUSH};
use breakwater_engine::permission::PauseBits;
use breakwater_engine::Atoms;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::governance::{address_change, exchange_parameter, market_parameter};
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::Venue;

use super::*;

const PENALTY: u16 = 44;
const OPEN_INTEREST: u16 = 16;
const TIMELOCK: u16 = 2;
const DEPOSITS_MAX: u16 = 1;
/// A program there is on every cluster.
const ASSOCIATED_TOKEN: Pubkey = Pubkey::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

#[test]
fn f3_what_loosens_waits_for_the_timelock() {
    let mut stage = locked();
    stage.refuses("loosening at once", "Loosens", |stage| tighten(stage, true, OPEN_INTEREST, 60_000_000_000_000));
    stage.refuses("a penalty at once", "Loosens", |stage| tighten(stage, true, PENALTY, 60));
    let id = propose(&mut stage, market_parameter(0, OPEN_INTEREST, 60_000_000_000_000));
    pass(&mut stage, LOCK - 1);
    stage.refuses("a second early", "ProposalTooEarly", |stage| execute(stage, id));
    pass(&mut stage, 1);
    execute(&mut stage, id).expect("due");
    assert_eq!(market(&stage).books.params.open_interest_max, 60_000_000_000_000);
    stage.refuses("twice", "ProposalClosed", |stage| execute(stage, id));
    assert_eq!(proposal(&stage, id).closed, EXECUTED);
    stage.conserved("after a change");
}

/// The authority pauses the exits and waits: what was proposed waits as much longer, so that everybody has the whole timelock to
/// leave in. Time paused twice counts once; what lets people leave pushes nothing.
#[test]
fn a22_a_pause_of_exits_pushes_proposals_back() {
    let pause = |stage: &mut Stage, bits: PauseBits, seconds: i64| {
        let built = stage.venue.build.pause_for(None, bits.0, seconds as u64);
        stage.send("set_pause_bits", built).expect("a pause");
    };
    for (bits, pushed) in [
        (PauseBits::WITHDRAWALS, true),
        (PauseBits::TRADE_REDUCE, true),
        (PauseBits::FREEZE, true),
        (PauseBits::TRADE_INCREASE, false),
        (PauseBits::DEPOSITS, false),
    ] {
        let mut stage = locked();
        let id = propose(&mut stage, market_parameter(0, OPEN_INTEREST, 60_000_000_000_000));
        pass(&mut stage, DAY);
        pause(&mut stage, bits, DAY);
        pause(&mut stage, bits, DAY);
        let later = propose(&mut stage, market_parameter(0, PENALTY, 55));
        let more = if pushed { DAY } else { 0 };
        pass(&mut stage, LOCK - DAY + more - 1);
        stage.refuses("a second early", "ProposalTooEarly", |stage| execute(stage, id));
        pass(&mut stage, 1);
        execute(&mut stage, id).expect("due");
        // One made during the pause has its timelock from the pause's end.
        pass(&mut stage, LOCK - (LOCK - DAY) - 1);
        stage.refuses("a second early", "ProposalTooEarly", |stage| execute(stage, later));
        pass(&mut stage, 1);
        execute(&mut stage, later).expect("due");
    }
}

#[test]
fn f3_ten_queued_proposals_are_one_step() {
    let mut stage = locked();
    let most = 1_250_000_000 * 1_000_000;
    for _ in 0..10 {
        propose(&mut stage, exchange_parameter(DEPOSITS_MAX, most));
    }
    stage.refuses("two steps", "StepTooLarge", |stage| try_propose(stage, exchange_parameter(DEPOSITS_MAX, most + 1)));
    pass(&mut stage, LOCK);
    execute(&mut stage, 0).expect("the first");
    for id in 1..10 {
        stage.refuses("the others", "ProposalOutdated", |stage| execute(stage, id));
    }
    assert_eq!(exchange(&stage).params.deposits_max, most);
}

#[test]
fn f3_the_timelock_is_shortened_under_the_old_one_and_never_removed() {
    let mut stage = locked();
    for (to, error) in [(0, "StepTooLarge"), (1, "StepTooLarge"), (LOCK as u64 / 2, "StepTooLarge")] {
        stage.refuses("in one step", error, |stage| try_propose(stage, exchange_parameter(TIMELOCK, to)));
    }
    // As fast as can be: each step under the timelock as it is then.
    let mut waited = 0;
    loop {
        let now = exchange(&stage).params.timelock_seconds;
        let to = now.saturating_sub((now / 4).max(3_600)).max(3_600);
        if to == now {
            break;
        }
        let id = propose(&mut stage, exchange_parameter(TIMELOCK, to));
        pass(&mut stage, now as i64);
        waited += now as i64;
        execute(&mut stage, id).expect("a step");
    }
    assert_eq!(exchange(&stage).params.timelock_seconds, 3_600);
    assert!(waited > 3 * LOCK);
    for to in [0, 1, 3_599] {
        stage.refuses("below an hour", "RuleTimelock", |stage| try_propose(stage, exchange_parameter(TIMELOCK, to)));
    }
}

/// Whatever instruction, whatever parameter: the value that means "off" is refused. What cannot be led there in many steps
/// is the engine's own test.
#[test]
fn f3_no_instruction_switches_a_throttle_off() {
    let mut stage = locked();
    let exchange = [(TIMELOCK, 0), (3, 1 << 56), (7, 0), (8, 10_000), (9, 10_000), (10, 20_000), (11, 20_000)];
    let market = [
        (17, 0),
        (46, 0),
        (54, 10_000),
        (55, 0),
        (56, 10_000),
        (58, 0),
        (59, 0),
        (60, 20_000),
        (61, 20_000),
        (64, 0),
        (65, 0),
        (66, 0),
    ];
    for (parameter, off) in exchange {
        assert!(try_propose(&mut stage, exchange_parameter(parameter, off)).is_err(), "exchange {parameter}");
        assert!(tighten(&mut stage, false, parameter, off).is_err(), "exchange {parameter}");
    }
    for (parameter, off) in market {
        assert!(try_propose(&mut stage, market_parameter(0, parameter, off)).is_err(), "market {parameter}");
        assert!(tighten(&mut stage, true, parameter, off).is_err(), "market {parameter}");
    }
    // From within a step of it, the bound itself refuses.
    let near = [(54, 11_000, "RuleMultiples"), (61, 9_000, "RuleBreakers"), (64, 1, "RuleBreakers")];
    for (parameter, value, error) in near {
        let mut listed = super::market(&stage);
        let params = breakwater::layout::books_mut(&mut listed.books);
        match parameter {
            54 => params.params.volatility_multiplier_max.0 = value as u32,
            61 => params.params.gauge_guard.0 = value as u32,
            _ => params.params.halt_hold_seconds = value,
        }
        let at = stage.venue.markets[0].market;
        stage.venue.chain.put_data(at, breakwater::ID, decode::bytes(&*listed));
        let off = match parameter {
            54 => 10_000,
            61 => 9_001,
            _ => 0,
        };
        stage.refuses("off", error, |stage| try_propose(stage, market_parameter(0, parameter, off)));
    }
}

#[test]
fn tightening_is_immediate_within_step_and_bounds() {
    let mut stage = locked();
    tighten(&mut stage, true, OPEN_INTEREST, 40_000_000_000_000).expect("a lower cap");
    assert_eq!(market(&stage).books.params.open_interest_max, 40_000_000_000_000);
    tighten(&mut stage, false, TIMELOCK, LOCK as u64 * 5 / 4).expect("a longer timelock");
    assert_eq!(exchange(&stage).params.timelock_seconds, LOCK as u64 * 5 / 4);
    let rows = [
        (true, OPEN_INTEREST, 29_000_000_000_000, "StepTooLarge"),
        (true, OPEN_INTEREST, 40_000_000_000_000, "NothingChanges"),
        (true, 70, 1, "UnknownParameter"),
        (false, 15, 1, "UnknownParameter"),
        (true, 12, 3, "StepTooLarge"),
        (true, 1, 626, "StepTooLarge"),
    ];
    for (of_market, parameter, to, error) in rows {
        stage.refuses(&format!("{parameter} to {to}"), error, |stage| tighten(stage, of_market, parameter, to));
    }
}

#[test]
fn a_proposal_lapses() {
    let mut stage = locked();
    let (last, late) =
        (propose(&mut stage, market_parameter(0, PENALTY, 55)), propose(&mut stage, market_parameter(0, PENALTY, 56)));
    pass(&mut stage, LOCK + 7 * DAY - 1);
    execute(&mut stage, last).expect("in its last second");
    pass(&mut stage, 1);
    stage.refuses("a second late", "ProposalExpired", |stage| execute(stage, late));
}

#[test]
fn a_proposal_is_cancelled_by_the_authority_or_the_guardian() {
    let mut stage = locked();
    let keys = stage.venue.build.keys;
    for signer in [keys.authority, keys.guardian] {
        let id = propose(&mut stage, market_parameter(0, PENALTY, 55));
        cancel(&mut stage, signer, id).expect("cancelled");
        stage.refuses("twice", "ProposalClosed", |stage| cancel(stage, signer, id));
        pass(&mut stage, LOCK);
        stage.refuses("executed", "ProposalClosed", |stage| execute(stage, id));
    }
    let id = propose(&mut stage, market_parameter(0, PENALTY, 55));
    stage.refuses("by a stranger", "Unauthorised", |stage| cancel(stage, address("stranger", 0), id));
    pass(&mut stage, LOCK);
    execute(&mut stage, id).expect("due");
    stage.refuses("what was executed", "ProposalClosed", |stage| cancel(stage, keys.authority, id));
}

/// What passed when it was proposed is judged again with what has changed since.
#[test]
fn bounds_hold_when_it_is_executed_too() {
    let mut stage = locked();
    // 200 + 50 + 5 of 300: a penalty of 62 and a maintenance of 260 pass alone, not together.
    let penalty = propose(&mut stage, market_parameter(0, PENALTY, 62));
    let maintenance = propose(&mut stage, market_parameter(0, 2, 260));
    pass(&mut stage, LOCK);
    execute(&mut stage, penalty).expect("alone");
    stage.refuses("both", "RulePenaltyBelowMaintenance", |stage| execute(stage, maintenance));
}

#[test]
fn addresses_and_sources_change_by_proposal() {
    let mut stage = locked();
    let [guardian, treasury, keepers, feed, second] = [0, 1, 2, 3, 4].map(|number| address("new", number));
    let (receiver, push) = (ASSOCIATED_TOKEN, spl_token::ID);
    let keys = stage.venue.build.keys;
    for fees in [treasury, keepers] {
        tokens::put_wallet(&mut stage.venue.chain, fees, keys.mint, guardian, Atoms(0));
    }
    let source = |kind, to, key| Change { kind, to, key, ..Change::default() };
    let changes = [
        address_change(kind::GUARDIAN, 0, guardian),
        address_change(kind::FEE_ACCOUNT, 0, treasury),
        address_change(kind::FEE_ACCOUNT, 1, keepers),
        address_change(kind::ORACLE, 0, receiver),
        address_change(kind::ORACLE, 1, push),
        source(kind::SOURCE, SOURCE_PUSH.into(), feed),
        source(kind::SECOND_SOURCE, SOURCE_PUSH.into(), second),
    ];
    let ids = changes.map(|change| propose(&mut stage, change));
    // Each of the same kind again: outdated once the first is executed.
    let again = propose(&mut stage, address_change(kind::GUARDIAN, 0, treasury));
    stage.refuses("early", "ProposalTooEarly", |stage| execute(stage, ids[0]));
    pass(&mut stage, 2 * LOCK);
    for id in ids {
        execute(&mut stage, id).expect("due");
    }
    let (exchange, listed) = (exchange(&stage), market(&stage));
    let found = [exchange.guardian, exchange.treasury, exchange.keeper_fees, exchange.receiver, exchange.push_oracle];
    assert_eq!(found, [guardian, treasury, keepers, receiver, push]);
    assert_eq!((listed.source, listed.feed), (SOURCE_PUSH, feed.to_bytes()));
    assert_eq!((listed.second_source, listed.second_feed), (SOURCE_PUSH, second.to_bytes()));
    stage.refuses("the first came before", "ProposalOutdated", |stage| execute(stage, again));
    let none = source(kind::SECOND_SOURCE, SOURCE_NONE.into(), Pubkey::default());
    propose(&mut stage, none);
    let vault = stage.venue.build.keys.insurance_vault;
    let rows = [
        ("a vault as the treasury", address_change(kind::FEE_ACCOUNT, 0, vault), "WrongTreasury"),
        ("a third fee account", address_change(kind::FEE_ACCOUNT, 2, vault), "UnknownParameter"),
        ("a third oracle", address_change(kind::ORACLE, 2, push), "UnknownParameter"),
        ("the same guardian", address_change(kind::GUARDIAN, 0, guardian), "NothingChanges"),
        ("the same source", source(kind::SOURCE, SOURCE_PUSH.into(), feed), "NothingChanges"),
        ("no source", source(kind::SOURCE, SOURCE_NONE.into(), feed), "WrongSource"),
        ("a third kind of source", source(kind::SECOND_SOURCE, 2, feed), "WrongSource"),
        ("a source of 256", source(kind::SOURCE, 256, feed), "WrongSource"),
        ("collateral", address_change(kind::COLLATERAL, 0, feed), "UnknownChange"),
        ("the authority", address_change(kind::AUTHORITY, 0, feed), "UnknownChange"),
        ("what is not a kind", address_change(10, 0, feed), "UnknownChange"),
        ("another market's", Change { market: 1, ..market_parameter(0, PENALTY, 55) }, "WrongMarket"),
        ("a parameter of 65536", Change { field: 1 << 16, ..market_parameter(0, 0, 55) }, "UnknownParameter"),
    ];
    for (name, change, error) in rows {
        stage.refuses(name, error, |stage| try_propose(stage, change));
    }
    let (next, keys) = (super::exchange(&stage).proposal_count, stage.venue.markets[0]);
    let rows = [
        ("without its market", None, market_parameter(0, PENALTY, 55), "WrongMarket"),
        ("with a market it does not concern", Some(&keys), exchange_parameter(TIMELOCK, 1), "WrongMarket"),
    ];
    for (name, market, change, error) in rows {
        let built = stage.venue.build.propose_change(next, market, change);
        stage.refuses(name, error, |stage| stage.send("", built));
    }
}

/// Whoever says prices takes everything: twice the time to leave, and no address that is none.
#[test]
fn an_oracle_is_a_program_and_waits_twice_the_timelock() {
    for field in [0, 1] {
        let mut stage = locked();
        let change = address_change(kind::ORACLE, field, spl_token::ID);
        let wallet = stage.venue.build.keys.treasury;
        for nobody in [address("nobody", 0), wallet] {
            let change = address_change(kind::ORACLE, field, nobody);
            stage.refuses("no program", "NotAProgram", |stage| try_propose(stage, change));
            let mut built = stage.venue.build.propose_change(0, None, change);
            built.accounts.iter_mut().filter(|meta| meta.pubkey == nobody).for_each(|meta| meta.pubkey = spl_token::ID);
            stage.refuses("another program is passed", "NotAProgram", |stage| stage.send("", built));
        }
        let id = propose(&mut stage, change);
        assert_eq!(proposal(&stage, id).ready_at, stage.venue.now().time + 2 * LOCK);
        let sooner = propose(&mut stage, market_parameter(0, PENALTY, 55));
        pass(&mut stage, LOCK);
        execute(&mut stage, sooner).expect("anything else is due");
        pass(&mut stage, LOCK - 1);
        stage.refuses("a second early", "ProposalTooEarly", |stage| execute(stage, id));
        pass(&mut stage, 1);
        let unnamed = stage.venue.build.execute_change(id, None);
        stage.refuses("without the program", "NotAProgram", |stage| stage.send("", unnamed));
        execute(&mut stage, id).expect("due");
    }
}

/// Fees go to token accounts of the exchange's mint that are not its own: asked when it is proposed, and when it is executed, because
/// an account may be closed in between.
#[test]
fn fee_accounts_are_what_they_must_be_when_proposed_and_when_executed() {
    for field in [0, 1] {
        let mut stage = locked();
        let (keys, fees) = (stage.venue.build.keys, address("fees", 0));
        let change = address_change(kind::FEE_ACCOUNT, field, fees);
        let open = |stage: &mut Stage, mint, owner| {
            tokens::put_wallet(&mut stage.venue.chain, fees, mint, owner, Atoms(0));
        };
        stage.refuses("no account", "NotATokenAccount", |stage| try_propose(stage, change));
        open(&mut stage, address("another mint", 0), keys.authority);
        stage.refuses("of another mint", "WrongMint", |stage| try_propose(stage, change));
        open(&mut stage, keys.mint, keys.vault_authority);
        stage.refuses("the exchange's own", "WrongTreasury", |stage| try_propose(stage, change));
        open(&mut stage, keys.mint, keys.authority);
        let mut built = stage.venue.build.propose_change(0, None, change);
        built.accounts.iter_mut().filter(|meta| meta.pubkey == fees).for_each(|meta| meta.pubkey = keys.treasury);
        stage.refuses("another is passed", "WrongTreasury", |stage| stage.send("", built));
        let id = propose(&mut stage, change);
        pass(&mut stage, LOCK);
        stage.venue.chain.put(fees, Default::default());
        stage.refuses("closed meanwhile", "NotATokenAccount", |stage| execute(stage, id));
        open(&mut stage, keys.mint, keys.authority);
        execute(&mut stage, id).expect("due");
    }
}

/// A guardian cancels what he likes, but not who replaces him: else he would keep his office for ever.
#[test]
fn a_guardian_does_not_veto_who_replaces_him() {
    let mut stage = locked();
    let (keys, fresh) = (stage.venue.build.keys, address("fresh", 0));
    for signer in [keys.guardian, fresh] {
        stage.venue.chain.give_lamports(signer);
    }
    let id = propose(&mut stage, address_change(kind::GUARDIAN, 0, fresh));
    let taken_back = propose(&mut stage, address_change(kind::GUARDIAN, 0, address("another", 0)));
    for id in [id, taken_back] {
        stage.refuses("his own replacement", "OwnReplacement", |stage| cancel(stage, keys.guardian, id));
    }
    cancel(&mut stage, keys.authority, taken_back).expect("the authority may");
    pass(&mut stage, LOCK);
    stage.refuses("due", "OwnReplacement", |stage| cancel(stage, keys.guardian, id));
    execute(&mut stage, id).expect("due");
    let other = propose(&mut stage, market_parameter(0, PENALTY, 55));
    stage.refuses("the old one", "Unauthorised", |stage| cancel(stage, keys.guardian, other));
    cancel(&mut stage, fresh, other).expect("the new one holds the office");
}

#[test]
fn layers_are_offered_by_proposal() {
    let mut stage = locked();
    let end = (stage.venue.now().time + 30 * DAY) as u64;
    let offer = |seat, numbers| Change {
        kind: kind::LAYER,
        field: seat,
        key: address("underwriter", 0),
        numbers,
        ..Change::default()
    };
    let terms = [5_000_000, 7, 500, end];
    let (first, second) = (propose(&mut stage, offer(3, terms)), propose(&mut stage, offer(3, terms)));
    stage.refuses("a fifth seat", "LayerTerms", |stage| try_propose(stage, offer(4, terms)));
    stage.refuses("no limit", "LayerTerms", |stage| try_propose(stage, offer(0, [0, 7, 500, end])));
    pass(&mut stage, LOCK);
    execute(&mut stage, first).expect("an offer");
    let listed = market(&stage);
    let layer = &listed.books.layers[3];
    assert_eq!((layer.limit, layer.attachment, layer.premium), (5_000_000, 7, 500));
    assert_eq!((layer.expires_at as u64, layer.amount, listed.underwriters[3]), (end, 0, address("underwriter", 0)));
    stage
        .venue
        .change_books(0, |books| {
            books.market.layers[3].earned = breakwater_engine::Atoms(1);
            Ok(())
        })
        .expect("premium");
    stage.refuses("a seat with money in it", "LayerTaken", |stage| execute(stage, second));
}

#[test]
fn the_authority_is_handed_over_in_two_steps_after_the_timelock() {
    let mut stage = locked();
    let (keys, next, other) = (stage.venue.build.keys, address("next", 0), address("next", 1));
    for signer in [next, other] {
        stage.venue.chain.give_lamports(signer);
    }
    let accept = |stage: &mut Stage, next| {
        let built = stage.venue.build.accept_authority(next);
        stage.send("accept_authority", built)
    };
    stage.refuses("nothing offered", "Unauthorised", |stage| accept(stage, next));
    let built = stage.venue.build.offer_authority(0, next);
    stage.send("offer_authority", built).expect("an offer");
    let built = stage.venue.build.offer_authority(1, other);
    stage.send("offer_authority", built).expect("another");
    stage.refuses("before the timelock", "ProposalTooEarly", |stage| execute(stage, 0));
    stage.refuses("accepted before it is offered", "Unauthorised", |stage| accept(stage, next));
    let queued = propose(&mut stage, market_parameter(0, PENALTY, 55));
    pass(&mut stage, LOCK);
    execute(&mut stage, 0).expect("due");
    assert_eq!((exchange(&stage).authority, exchange(&stage).next_authority), (keys.authority, next));
    stage.refuses("by somebody else", "Unauthorised", |stage| accept(stage, other));
    accept(&mut stage, next).expect("accepted");
    assert_eq!((exchange(&stage).authority, exchange(&stage).next_authority), (next, Pubkey::default()));
    stage.refuses("again", "Unauthorised", |stage| accept(stage, next));
    stage.refuses("the old one", "Unauthorised", |stage| execute(stage, queued));
    stage.venue.build.keys.authority = next;
    execute(&mut stage, queued).expect("the new one goes on");
    stage.refuses("an offer of the old one's", "ProposalOutdated", |stage| execute(stage, 1));
}

/// Offered to a key, and executed.
fn offered(stage: &mut Stage, next: Pubkey) {
    stage.venue.chain.give_lamports(next);
    let id = exchange(stage).proposal_count;
    let built = stage.venue.build.offer_authority(id, next);
    stage.send("offer_authority", built).expect("an offer");
    pass(stage, LOCK);
    execute(stage, id).expect("due");
}

fn accept(stage: &mut Stage, next: Pubkey) -> Outcome {
    let built = stage.venue.build.accept_authority(next);
    stage.send("accept_authority", built)
}

#[test]
fn a30_an_offer_of_the_authority_lapses_a_week_after_it_was_executed() {
    let mut stage = locked();
    let next = address("next", 0);
    offered(&mut stage, next);
    assert_eq!(exchange(&stage).offer_lapses_at, stage.venue.now().time + 7 * DAY);
    let mut in_time = stage.clone();
    pass(&mut in_time, 7 * DAY - 1);
    accept(&mut in_time, next).expect("in the last second");
    pass(&mut stage, 7 * DAY);
    for _ in 0..2 {
        stage.refuses("a week later", "OfferLapsed", |stage| accept(stage, next));
        pass(&mut stage, 365 * DAY);
    }
    offered(&mut stage, next);
    accept(&mut stage, next).expect("offered anew");
}

#[test]
fn a30_an_offer_of_the_authority_is_revoked_at_once() {
    let mut stage = locked();
    let (keys, next) = (stage.venue.build.keys, address("next", 0));
    let revoke = |stage: &mut Stage, signer| {
        let built = stage.venue.build.revoke_offer(signer);
        stage.send("revoke_offer", built)
    };
    stage.venue.chain.give_lamports(keys.guardian);
    stage.refuses("nothing offered", "NothingOffered", |stage| revoke(stage, keys.authority));
    offered(&mut stage, next);
    stage.refuses("by whom it is offered to", "Unauthorised", |stage| revoke(stage, next));
    for signer in [keys.authority, keys.guardian] {
        let mut stage = stage.clone();
        revoke(&mut stage, signer).expect("revoked");
        assert_eq!((exchange(&stage).next_authority, exchange(&stage).offer_lapses_at), (Pubkey::default(), 0));
        stage.refuses("revoked", "Unauthorised", |stage| accept(stage, next));
        stage.refuses("twice", "NothingOffered", |stage| revoke(stage, signer));
    }
    accept(&mut stage, next).expect("the offer stands where nobody revoked it");
    stage.refuses("accepted", "NothingOffered", |stage| revoke(stage, next));
}

#[test]
fn f3_a_listing_waits_and_can_be_taken_back() {
    let mut stage = locked();
    let keys = stage.venue.build.keys;
    assert_eq!(market(&stage).opens_at, stage.venue.now().time + LOCK);
    let listed = stage.venue.markets[0];
    let take_back = |stage: &mut Stage, signer| {
        let built = stage.venue.build.cancel_listing(signer, &listed);
        stage.send("cancel_listing", built)
    };
    stage.refuses("by a stranger", "Unauthorised", |stage| take_back(stage, address("stranger", 0)));
    for signer in [keys.authority, keys.guardian] {
        let mut stage = stage.clone();
        pass(&mut stage, LOCK - 1);
        take_back(&mut stage, signer).expect("taken back");
        assert_eq!(market(&stage).opens_at, i64::MAX);
        stage.refuses("twice", "ProposalClosed", |stage| take_back(stage, signer));
    }
    pass(&mut stage, LOCK);
    stage.refuses("when it has opened", "ProposalClosed", |stage| take_back(stage, keys.authority));
}

#[test]
fn numbers_of_proposals_follow_each_other() {
    let mut stage = locked();
    for id in [1, u64::MAX] {
        let built = stage.venue.build.propose_change(id, None, exchange_parameter(DEPOSITS_MAX, 1));
        stage.refuses("ahead", "WrongProposal", |stage| stage.send("", built));
    }
    propose(&mut stage, exchange_parameter(DEPOSITS_MAX, 900_000_000_000_000));
    let built = stage.venue.build.propose_change(0, None, exchange_parameter(DEPOSITS_MAX, 900_000_000_000_000));
    stage.refuses("the same", "InstructionError(1, Custom(0))", |stage| stage.send("", built));
}
