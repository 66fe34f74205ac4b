//! What must be true of a verb: the state before it against the state after it.

use std::collections::BTreeMap;

use breakwater_engine::clearing::recovery::vesting;
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::units::{Cash, Side, PICO_SIGNED};

use crate::exchange::{slot_of, TestExchange};

/// Atoms that the roundings of one verb may take of one account.
const ROUNDED: i128 = 64;

/// What kind of verb it was: what it may do.
enum Kind {
    Other,
    Opening(u64),
    Sync,
    Liquidation(u64),
    Deleveraging(u64),
    Declaring,
    Resolving(u64),
    Earning,
    Tick(BTreeMap<usize, i128>),
}

/// A verb: who acts or is acted on, and its kind.
pub struct Act {
    actors: Vec<String>,
    kind: Kind,
}

fn names(actors: &[&str]) -> Vec<String> {
    actors.iter().map(|who| (*who).to_string()).collect()
}

impl Act {
    pub fn of(actors: &[&str]) -> Act {
        Act { actors: names(actors), kind: Kind::Other }
    }

    pub fn actors(&self) -> &[String] {
        &self.actors
    }

    pub fn opening(actors: &[&str], market: u64) -> Act {
        Act { actors: names(actors), kind: Kind::Opening(market) }
    }

    pub fn sync(who: &str) -> Act {
        Act { actors: names(&[who]), kind: Kind::Sync }
    }

    pub fn liquidation(victim: &str, taker: &str, market: u64) -> Act {
        Act { actors: names(&[victim, taker]), kind: Kind::Liquidation(market) }
    }

    pub fn deleveraging(who: &str, market: u64) -> Act {
        Act { actors: names(&[who]), kind: Kind::Deleveraging(market) }
    }

    pub fn declaring(actors: &[&str]) -> Act {
        Act { actors: names(actors), kind: Kind::Declaring }
    }

    pub fn resolving(market: u64) -> Act {
        Act { actors: Vec::new(), kind: Kind::Resolving(market) }
    }

    pub fn earning(actors: &[&str]) -> Act {
        Act { actors: names(actors), kind: Kind::Earning }
    }

    pub fn tick(funding: &BTreeMap<usize, i128>) -> Act {
        Act { actors: Vec::new(), kind: Kind::Tick(funding.clone()) }
    }
}

/// What a position was charged and what its lots gained, and what it may have been charged beyond (I6).
#[derive(Clone, Copy, Default)]
struct Tally {
    gained: i128,
    paid: i128,
    tolerated: i128,
}

/// One for each account and market.
#[derive(Default)]
pub struct Tallies(BTreeMap<(String, usize), Tally>);

// --- reading an account

fn lots_of(exchange: &TestExchange, who: &str, market: usize) -> i128 {
    let Some(slot) = exchange.accounts.get(who).and_then(|account| slot_of(account, market)) else { return 0 };
    let found = exchange.view(market).caught_up(slot).unwrap();
    i128::from(found.lots.0) * if found.side == Some(Side::Short) { -1 } else { 1 }
}

/// Equity of an account's position in a market and what its lots left there, atoms.
fn exposed(exchange: &TestExchange, who: &str, market: usize) -> i128 {
    let Some(slot) = exchange.accounts.get(who).and_then(|account| slot_of(account, market)) else { return 0 };
    let view = exchange.view(market);
    let found = view.caught_up(slot).unwrap();
    let mut held: u128 = Side::BOTH.iter().map(|side| view.held_of(slot, *side).unwrap()).sum();
    if let Some(side) = found.side {
        held += found.held.iter().map(|held| view.worth_of(side, held).unwrap()).sum::<u128>();
    }
    view.equity(&found).unwrap().plus(Cash(held as i128)).unwrap().atoms_floor()
}

