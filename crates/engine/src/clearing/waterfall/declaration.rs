//! A bankrupt account becomes its markets' estates (`reference/declaration.py`). Declaring charges no account, moves no price,
//! and declarations of one mark commute.

use super::distress::{bankruptcy, isolated_bankruptcy, observe, Confirmation};
use super::work::take_observer;
use crate::clearing::error::{Error, Result};
use crate::clearing::insurance::Drawn;
use crate::clearing::ladder::DetachedPosition;
use crate::clearing::margin::{need_fresh, require_valued, touch, MARKETS_MAX, NO_MARKET, ROUNDED_CASH};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::recovery::{debt, vesting};
use crate::clearing::shortfall::floor;
use crate::clearing::state::{AccountBooks, CollateralAsset, Fund, Held, MarketSlot, COLLATERAL_ASSETS};
use crate::units::{Atoms, Cash, Lots, Now, Side};
use crate::wide;

/// What a declaration did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// Too early: the state is observed. Come back at this slot.
    Observed(u64),
    /// The account's positions are the estates'.
    Done {
        /// Positions that moved.
        positions: u32,
        /// What they lacked together.
        lacked: Atoms,
        /// What the account's own money paid of it.
        paid: Atoms,
        /// What insurance paid the estates at once.
        insured: Atoms,
        /// The market whose position lacked most: its keeper pot pays for the work.
        worst: u64,
        /// Lots of that position.
        worst_lots: Lots,
        /// Other collateral that passed to insurance, in smallest units.
        forfeited: [u64; COLLATERAL_ASSETS],
        /// Who is paid for the first observation, on these lots; 0: no account.
        observer: u64,
    },
}

/// Assets of other collateral by their number, to change.
pub type CollateralsMut<'a> = [Option<&'a mut CollateralAsset>; COLLATERAL_ASSETS];

/// A position on its way into an estate.
#[derive(Clone, Copy)]
struct Leg {
    market: u64,
    position: DetachedPosition,
    /// Equity at the mark.
    equity: Cash,
    /// What it lacks, rounded up; zero for a winner.
    lack: Atoms,
}

type Legs = [Option<Leg>; MARKETS_MAX];

/// Declares an account without other collateral: see [`declare_with_collateral`].
pub fn declare(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    fund: &mut Fund,
    now: Now,
) -> Result<Declared> {
    declare_with_collateral((account, &mut [const { None }; COLLATERAL_ASSETS]), markets, fund, now)
}

