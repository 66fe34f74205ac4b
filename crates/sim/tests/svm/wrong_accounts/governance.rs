//! Instructions of those who govern.

use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::system_program;
use breakwater::state::{kind, Change};
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::decode;
use breakwater_sim::svm::governance::{address_change, exchange_parameter, market_parameter};
use breakwater_sim::svm::instructions::INSTRUCTIONS;
use solana_pubkey::Pubkey;

use super::scene::Scene;
use super::{check, row, swap, Change as Edit, Row, NO_PRIVILEGE};

/// A change of the first market, one of the exchange.
const CHANGES: [fn() -> Change; 2] = [|| market_parameter(0, 44, 55), || exchange_parameter(1, 900_000_000_000_000)];

/// What is true of all: who signs, the exchange, the sysvar, what events need.
fn common(scene: &mut Scene, signer: Pubkey, read_only: Option<&'static str>) -> Vec<Row> {
    let (keys, other, stranger) = (scene.keys(), scene.other.keys, scene.stranger());
    let mut rows = scene.typed("exchange", keys.exchange);
    rows.extend(scene.program_rows(false));
    rows.extend([
        row("nobody signs", Edit::Unsign(signer), "AccountNotSigner"),
        swap("a stranger signs", signer, stranger, "Unauthorised"),
        swap("another exchange's authority signs", signer, other.authority, "Unauthorised"),
        swap("another exchange", keys.exchange, other.exchange, "Unauthorised"),
        swap("the sysvar: the exchange", INSTRUCTIONS, keys.exchange, "WrongInstructionsSysvar"),
    ]);
    rows.extend(read_only.map(|error| row("exchange read only", Edit::ReadOnly(keys.exchange), error)));
    rows
}

/// A market that is passed, to read or to change.
fn market_rows(scene: &mut Scene, writable: bool) -> Vec<Row> {
    let (market, foreign) = (scene.market(0).market, scene.other_market.market);
    let mut rows =
        if writable { scene.typed_mut("market", market, "ConstraintMut") } else { scene.typed("market", market) };
    rows.push(swap("market of another exchange", market, foreign, "WrongExchange"));
    rows
}

fn proposed(scene: &mut Scene, change: Change) {
    let market = scene.market(0);
    let market = (change.kind == breakwater::state::kind::MARKET_PARAMETER).then_some(&market);
    let built = scene.build().propose_change(0, market, change);
    scene.stage.send("", built).expect("a proposal");
}

/// A proposal of the other exchange's with the same number.
fn foreign_proposal(scene: &mut Scene) -> Pubkey {
    let built = scene.other.propose_change(0, None, exchange_parameter(1, 900_000_000_000_000));
    scene.stage.send("", built).expect("the other exchange's proposal");
    scene.other.proposal(0)
}

#[test]
fn guardian_pause() {
    for of_market in [true, false] {
        let mut scene = Scene::new();
        let (keys, market) = (scene.keys(), scene.market(0));
        let built = scene.build().guardian_pause(of_market.then_some(&market), 4, 60);
        let mut rows = common(&mut scene, keys.guardian, Some("ConstraintMut"));
        rows.push(swap("the authority signs", keys.guardian, keys.authority, "Unauthorised"));
        if of_market {
            rows.extend(market_rows(&mut scene, true));
        }
        check(&mut scene.stage, "guardian_pause", &built, &rows);
    }
}

#[test]
fn clear_pauses() {
    for of_market in [true, false] {
        let mut scene = Scene::new();
        let (keys, market) = (scene.keys(), scene.market(0));
        let market = of_market.then_some(&market);
        let pause = scene.build().pause_for(market, 4, 60);
        scene.stage.send("", pause).expect("a pause");
        breakwater_sim::venue::Venue::advance(&mut scene.stage.venue, 150, 60);
        let built = scene.build().clear_pauses(market);
        let mut rows = scene.typed_mut("exchange", keys.exchange, "ConstraintMut");
        rows.extend(scene.program_rows(false));
        let error = if of_market { "WrongExchange" } else { "PauseNotExpired" };
        rows.push(swap("another exchange", keys.exchange, scene.other.keys.exchange, error));
        if of_market {
            rows.extend(market_rows(&mut scene, true));
        }
        check(&mut scene.stage, "clear_pauses", &built, &rows);
    }
}

