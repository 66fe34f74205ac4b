//! Tier 1: anyone with a healthy margin account takes over lots of an account in distress, at a discount that grows with time
//! and with the depth of the shortfall.

use crate::assess;
use crate::auction;
use crate::books::{find, Books, View};
use crate::cover;
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::health::{self, Depth, Health};
use crate::observe;
use crate::revenue;
use crate::state::{AccountBooks, DistressClock, InsuranceBooks, MarketBooks, MarketParams};
use crate::sweep;
use crate::transfer;
use crate::units::{Atoms, Bps, Cash, Lots, Now, Side};
use crate::wide;

/// What a liquidation did. `from_cover = deficit + discount paid by insurance`; the liquidator gained
/// `discount_by_victim + discount_by_cover` against the mark.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiquidationReport {
    /// Lots taken over.
    pub lots: Lots,
    /// Their value at the mark, as debited and credited.
    pub value: Atoms,
    /// The auction's discount now.
    pub discount: Bps,
    /// Paid by the account.
    pub discount_by_victim: Atoms,
    /// Paid by the cover, beyond what U needs.
    pub discount_by_cover: Atoms,
    /// The lots' part of a bankrupt position's deficit, paid by the cover.
    pub deficit: Atoms,
    /// Moves from the collateral vault to the insurance vault.
    pub to_insurance: Atoms,
    /// Moves from the insurance vault to the collateral vault.
    pub from_insurance: Atoms,
    /// Put into the market's cover from the fund, which moves no tokens.
    pub refilled: Atoms,
}

/// The parties' terms for some lots of a position.
#[derive(Clone, Copy)]
struct Terms {
    side: Side,
    lots: Lots,
    value: Atoms,
    discount: Bps,
    by_victim: Atoms,
    by_cover: Atoms,
    deficit: Atoms,
    penalty: Atoms,
    freed: Atoms,
    /// Nothing is left of the position.
    whole: bool,
    /// Insurance may pay: the account has no other collateral left to sell.
    insured: bool,
}