/// Declares an account, whole, but for markets that cannot be valued or where liquidation may not run now: those stay its
/// owner's. `markets` are all it has a slot in, `assets` those of its other collateral: what of it no buyer has taken
/// passes to insurance, on the books alone, so that neither a buyer, a price nor a vault is waited for (A23). Fails with
/// `NotBankrupt`, with `CollateralUnvalued`, with `MarkTooOld` (A55), with `NoUsableMark` where no position can move, and
/// with `CollateralMissing`.
pub fn declare_with_collateral(
    (account, assets): (&mut AccountBooks, &mut CollateralsMut<'_>),
    markets: &mut [MarketMut<'_>],
    fund: &mut Fund,
    now: Now,
) -> Result<Declared> {
    let _ = touch(account, markets, now.slot)?;
    require_valued(account, now)?;
    let state = observe(account, markets, now)?;
    if !state.bankrupt {
        return Err(Error::NotBankrupt);
    }
    match bankruptcy(account, markets, now)? {
        Confirmation::Absent => return Err(Error::NotBankrupt),
        Confirmation::TooEarly(due) => return Ok(Declared::Observed(due)),
        Confirmation::Since(_) => {}
    }
    need_fresh(account, markets, now)?;
    let observer = take_observer(account, NO_MARKET, true);
    let mut legs = take_off(account, markets, now)?;
    if legs.iter().all(Option::is_none) {
        return Err(Error::NoUsableMark);
    }
    let money = gather(account, markets, &mut legs)?;
    let (lacked, paid) = share_out(account, markets, &mut legs, money)?;
    for leg in legs.iter().flatten() {
        find(markets, leg.market)?.bury(&leg.position, now.slot)?;
    }
    pledge(account)?;
    let forfeited = forfeit(account, assets, now.slot)?;
    let insured = fund_all(markets, fund, &legs, now)?;
    let (worst, worst_lots) = worst_of(&legs);
    let positions = u32::try_from(legs.iter().flatten().count()).unwrap_or(u32::MAX);
    for leg in legs.iter().flatten() {
        account.release_slot(leg.market);
    }
    let _ = observe(account, markets, now)?;
    Ok(Declared::Done { positions, lacked, paid, insured, worst, worst_lots, forfeited, observer })
}

/// Declares one isolated position; it leaves no debt.
pub fn declare_isolated(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    market_index: u64,
    fund: &mut Fund,
    now: Now,
) -> Result<Declared> {
    let _ = observe(account, markets, now)?;
    let clock = account.slot(market_index).map_err(|_| Error::NoPosition)?.clock;
    let market = find(markets, market_index)?;
    if !market.market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    match isolated_bankruptcy(&clock, &market.as_ref(), now)? {
        Confirmation::Absent => return Err(Error::NotBankrupt),
        Confirmation::TooEarly(due) => return Ok(Declared::Observed(due)),
        Confirmation::Since(_) => {}
    }
    market.market.need_fresh(now)?;
    let observer = take_observer(account, market_index, true);
    let market = find(markets, market_index)?;
    let position = market.detach(account)?;
    let slot = account.slot_mut(market_index)?;
    market.market.note_forced(slot, position.lots, now)?;
    (slot.position.isolated, slot.position.paid_in) = (0, Atoms::ZERO);
    let equity = position.equity(market.market.mark.price)?;
    market.bury(&position, now.slot)?;
    let mut legs = Legs::default();
    let leg = Leg { market: market_index, position, equity, lack: equity.debt_ceil()? };
    if let Some(first) = legs.first_mut() {
        *first = Some(leg);
    }
    let insured = fund_all(markets, fund, &legs, now)?;
    account.release_slot(market_index);
    let _ = observe(account, markets, now)?;
    let (lacked, worst_lots, forfeited) = (leg.lack, position.lots, [0; COLLATERAL_ASSETS]);
    let (positions, paid, worst) = (1, Atoms::ZERO, market_index);
    Ok(Declared::Done { positions, lacked, paid, insured, worst, worst_lots, forfeited, observer })
}

/// A market that is left out stays its owner's; what comes out of it serves the debt first (A62).
fn pledge(account: &mut AccountBooks) -> Result<()> {
    if !debt::total(account)?.is_zero() {
        let stays = |slot: &&mut MarketSlot| slot.has_cross_lots() || !slot.vesting.is_empty();
        account.slots.iter_mut().filter(stays).for_each(|slot| slot.pledged = 1);
    }
    Ok(())
}

/// Other collateral of an account that owes passes to insurance, which sells it for the owner's debt: no token moves.
fn forfeit(account: &mut AccountBooks, assets: &mut CollateralsMut<'_>, slot: u64) -> Result<[u64; COLLATERAL_ASSETS]> {
    let mut passed = [0; COLLATERAL_ASSETS];
    if debt::total(account)?.is_zero() {
        return Ok(passed);
    }
    let holdings = account.collateral.assets.iter_mut().zip(assets).zip(&mut passed);
    for ((holding, asset), passed) in holdings.filter(|((holding, _), _)| holding.amount != 0) {
        *passed = asset.as_mut().ok_or(Error::CollateralMissing)?.forfeit(holding, slot)?;
    }
    account.collateral.valued_until = 0;
    Ok(passed)
}

/// Detaches the account's cross positions, but for those of markets that are left out.
fn take_off(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], now: Now) -> Result<Legs> {
    let mut legs = Legs::default();
    for (at, seat) in legs.iter_mut().enumerate() {
        let Some(slot) = account.slots.get(at).filter(|slot| slot.has_cross_lots()) else { continue };
        let market = find(markets, slot.market)?;
        if !market.market.may_be_declared() {
            continue;
        }
        let market_index = market.market.market_index;
        let position = market.detach(account)?;
        market.market.note_forced(account.slot_mut(market_index)?, position.lots, now)?;
        let equity = position.equity(market.market.mark.price)?;
        // Zero is bankrupt: what has no more than roundings make lacks nothing and gives nothing.
        *seat = Some(Leg { market: market_index, position, equity, lack: equity.debt_ceil()? });
    }
    Ok(legs)
}

/// Free cash, vesting profit, and what winning legs have beyond the h their lots leave: out of the markets.
fn gather(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], legs: &mut Legs) -> Result<Atoms> {
    let mut money = core::mem::take(&mut account.free);
    for at in 0..MARKETS_MAX {
        let Some(slot) = account.slots.get_mut(at).filter(|slot| slot.market != NO_MARKET) else { continue };
        if !slot.vesting.is_empty() {
            let market = find(markets, slot.market)?;
            if !market.market.may_be_drawn_on() {
                continue;
            }
            let worth = vesting::worth(market.market, slot)?;
            money = money.plus(vesting::draw(market.market, slot, worth)?)?;
        }
    }
    // What roundings may have made of a leg at zero is no gain: its lots leave nothing.
    for leg in legs.iter_mut().flatten().filter(|leg| leg.equity > ROUNDED_CASH) {
        let market = find(markets, leg.market)?;
        let h = market.market.side(leg.position.side).event.rate.get();
        let lots = leg.position.lots;
        let _ = market.leave_behind(account, &mut leg.position, lots, h)?;
        let gain = leg.position.equity(market.market.mark.price)?.gain_floor()?;
        leg.position.cash = leg.position.cash.minus(gain.cash())?;
        market.market.book_out(gain)?;
        money = money.plus(gain)?;
    }
    Ok(money)
}