/// Everything of an account at the last marks less its debts, atoms; of its cross positions alone where `cross`.
pub fn total(exchange: &TestExchange, who: &str, cross: bool) -> i128 {
    let Some(account) = exchange.accounts.get(who) else { return 0 };
    let mut sum = i128::from(account.free.0 + account.pledged.0);
    for market in 0..exchange.len() {
        let Some(slot) = slot_of(account, market) else { continue };
        let view = exchange.view(market);
        let due = view.claims_due(slot, &view.caught_up(slot).unwrap()).unwrap();
        sum += i128::from(vesting::worth(view.market, slot).unwrap().0 + due.0);
        sum -= i128::from(slot.debt[0].0 + slot.debt[1].0);
        if !(cross && slot.position.isolated != 0) {
            sum += exposed(exchange, who, market);
        }
    }
    sum
}

pub fn describe(exchange: &TestExchange, who: &str) -> String {
    let Some(account) = exchange.accounts.get(who) else { return String::new() };
    let mut text = format!("free {:?} pledged {:?}", account.free, account.pledged);
    for market in 0..exchange.len() {
        let Some(slot) = slot_of(account, market) else { continue };
        let view = exchange.view(market);
        let position = view.caught_up(slot).unwrap();
        let held = Side::BOTH.map(|side| view.held_of(slot, side).unwrap() / 1_000_000_000_000);
        let unseen: Vec<u128> = position.side.map_or(Vec::new(), |side| {
            position.held.iter().map(|held| view.worth_of(side, held).unwrap() / 1_000_000_000_000).collect()
        });
        text += &format!(
            "\n  {market}: {:?} {:?} equity {:?} of {:?} held {held:?} unseen {unseen:?} vesting {:?} claims {:?} debt {:?}",
            position.side,
            position.lots,
            view.equity(&position).unwrap().atoms_floor(),
            slot.position,
            vesting::worth(view.market, slot).unwrap(),
            view.claims_due(slot, &position).unwrap(),
            slot.debt
        );
    }
    text
}

fn debts(account: &AccountBooks) -> u64 {
    account.slots.iter().flat_map(|slot| slot.debt).map(|debt| debt.0).sum()
}

/// What is asked of an account, or of its isolated position alone.
struct Standing {
    worth: i128,
    /// What the owner of an isolated position has beside it.
    beside: i128,
    maintenance: i128,
}

/// That of an account, or of its isolated position in a market; `None` where a market is silent.
fn standing(exchange: &TestExchange, who: &str, market: u64) -> Option<Standing> {
    let account = &exchange.accounts[who];
    let isolated = slot_of(account, market as usize).is_some_and(|slot| slot.position.isolated != 0);
    let mut maintenance = 0;
    for at in 0..exchange.len() {
        let Some(slot) = slot_of(account, at) else { continue };
        if !exchange.market(at).is_usable() {
            return None;
        }
        let counts = if isolated { at as u64 == market } else { slot.position.isolated == 0 };
        if counts {
            let lots = exchange.view(at).caught_up(slot).unwrap().lots;
            maintenance += i128::from(exchange.market(at).margin_of(lots).unwrap().maintenance.0);
        }
    }
    if isolated {
        let view = exchange.view(market as usize);
        let position = view.caught_up(slot_of(account, market as usize)?).unwrap();
        let equity = view.equity(&position).unwrap().atoms_floor();
        return Some(Standing { worth: equity, beside: total(exchange, who, false) - equity, maintenance });
    }
    // What its other collateral counts is no cash, but health.
    let counts = i128::from(debts(account) + account.collateral.maintenance.0);
    Some(Standing { worth: total(exchange, who, true) + counts, beside: 0, maintenance })
}

// --- the checks

/// Everything that two states tell.
pub fn watch(before: &TestExchange, after: &TestExchange, (verb, act): (&str, &Act), tallies: &mut Tallies) {
    check_markets(before, after, (verb, act));
    check_bystanders(before, after, (verb, act));
    check_kind(before, after, act);
    tallies.follow(before, after, act);
}