/// Liquidates up to `wanted` lots (none: as many as allowed) of the victim's position in `market`. `books` are all the victim's
/// markets. Health of the victim never falls (I8): what it pays is at most its money times the share of maintenance that is
/// freed; what it cannot pay of the discount the cover pays beyond U, or nobody. Where the account still holds other
/// collateral no cover pays: without money left of its own it is refused with `CollateralFirst`. `parties`: who takes over,
/// the fund, and the stakers' share of what the penalty brings it.
pub fn liquidate(
    victim: &mut AccountBooks,
    books: &mut [Books<'_>],
    market: u64,
    parties: (&mut AccountBooks, &mut InsuranceBooks, Bps),
    wanted: Lots,
    now: Now,
) -> Result<LiquidationReport> {
    let (liquidator, fund, staker_share) = parties;
    let target = find(books, market)?;
    let provision = target.begin(now)?;
    let refilled = cover::refill(target.market, fund, now)?;
    if !target.market.has_mark(now) {
        return Err(Error::StaleMark);
    }
    check_liquidator(liquidator, market, now)?;
    let cross = transfer::top_up(victim, books, Some(market), now)?.health;
    observe::account(victim, books.iter().map(Books::view), &cross, now)?;
    let isolated = victim.slot(market)?.position.isolated != 0;
    let health = if isolated { health::isolated(victim.slot(market)?, find(books, market)?.view())? } else { cross };
    if !health.is_distressed() {
        return Err(Error::NotInDistress);
    }
    let held = !isolated && victim.pledge.is_held();
    if held && health.money().0 <= 0 {
        // Nothing is left that could pay but what is still to be sold.
        return Err(Error::CollateralFirst);
    }
    if health.is_bankrupt() && !isolated && victim.swept == 0 {
        // What the account still has in other positions pays before insurance does (I4).
        let _ = sweep::sweep(victim, books, now)?;
    }
    let terms = terms(victim, find(books, market)?.view(), &health, provision.shortfall, wanted, now)?;
    if !isolated {
        keep_solvent(victim, books, market, &health, &terms, now)?;
    }
    let books = find(books, market)?;
    execute(victim, books, (liquidator, fund, staker_share), &terms, now)?;
    note_window(victim, &books.market.params, market, (&health, &terms), now)?;
    victim.release_slot(market);
    Ok(LiquidationReport {
        lots: terms.lots,
        value: terms.value,
        discount: terms.discount,
        discount_by_victim: terms.by_victim,
        discount_by_cover: terms.by_cover,
        deficit: terms.deficit,
        to_insurance: terms.penalty,
        from_insurance: terms.deficit.plus(terms.by_cover)?,
        refilled,
    })
}

/// What a liquidation of as many lots as allowed would take and pay now: what the program finds after a refresh. Three things
/// that come first there may make a difference: a top-up or a sweep, by the atoms that rounding takes and by what claims were
/// paid, which touching a position collects; and a refill of the cover. `around` is all the account's markets and the health of
/// its cross positions. Refuses as [`liquidate`].
pub fn quote<'v>(
    account: &AccountBooks,
    market: u64,
    around: (impl Iterator<Item = View<'v>> + Clone, &Health),
    now: Now,
) -> Result<assess::LiquidationReport> {
    let (views, cross) = around;
    let view = views.clone().find(|view| view.market.id == market).ok_or(Error::MarketMissing)?;
    if !view.market.has_mark(now) {
        return Err(Error::StaleMark);
    }
    let slot = account.slot(market)?;
    let isolated = slot.position.isolated != 0;
    let health = if isolated { health::isolated(slot, view)? } else { *cross };
    if !health.is_distressed() {
        return Err(Error::NotInDistress);
    }
    if !isolated && account.pledge.is_held() && health.money().0 <= 0 {
        return Err(Error::CollateralFirst);
    }
    let mut victim = *account;
    observe::account(&mut victim, views, cross, now)?;
    let shortfall = [view.shortfall(Side::Long)?, view.shortfall(Side::Short)?];
    let terms = terms(&victim, view, &health, shortfall, Lots::ZERO, now)?;
    Ok(assess::LiquidationReport {
        discount: terms.discount,
        lots: terms.lots,
        value: terms.value,
        discount_by_account: terms.by_victim,
        discount_by_cover: terms.by_cover,
        deficit: terms.deficit,
        penalty: terms.penalty,
        ..assess::LiquidationReport::default()
    })
}

/// The liquidator opens with full initial margin inside the position; what else he has must have been checked lately.
fn check_liquidator(liquidator: &AccountBooks, market: u64, now: Now) -> Result<()> {
    if liquidator.swept != 0 {
        return Err(Error::Bankrupt);
    }
    let elsewhere = liquidator.slots.iter().any(|slot| slot.market != market && slot.position.lots != 0);
    if elsewhere && liquidator.checked_until < now.slot {
        return Err(Error::LiquidatorUnchecked);
    }
    Ok(())
}

fn terms(
    victim: &AccountBooks,
    view: View<'_>,
    health: &Health,
    shortfall: [u128; 2],
    wanted: Lots,
    now: Now,
) -> Result<Terms> {
    let params = &view.market.params;
    let slot = victim.slot(view.market.id)?;
    let holding = view.holding(slot)?;
    if holding.lots.is_zero() {
        return Err(Error::NoPosition);
    }
    let discount = auction::discount(params, health, observe::clock(victim, view.market.id)?.elapsed(now))?;
    let price = view.market.mark.price;
    let cost = Bps(discount.0.saturating_add(params.penalty.0));
    let most = auction::lots_to_cure(view.market, &holding, health, cost)?;
    let lots = auction::allowed(most, wanted, (&holding.lots, slot), health, params, now)?;
    // A closing long is paid, rounded down; a closing short pays, rounded up: the same number for both parties.
    let value = match holding.side {
        Side::Long => price.value_floor(lots)?,
        Side::Short => price.value_ceil(lots)?,
    };
    let rest = view.market.maintenance_of(holding.lots.minus(lots)?)?;
    let freed = view.market.maintenance_of(holding.lots)?.minus(rest)?;
    let equity = view.equity_at(&holding, price)?;
    let mut terms = Terms {
        side: holding.side,
        lots,
        value,
        discount,
        by_victim: Atoms::ZERO,
        by_cover: Atoms::ZERO,
        deficit: Atoms::ZERO,
        penalty: Atoms::ZERO,
        freed,
        whole: lots == holding.lots,
        insured: slot.position.isolated != 0 || !victim.pledge.is_held(),
    };
    terms.split(view.market, health, shortfall, (equity, holding.lots))?;
    Ok(terms)
}

impl Terms {
    /// Who pays what. The account pays at most `equity * freed / maintenance`; the cover the lots' share of a deficit (G10), in
    /// full or not at all, and the rest of the discount from what it holds beyond U; what nobody pays lowers the discount.
    fn split(
        &mut self,
        market: &MarketBooks,
        health: &Health,
        shortfall: [u128; 2],
        position: (Cash, Lots),
    ) -> Result<()> {
        let params = &market.params;
        let wanted = self.discount.of_floor(self.value)?;
        let before = cover::usable(market)?;
        let mut usable = before;
        // Only money pays: of what other collateral is worth nothing is charged.
        let money = health.money();
        if money.0 > 0 {
            let equity = money.gain_floor()?;
            let able = equity.share_floor(self.freed.0, health.maintenance.0)?;
            self.by_victim = wanted.least(able);
            // Less penalty the closer the account is to zero.
            let penalty = params
                .penalty
                .of_floor(self.value)?
                .share_floor(equity.least(health.maintenance).0, health.maintenance.0)?;
            self.penalty = penalty.least(able.minus(self.by_victim)?);
        } else {
            let (equity, lots) = position;
            let debt = Cash(equity.0.min(0)).0.unsigned_abs();
            let part = wide::mul_div_long_ceil(debt, self.lots.0, lots.0)?;
            self.deficit = Cash(i128::try_from(part).map_err(|_| Error::Overflow)?).ceil_positive()?;
            usable = usable.minus(self.deficit).map_err(|_| Error::CoverExhausted)?;
        }
        if !self.insured {
            return Ok(());
        }
        let [long, short] = shortfall;
        let needed = Cash(i128::try_from(long.saturating_add(short)).map_err(|_| Error::Overflow)?).ceil_positive()?;
        // Beyond what provisioning counts on: the event's share, not the whole cover.
        let spare = before.beyond(needed).least(usable);
        self.by_cover = wanted.minus(self.by_victim)?.least(spare);
        Ok(())
    }

    fn cost(&self) -> Result<Atoms> {
        self.by_victim.plus(self.penalty)
    }
}

/// A position may owe more than its siblings' initial margins allow to draw while the account is still solvent: then the
/// account answers with everything, before anyone else does.
fn keep_solvent(
    victim: &mut AccountBooks,
    books: &mut [Books<'_>],
    market: u64,
    health: &Health,
    terms: &Terms,
    now: Now,
) -> Result<()> {
    if health.money().0 <= 0 {
        return Ok(());
    }
    let target = find(books, market)?;
    let equity = target.view().standing(victim.slot(market)?)?.equity;
    let need = terms.cost()?.plus(Atoms(2))?.cash().minus(equity)?.ceil_positive()?;
    if !need.is_zero() {
        let survey = health::survey(victim, books.iter().map(Books::view), Depth::Maintenance, now)?;
        let _ = transfer::draw_into(victim, books, market, need, &mut survey.gains()?, now)?;
    }
    Ok(())
}

fn execute(
    victim: &mut AccountBooks,
    books: &mut Books<'_>,
    parties: (&mut AccountBooks, &mut InsuranceBooks, Bps),
    terms: &Terms,
    now: Now,
) -> Result<()> {
    let (liquidator, fund, staker_share) = parties;
    let paid = terms.deficit.plus(terms.by_cover)?;
    if cover::draw(books.market, fund, paid)? != paid {
        return Err(Error::CoverExhausted);
    }
    books.market.book_in(paid)?;
    books.market.book_out(terms.penalty)?;
    revenue::receive(books.market, fund, terms.penalty, staker_share)?;
    books.market.cover.earned = books.market.cover.earned.plus(terms.penalty)?;

    let mut hand = books.lift(victim)?;
    hand.fill(terms.side.opposite(), terms.lots, terms.value)?;
    hand.add(i128::from(terms.deficit.0))?;
    let _ = books.take(victim, &mut hand, terms.cost()?)?;
    if hand.lots.is_zero() {
        books.forgive_rounding(&mut hand, terms.side)?;
        books.release_all(victim, &mut hand, now)?;
    }
    books.place(victim, hand)?;
    victim.slot_mut(books.market.id)?.owe(terms.side.opposite(), terms.deficit)?;

    liquidator.slot_or_new(books.market.id)?;
    let mut hand = books.lift(liquidator)?;
    take_over(books, liquidator, &mut hand, terms, now)?;
    books.place(liquidator, hand)?;
    books.tidy_residue()?;
    let tally = &mut books.market.tally;
    tally.partial_liquidations = tally.partial_liquidations.saturating_add(1);
    tally.insured = tally.insured.plus(paid)?;
    Ok(())
}

/// The liquidator's fill: through zero it is a full close and an opening; what opens draws its initial margin.
fn take_over(
    books: &mut Books<'_>,
    liquidator: &mut AccountBooks,
    hand: &mut Hand,
    terms: &Terms,
    now: Now,
) -> Result<()> {
    let discount = terms.by_victim.plus(terms.by_cover)?;
    let first = hand.fillable(terms.side, terms.lots);
    let value = terms.value.share_floor(first.0, terms.lots.0)?;
    hand.fill(terms.side, first, value)?;
    let rest = terms.lots.minus(first)?;
    if !rest.is_zero() {
        books.release_all(liquidator, hand, now)?;
        hand.fill(terms.side, rest, terms.value.minus(value)?)?;
    }
    hand.add(i128::from(discount.0))?;
    if hand.lots.is_zero() {
        return books.release_all(liquidator, hand, now);
    }
    if hand.side == terms.side && liquidator.slot(books.market.id)?.barred_until > now.slot {
        return Err(Error::Barred);
    }
    if hand.side == terms.side {
        books.draw_initial(liquidator, hand)?;
    }
    // A dust position taken whole leaves no more dust than there was.
    if terms.whole {
        return Ok(());
    }
    books.check_size(hand.lots)
}

/// Counts the lots in the window, and clears the clock where the account is cured.
fn note_window(
    victim: &mut AccountBooks,
    params: &MarketParams,
    market: u64,
    after: (&Health, &Terms),
    now: Now,
) -> Result<()> {
    let (health, terms) = after;
    let equity = health.equity.minus(terms.cost()?.cash())?.plus(terms.deficit.cash())?;
    let cured = equity >= health.maintenance.minus(terms.freed)?.cash();
    let slot = victim.slot_mut(market)?;
    let isolated = slot.position.isolated != 0;
    let mut open = auction::window(&slot.slice, slot.position.size().plus(terms.lots)?, params, now);
    open.taken = open.taken.plus(terms.lots)?;
    slot.slice = open;
    if cured && isolated {
        slot.clock = DistressClock::default();
    } else if cured {
        victim.clock = DistressClock::default();
    }
    Ok(())
}