/// Money and held money go to the legs that lack, in proportion; what stays short is the owner's debt. Returns what they lacked
/// and what money paid.
fn share_out(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    legs: &mut Legs,
    money: Atoms,
) -> Result<(Atoms, Atoms)> {
    let lack = legs.iter().flatten().try_fold(Atoms::ZERO, |sum, leg| sum.plus(leg.lack))?;
    let paid = money.least(lack);
    account.free = account.free.plus(money.minus(paid)?)?;
    let held = pass_to_estates(account, markets, legs, lack)?;
    let owed = lack.beyond(paid).beyond(held);
    let mut left = (paid, owed, lack);
    for leg in legs.iter_mut().flatten().filter(|leg| !leg.lack.is_zero()) {
        let last = leg.lack == left.2;
        let part = |amount: Atoms, all: Atoms| if last { Ok(amount) } else { amount.share_floor(leg.lack.0, all.0) };
        let (of_paid, of_owed) = (part(left.0, left.2)?, part(left.1, left.2)?);
        left = (left.0.minus(of_paid)?, left.1.minus(of_owed)?, left.2.minus(leg.lack)?);
        leg.position.cash = leg.position.cash.plus(of_paid.cash())?;
        find(markets, leg.market)?.market.book_in(of_paid)?;
        let slot = account.slot_mut(leg.market)?;
        let debt = leg.position.side.opposite().of_mut(&mut slot.debt);
        *debt = debt.plus(of_owed)?;
    }
    for leg in legs.iter().flatten() {
        account.slot_mut(leg.market)?.position.paid_in = Atoms::ZERO;
    }
    Ok((lack, paid))
}