/// I14: only a resolution charges, and only funding moves X beside it. I16: what is unfunded is served from income alone.
fn check_markets(before: &TestExchange, after: &TestExchange, (verb, act): (&str, &Act)) {
    for market in 0..before.len() {
        let (was, is) = (before.market(market), after.market(market));
        let charges = matches!(act.kind, Kind::Resolving(of) if of == market as u64);
        for side in Side::BOTH {
            let moved = was.side(side).index != is.side(side).index;
            assert!(!moved || charges || matches!(act.kind, Kind::Tick(_)), "I14: {verb} moved X of {market} {side:?}");
        }
        let served = is.unfunded < was.unfunded;
        // Penalties are income too.
        let earns = matches!(act.kind, Kind::Earning | Kind::Liquidation(_));
        assert!(!served || earns, "I16: {verb} served what was unfunded");
        assert!(is.unfunded <= was.unfunded || charges, "I16: {verb} left something unfunded");
    }
}

/// I5, I15: only accounts that act, or are acted on, lose in a verb that neither charges nor moves a mark; free cash of others
/// never moves. I17: debts arise from declarations alone.
fn check_bystanders(before: &TestExchange, after: &TestExchange, (verb, act): (&str, &Act)) {
    let moves = matches!(act.kind, Kind::Tick(_) | Kind::Resolving(_));
    for (who, account) in &before.accounts {
        let now = &after.accounts[who];
        assert!(debts(now) <= debts(account) || matches!(act.kind, Kind::Declaring), "I17: {verb} left {who} a debt");
        if act.actors.contains(who) {
            continue;
        }
        assert_eq!(account.free, now.free, "I5: {verb} moved free cash of {who}");
        if !moves {
            let (was, is) = (total(before, who, false), total(after, who, false));
            let parts = || format!("{} to {}", describe(before, who), describe(after, who));
            assert!(is >= was - ROUNDED, "I5, I15: {verb} took {was} to {is} of {who}: {}", parts());
        }
    }
}

fn check_kind(before: &TestExchange, after: &TestExchange, act: &Act) {
    match &act.kind {
        Kind::Opening(market) => check_opening(before, after, *market as usize),
        Kind::Sync => check_sync(before, after, &act.actors[0]),
        Kind::Liquidation(market) | Kind::Deleveraging(market) => check_health(before, after, &act.actors[0], *market),
        Kind::Declaring => check_declared(before, after, &act.actors[0]),
        _ => {}
    }
}

/// I9, I16: what raises a side's lots passes only with a usable mark and no event on that side.
fn check_opening(before: &TestExchange, after: &TestExchange, market: usize) {
    let (was, is) = (before.market(market), after.market(market));
    for side in Side::BOTH {
        if is.side(side).totals.lots > was.side(side).totals.lots {
            let open = was.is_usable() && !was.is_settled() && was.side(side).event.alive == 0;
            assert!(open, "I9: {market} {side:?} grew: {:?}", was.side(side).event);
        }
    }
}

/// I7: a sync changes nothing of what an account is worth. I13: it leaves none of its positions under water.
fn check_sync(before: &TestExchange, after: &TestExchange, who: &str) {
    let (was, is) = (total(before, who, false), total(after, who, false));
    // What serves its debts may pay claims of its own.
    let serves = before.accounts.get(who).map_or(0, debts) != after.accounts.get(who).map_or(0, debts);
    let same = if serves { is >= was - ROUNDED } else { (was - is).abs() <= ROUNDED };
    assert!(same, "I7: a sync took {who} from {was} to {is}: {} to {}", describe(before, who), describe(after, who));
    if after.accounts.contains_key(who) {
        after.check_lifted(who);
    }
}