#[test]
fn propose_change() {
    for (change, of_market) in CHANGES.map(|change| change()).into_iter().zip([true, false]) {
        let mut scene = Scene::new();
        let market = scene.market(0);
        let built = scene.build().propose_change(0, of_market.then_some(&market), change);
        let foreign = scene.other.proposal(0);
        let mut rows = proposing(&mut scene, &built, foreign);
        if of_market {
            rows.extend(market_rows(&mut scene, false));
            let second = scene.market(1).market;
            rows.push(swap("the other market", market.market, second, "WrongMarket"));
        }
        check(&mut scene.stage, "propose_change", &built, &rows);
    }
}

/// The proposal's address is derived from the exchange, so a wrong one of either shows there first.
fn proposing(scene: &mut Scene, built: &Instruction, foreign: Pubkey) -> Vec<Row> {
    let (keys, other, stranger) = (scene.keys(), scene.other.keys, scene.stranger());
    let proposal = scene.build().proposal(0);
    assert!(built.accounts.iter().any(|meta| meta.pubkey == proposal));
    let mut rows = scene.program_rows(false);
    rows.extend([
        row("nobody signs", Edit::Unsign(keys.authority), "AccountNotSigner"),
        row("authority read only", Edit::ReadOnly(keys.authority), NO_PRIVILEGE),
        swap("a stranger signs", keys.authority, stranger, "Unauthorised"),
        swap("the guardian signs", keys.authority, keys.guardian, "Unauthorised"),
        swap("another exchange", keys.exchange, other.exchange, "ConstraintSeeds"),
        row("exchange read only", Edit::ReadOnly(keys.exchange), "ConstraintMut"),
        swap("the other exchange's proposal", proposal, foreign, "ConstraintSeeds"),
        row("proposal read only", Edit::ReadOnly(proposal), NO_PRIVILEGE),
        swap("the sysvar: the exchange", INSTRUCTIONS, keys.exchange, "WrongInstructionsSysvar"),
        swap("system program", system_program::ID, spl_token::ID, "InvalidProgramId"),
    ]);
    scene.stage.venue.chain.give_lamports(keys.guardian);
    rows
}

#[test]
fn offer_authority() {
    let mut scene = Scene::new();
    let built = scene.build().offer_authority(0, address("next", 0));
    let foreign = scene.other.proposal(0);
    let rows = proposing(&mut scene, &built, foreign);
    check(&mut scene.stage, "offer_authority", &built, &rows);
}

#[test]
fn accept_authority() {
    let mut scene = Scene::new();
    let (keys, next) = (scene.keys(), address("next", 0));
    let steps = [scene.build().offer_authority(0, next), scene.build().execute_change(0, None)];
    for step in steps {
        scene.stage.send("", step).expect("offered");
    }
    let built = scene.build().accept_authority(next);
    let mut rows = common(&mut scene, next, Some("ConstraintMut"));
    rows.push(swap("the authority signs", next, keys.authority, "Unauthorised"));
    check(&mut scene.stage, "accept_authority", &built, &rows);
}

#[test]
fn revoke_offer() {
    let mut scene = Scene::new();
    let keys = scene.keys();
    let steps = [scene.build().offer_authority(0, address("next", 0)), scene.build().execute_change(0, None)];
    for step in steps {
        scene.stage.send("", step).expect("offered");
    }
    let built = scene.build().revoke_offer(keys.guardian);
    let rows = common(&mut scene, keys.guardian, Some("ConstraintMut"));
    check(&mut scene.stage, "revoke_offer", &built, &rows);
}