/// The estates of the legs that lack own what is held from the account, in proportion (A77). Returns what it was worth.
fn pass_to_estates(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    legs: &Legs,
    lack: Atoms,
) -> Result<Atoms> {
    let mut total = Atoms::ZERO;
    for at in 0..MARKETS_MAX {
        let Some(holder) = account.slots.get(at).map(|slot| slot.market).filter(|market| *market != NO_MARKET) else {
            continue;
        };
        for side in Side::BOTH {
            let slot = account.slots.get_mut(at).ok_or(Error::NoPosition)?;
            let mut held = core::mem::take(side.of_mut(&mut slot.held));
            if held.is_none() || lack.is_zero() {
                *side.of_mut(&mut slot.held) = held;
                continue;
            }
            let market = find(markets, holder)?;
            let event = &mut market.market.side_mut(side).event;
            event.estate_units.add(held.units.get())?;
            total = total.plus(floor(held.worth(event.index)?)?)?;
            let mut left = lack;
            for leg in legs.iter().flatten().filter(|leg| !leg.lack.is_zero()) {
                let part = held.take(u128::from(leg.lack.0), u128::from(left.0))?;
                left = left.minus(leg.lack)?;
                give_to_estate(markets, leg, (holder, side), part)?;
            }
        }
    }
    Ok(total)
}

fn give_to_estate(markets: &mut [MarketMut<'_>], leg: &Leg, at: (u64, Side), mut held: Held) -> Result<()> {
    let (holder, side) = at;
    let event = &find(markets, holder)?.market.side(side).event;
    held.entered = wide::U128::new(held.worth(event.index)?);
    let estate = &mut find(markets, leg.market)?.market.side_mut(leg.position.side).estate;
    if estate.own(holder, side, held)? {
        return Ok(());
    }
    Ok(find(markets, holder)?.held_to_cover(side, &held)?)
}

impl MarketMut<'_> {
    /// A declared position becomes its estate's.
    fn bury(&mut self, position: &DetachedPosition, slot: u64) -> Result<()> {
        let uncollected = self.uncollected_of(position)?;
        self.market.stats.declarations = self.market.stats.declarations.saturating_add(1);
        Ok(self.market.enter_estate(position, uncollected, slot)?)
    }

    /// What of a position's lack is charges of its side's present event, 1e-12 atom: at most what it lacked at the furthest mark
    /// at which the event charged (A80).
    fn uncollected_of(&self, position: &DetachedPosition) -> Result<u128> {
        let event = &self.market.side(position.side).event;
        let charged = event.charged.get();
        let lack = lack_of(position.equity(self.market.mark.price)?);
        if charged == 0 || lack == 0 {
            return Ok(0);
        }
        let charged = charged.checked_mul(u128::from(position.lots.0)).ok_or(crate::Error::Overflow)?;
        let moved = event.furthest.get().checked_sub(self.market.mark_key(position.side)?);
        let moved = wide::mul_signed(moved.ok_or(crate::Error::Overflow)?, position.lots.0)?;
        let at_furthest = position.equity(self.market.mark.price)?.plus(Cash(position.side.signed(moved)?))?;
        Ok(lack.min(charged).min(lack_of(at_furthest)))
    }
}

fn lack_of(equity: Cash) -> u128 {
    equity.0.min(0).unsigned_abs()
}

/// Pays what insured estates lack, and ends those that need nothing more; h is stored.
fn fund_all(markets: &mut [MarketMut<'_>], fund: &mut Fund, legs: &Legs, now: Now) -> Result<Atoms> {
    let mut insured = Atoms::ZERO;
    for leg in legs.iter().flatten() {
        let market = find(markets, leg.market)?;
        let drawn: Drawn = market.fund_insured(fund, now)?;
        insured = insured.plus(drawn.total()?)?;
        market.end_estates()?;
        let _ = market.set_rates(now.slot)?;
    }
    Ok(insured)
}

fn worst_of(legs: &Legs) -> (u64, Lots) {
    let worst = legs.iter().flatten().max_by_key(|leg| leg.lack.0);
    worst.map_or((NO_MARKET, Lots::ZERO), |leg| (leg.market, leg.position.lots))
}