/// I8: what closes lots of a distressed account never worsens its health.
fn check_health(before: &TestExchange, after: &TestExchange, who: &str, market: u64) {
    let (Some(was), Some(is)) = (standing(before, who, market), standing(after, who, market)) else { return };
    // What came out of a pledged market served its debts meanwhile.
    let served = i128::from(debts(&before.accounts[who])) - i128::from(debts(&after.accounts[who]));
    let (had, has) = (was.worth, is.worth + is.beside - was.beside + if was.beside == 0 { served } else { 0 });
    let (needed, needs) = (was.maintenance, is.maintenance);
    assert!(
        (has + ROUNDED) * needed >= had * needs,
        "I8: {who} fell from {had}/{needed} to {has}/{needs}: {} to {}",
        describe(before, who),
        describe(after, who)
    );
}

/// I2 of the waterfall: no solvent account is declared. I19: a position in a silent market stays its owner's.
fn check_declared(before: &TestExchange, after: &TestExchange, who: &str) {
    let was = &before.accounts[who];
    let (mut moved, mut certain) = (false, true);
    for market in 0..before.len() {
        let Some(slot) = slot_of(was, market) else { continue };
        certain &= before.market(market).is_usable() && !before.market(market).is_settled();
        if slot.position.isolated != 0 || lots_of(before, who, market) == 0 {
            continue;
        }
        let gone = lots_of(after, who, market) == 0;
        assert!(!gone || before.market(market).is_usable(), "I19: {who}'s position in silent {market} was declared");
        moved |= gone;
    }
    let worth = total(before, who, true) + i128::from(debts(was));
    assert!(!moved || !certain || worth <= ROUNDED, "{who} was declared with {worth}");
}

impl Tallies {
    fn follow(&mut self, before: &TestExchange, after: &TestExchange, act: &Act) {
        for market in 0..before.len() {
            for who in after.accounts.keys() {
                let lots = lots_of(before, who, market);
                let tally = self.0.entry((who.clone(), market)).or_default();
                match &act.kind {
                    Kind::Tick(funding) => tally.gain(before, after, (market, lots, funding.get(&market))),
                    Kind::Resolving(of) if *of == market as u64 => {
                        let loss = exposed(before, who, market) - exposed(after, who, market);
                        tally.pay(before, (who, market), loss.max(0));
                    }
                    _ if act.actors.contains(who) => tally.open(before, after, (who, market, lots)),
                    _ => {}
                }
            }
        }
    }
}

impl Tally {
    /// Favorable moves of the mark and funding.
    fn gain(&mut self, before: &TestExchange, after: &TestExchange, at: (usize, i128, Option<&i128>)) {
        let (market, lots, funding) = at;
        let price = |exchange: &TestExchange| i128::from(exchange.market(market).mark.price.0);
        let up = |per_lot: i128| (lots * per_lot / PICO_SIGNED).max(0);
        self.gained += up(price(after) - price(before)) + up(-funding.copied().unwrap_or(0));
    }

    /// A charge; and what of it falls on an account because declared lots of its own side could not pay, having lost it at a turn.
    fn pay(&mut self, before: &TestExchange, (who, market): (&str, usize), loss: i128) {
        self.paid += loss;
        let books = before.market(market);
        let entered: u64 = books.sides.iter().map(|side| side.estate.entered.0).max().unwrap();
        let there: u64 = books.sides.iter().map(|side| side.totals.lots.0 + side.event.held_lots.0).min().unwrap();
        self.tolerated += loss * i128::from(entered) / i128::from(entered + there).max(1) + 2;
        let beyond = self.paid - self.gained;
        assert!(beyond <= self.tolerated + ROUNDED, "I6: {who} in {market} paid {beyond} beyond its favorable moves");
    }

    /// A new position begins anew; what it may come to bear is a shortfall that counted as none (I16).
    fn open(&mut self, before: &TestExchange, after: &TestExchange, (who, market, lots): (&str, usize, i128)) {
        let grown = lots_of(after, who, market).abs() > lots.abs();
        if lots == 0 && exposed(before, who, market) == 0 {
            *self = Tally::default();
        }
        if grown {
            let tolerance = i128::from(after.market(market).tolerance().unwrap().0);
            self.tolerated = self.tolerated.max(tolerance);
        }
    }
}