#[test]
fn execute_change() {
    for (change, of_market) in CHANGES.map(|change| change()).into_iter().zip([true, false]) {
        let mut scene = Scene::new();
        proposed(&mut scene, change);
        let (keys, market, proposal) = (scene.keys(), scene.market(0), scene.build().proposal(0));
        let foreign = foreign_proposal(&mut scene);
        let built = scene.build().execute_change(0, of_market.then_some(&market));
        let mut rows = common(&mut scene, keys.authority, Some("ConstraintMut"));
        rows.extend(scene.typed_mut("proposal", proposal, "ConstraintMut"));
        rows.push(swap("another exchange's proposal", proposal, foreign, "WrongProposal"));
        rows.push(swap("the guardian signs", keys.authority, keys.guardian, "Unauthorised"));
        if of_market {
            rows.extend(market_rows(&mut scene, true));
            let second = scene.market(1).market;
            rows.push(swap("the other market", market.market, second, "WrongMarket"));
            rows.push(swap("no market", market.market, breakwater::ID, "WrongMarket"));
        }
        check(&mut scene.stage, "execute_change", &built, &rows);
    }
}

/// What a change names is passed, and is what it must be, when it is proposed and when it is executed.
#[test]
fn changes_that_name_an_account() {
    let mut scene = Scene::new();
    let (keys, stranger) = (scene.keys(), scene.stranger());
    let fees = scene.token_account(keys.mint, stranger);
    let forged = scene.copy_owned(fees, breakwater::ID);
    for (id, (key, kind)) in [(fees, kind::FEE_ACCOUNT), (spl_token::ID, kind::ORACLE)].into_iter().enumerate() {
        let (id, change) = (id as u64, address_change(kind, 0, key));
        let steps = [
            ("propose_change", scene.build().propose_change(id, None, change)),
            ("execute_change", scene.build().execute_naming(id, None, Some(key))),
        ];
        for (name, built) in steps {
            let error = if kind == kind::ORACLE { "NotAProgram" } else { "WrongTreasury" };
            let rows = [
                swap("named: the treasury", key, keys.treasury, error),
                swap("named: a copy of another program", key, forged, error),
                swap("named: nothing", key, breakwater::ID, error),
            ];
            check(&mut scene.stage, name, &built, &rows);
        }
    }
}

#[test]
fn cancel_change() {
    let mut scene = Scene::new();
    proposed(&mut scene, CHANGES[0]());
    let (keys, proposal) = (scene.keys(), scene.build().proposal(0));
    let foreign = foreign_proposal(&mut scene);
    let built = scene.build().cancel_change(keys.guardian, 0);
    let mut rows = common(&mut scene, keys.guardian, None);
    rows.extend(scene.typed_mut("proposal", proposal, "ConstraintMut"));
    rows.push(swap("another exchange's proposal", proposal, foreign, "WrongProposal"));
    check(&mut scene.stage, "cancel_change", &built, &rows);
}

#[test]
fn tighten() {
    for of_market in [true, false] {
        let mut scene = Scene::new();
        let (keys, market) = (scene.keys(), scene.market(0));
        let cap = MarketParams::bare().open_interest_max.0 / 10 * 9;
        let most = ExchangeParams::bare().deposits_max.0 / 10 * 9;
        let built = if of_market {
            scene.build().tighten(Some(&market), 16, cap)
        } else {
            scene.build().tighten(None, 1, most)
        };
        let mut rows = common(&mut scene, keys.authority, Some("ConstraintMut"));
        rows.push(swap("the guardian signs", keys.authority, keys.guardian, "Unauthorised"));
        if of_market {
            rows.extend(market_rows(&mut scene, true));
        }
        check(&mut scene.stage, "tighten", &built, &rows);
    }
}

#[test]
fn cancel_listing() {
    let mut scene = Scene::new();
    let (keys, market) = (scene.keys(), scene.market(0));
    // Listed without a timelock it is open: as if it had one.
    let mut listed = decode::state::<breakwater::state::Market>(scene.stage.venue.chain.data(&market.market));
    listed.opens_at = i64::MAX - 1;
    scene.stage.venue.chain.put_data(market.market, breakwater::ID, decode::bytes(&*listed));
    let built = scene.build().cancel_listing(keys.guardian, &market);
    let mut rows = common(&mut scene, keys.guardian, None);
    rows.extend(market_rows(&mut scene, true));
    check(&mut scene.stage, "cancel_listing", &built, &rows);
}
