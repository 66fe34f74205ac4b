//! Tiers 2 to 4: a bankrupt position is closed at the mark against the other side's ladder, and its deficit is paid by
//! its spare, the cover, the layers, the loss reserve, vesting profit, the fund beyond the cover, and last by nobody
//! (`reference/waterfall.py`).

use crate::books::{find, Books};
use crate::cover;
use crate::cure;
use crate::deficit::Parts;
use crate::error::{Error, Result};
use crate::health::{self, Health};
use crate::observe;
use crate::state::{AccountBooks, InsuranceBooks};
use crate::sweep;
use crate::transfer;
use crate::units::{Atoms, Lots, Now, Side};

/// What a resolution did. `deficit = insured + absorbed + socialised + unfunded`; `lots = deleveraged + crossed + residue`.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResolveReport {
    /// The side that was bankrupt is long.
    pub long: bool,
    /// Lots closed.
    pub lots: Lots,
    /// Lots left of the position: they keep their bankruptcy price (G2).
    pub lots_left: Lots,
    /// Closed against the other side's ladder.
    pub deleveraged: Lots,
    /// Closed against a bankrupt position of the other side.
    pub crossed: Lots,
    /// Closed against the other side's residue (F22).
    pub residue: Lots,
    /// Lines walked.
    pub lines: u32,
    /// Pools walked.
    pub pools: u32,
    /// Paid by the position's own spare, before there was a deficit.
    pub own: Atoms,
    /// The deficit of the lots closed, after their spare.
    pub deficit: Atoms,
    /// Paid by the cover, the layers and the fund.
    pub insured: Atoms,
    /// Borne by the lots deleveraged now.
    pub absorbed: Atoms,
    /// Borne by every other lot of the side, and by vesting profit.
    pub socialised: Atoms,
    /// Borne by nobody.
    pub unfunded: Atoms,
    /// Open interest before.
    pub open_interest: Lots,
    /// What the other side's lots were charged at this mark by this instruction, 1e-12 atom.
    pub charge_per_lot: u128,
    /// Deficit of the position passed as `against`, by the same equation.
    pub against: Parts,
    /// What was swept into positions under water.
    pub swept: Atoms,
    /// Moves from the insurance vault to the collateral vault.
    pub from_insurance: Atoms,
    /// Put into the market's cover from the fund, which moves no tokens.
    pub refilled: Atoms,
    /// The account was solvent: it was deleveraged out of distress, and there was no deficit.
    pub cured: bool,
}

/// The money behind a resolution, and a bankrupt account of the other side to close against first, if any.
pub struct Backing<'a> {
    /// The insurance fund.
    pub fund: &'a mut InsuranceBooks,
    /// Its position is closed against the bankrupt one at the mark.
    pub against: Option<&'a mut AccountBooks>,
}

/// Resolves the bankrupt position of `victim` in `market`. The first resolution of a bankruptcy passes all the account's
/// markets; later ones may pass only their own.
pub fn resolve(
    victim: &mut AccountBooks,
    books: &mut [Books<'_>],
    market: u64,
    backing: Backing<'_>,
    now: Now,
) -> Result<ResolveReport> {
    let Backing { fund, against } = backing;
    let target = find(books, market)?;
    let provision = target.begin(now)?;
    if !target.market.has_mark(now) {
        return Err(Error::StaleMark);
    }
    let refilled = cover::refill(target.market, fund, now)?;
    let open_interest = target.market.open_interest();
    let swept = match prepare(victim, books, market, now)? {
        Case::Bankrupt { swept } => swept,
        Case::Curable(health) => {
            let long = victim.slot(market)?.position.side() == Some(Side::Long);
            let mut report = ResolveReport { long, open_interest, refilled, ..ResolveReport::default() };
            let books = find(books, market)?;
            books.cure(victim, &health, now, &mut report)?;
            return books.finish(victim, report, now);
        }
    };
    let books = find(books, market)?;
    let side = books.settle_in_place(victim)?;
    let mut report =
        ResolveReport { long: side == Side::Long, open_interest, swept, refilled, ..ResolveReport::default() };
    report.charge_per_lot = side.opposite().of(provision.charged);
    if let Some(other) = against {
        books.cross(victim, other, (fund, now), &mut report)?;
    }
    books.close_on_ladder(victim, side, (fund, now), &mut report)?;
    books.finish(victim, report, now)
}

/// What a resolution found.
enum Case {
    /// Bankrupt and ripe; this much was swept into its positions under water.
    Bankrupt { swept: Atoms },
    /// Solvent, but in distress for so long that the market deleverages it.
    Curable(Health),
}

/// Bankrupt, and either the auction has run out or the cover is used up; swept, once.
fn prepare(victim: &mut AccountBooks, books: &mut [Books<'_>], market: u64, now: Now) -> Result<Case> {
    let slot = victim.slot(market)?;
    if slot.position.lots == 0 {
        return Err(Error::NoPosition);
    }
    if slot.position.isolated != 0 {
        let cross = health::cross(victim, books.iter().map(Books::view), now)?;
        observe::account(victim, books.iter().map(Books::view), &cross, now)?;
        let alone = health::isolated(victim.slot(market)?, find(books, market)?.view())?;
        return case(alone, victim, find(books, market)?, now);
    }
    if victim.swept != 0 {
        // Swept before: the others' markets are not asked for again, but this position must still be under water, and ripe.
        let alone = health::isolated(slot, find(books, market)?.view())?;
        check_ripe(slot.swept != 0 && alone.is_bankrupt(), victim, find(books, market)?, now)?;
        return Ok(Case::Bankrupt { swept: Atoms::ZERO });
    }
    let health = transfer::top_up(victim, books, Some(market), now)?.health;
    observe::account(victim, books.iter().map(Books::view), &health, now)?;
    let case = case(health, victim, find(books, market)?, now)?;
    if victim.pledge.is_held() {
        return Err(Error::CollateralFirst);
    }
    if let Case::Curable(_) = case {
        return Ok(case);
    }
    let swept = sweep::sweep(victim, books, now)?;
    if victim.swept != 0 && victim.slot(market)?.swept == 0 {
        return Err(Error::NotBankrupt);
    }
    Ok(Case::Bankrupt { swept })
}

fn case(health: Health, victim: &AccountBooks, books: &Books<'_>, now: Now) -> Result<Case> {
    if !health.is_bankrupt() && cure::is_due(victim, books, &health, now)? {
        return Ok(Case::Curable(health));
    }
    check_ripe(health.is_bankrupt(), victim, books, now)?;
    Ok(Case::Bankrupt { swept: Atoms::ZERO })
}

fn check_ripe(bankrupt: bool, victim: &AccountBooks, books: &Books<'_>, now: Now) -> Result<()> {
    if !bankrupt {
        return Err(Error::NotBankrupt);
    }
    if books.market.is_settled() {
        // Nobody bids in a settled market: there is no auction to wait for.
        return Ok(());
    }
    let elapsed = observe::clock(victim, books.market.id)?.elapsed(now);
    let used_up = cover::usable(books.market)?.is_zero();
    if elapsed >= books.market.params.auction_slots || used_up {
        Ok(())
    } else {
        Err(Error::TooEarly)
    }
}

impl Books<'_> {
    /// Brings a position under water up to date without moving its key where nothing moved it; returns its side.
    fn settle_in_place(&mut self, account: &mut AccountBooks) -> Result<Side> {
        let _ = self.catch_up(account)?;
        account.slot(self.market.id)?.position.side().ok_or(Error::NoPosition)
    }

    /// Deleverages the other side by what is left of the position, and closes as much of it.
    #[inline(never)]
    fn close_on_ladder(
        &mut self,
        victim: &mut AccountBooks,
        side: Side,
        backing: (&mut InsuranceBooks, Now),
        report: &mut ResolveReport,
    ) -> Result<()> {
        let (fund, now) = backing;
        let Ok(slot) = victim.slot(self.market.id) else { return Ok(()) };
        let lots = slot.position.size();
        if lots.is_zero() {
            return Ok(());
        }
        let limit = usize::try_from(self.market.params.walk_max).map_err(|_| Error::Overflow)?;
        // Whoever left a settled market left lots behind: they close before anyone who is still there is deleveraged.
        let first = if self.market.is_settled() { self.close_residue(side.opposite(), lots)? } else { Lots::ZERO };
        let rest = lots.minus(first)?;
        let walked = self.side_at(side.opposite())?.deleverage(rest, limit)?;
        // The last leg may stand against nothing but residue (F22).
        let residue = first.plus(self.close_residue(side.opposite(), rest.minus(walked.closed)?)?)?;
        let closed = walked.closed.plus(residue)?;
        if closed.is_zero() {
            return Ok(());
        }
        let parts = self.close_bankrupt(victim, closed, (walked.closed, report.open_interest), fund, now)?;
        report.deleveraged = walked.closed;
        report.residue = residue;
        report.lines = walked.lines;
        report.pools = walked.pools;
        report.add(&parts)
    }

    /// Closes the smaller of two bankrupt positions' sizes between them at the mark; each one's part of its deficit is paid.
    /// Where the other side has nobody solvent this is the only way (G16).
    #[inline(never)]
    fn cross(
        &mut self,
        victim: &mut AccountBooks,
        other: &mut AccountBooks,
        backing: (&mut InsuranceBooks, Now),
        report: &mut ResolveReport,
    ) -> Result<()> {
        let (fund, now) = backing;
        let side = victim.slot(self.market.id)?.position.side().ok_or(Error::NoPosition)?;
        let theirs = self.settle_in_place(other)?;
        if theirs == side {
            return Err(Error::SameSide);
        }
        self.check_resolvable(other, now)?;
        let lots = victim.slot(self.market.id)?.position.size().least(other.slot(self.market.id)?.position.size());
        let none = (Lots::ZERO, report.open_interest);
        let parts = self.close_bankrupt(victim, lots, none, fund, now)?;
        report.add(&parts)?;
        report.against = self.close_bankrupt(other, lots, none, fund, now)?;
        report.from_insurance = report.from_insurance.plus(report.against.insured)?;
        report.crossed = lots;
        Ok(())
    }

    /// An account to close against must be past its own sweep, or have nothing to sweep.
    fn check_resolvable(&self, other: &AccountBooks, now: Now) -> Result<()> {
        let slot = other.slot(self.market.id)?;
        let alone = health::isolated(slot, self.view())?;
        if slot.position.isolated == 0 && other.pledge.is_held() {
            return Err(Error::CollateralFirst);
        }
        if slot.swept == 0 && slot.position.isolated == 0 {
            let elsewhere = other.slots.iter().any(|other| {
                let cross = other.market != slot.market && other.position.isolated == 0;
                cross && !(other.position.is_empty() && other.vesting.is_empty())
            });
            if elsewhere || !other.free.is_zero() || !slot.vesting.is_empty() {
                return Err(Error::NotSwept);
            }
        }
        check_ripe(alone.is_bankrupt(), other, self, now)
    }

    /// What ends every resolution.
    fn finish(&mut self, victim: &mut AccountBooks, mut report: ResolveReport, now: Now) -> Result<ResolveReport> {
        report.lots = report.deleveraged.plus(report.crossed)?.plus(report.residue)?;
        // A sweep alone is progress: the account may then be closed against another bankrupt one (G16).
        if report.lots.is_zero() && report.swept.is_zero() {
            return Err(Error::NobodySolvent);
        }
        report.lots_left = victim.slot(self.market.id)?.position.size();
        self.tidy_residue()?;
        // The lots are gone and what they owed is paid: what the reserve holds beyond U goes back at once.
        let _ = self.provision_at(now)?;
        self.tally(&report)?;
        victim.release_slot(self.market.id);
        Ok(report)
    }

    fn tally(&mut self, report: &ResolveReport) -> Result<()> {
        let tally = &mut self.market.tally;
        tally.resolutions = tally.resolutions.saturating_add(1);
        tally.deleveraged = tally.deleveraged.plus(report.deleveraged)?;
        for (sum, one, other) in [
            (&mut tally.absorbed, report.absorbed, report.against.absorbed),
            (&mut tally.socialised, report.socialised, report.against.socialised),
            (&mut tally.unfunded, report.unfunded, report.against.unfunded),
        ] {
            *sum = sum.plus(one)?.plus(other)?;
        }
        Ok(())
    }
}

impl ResolveReport {
    fn add(&mut self, parts: &Parts) -> Result<()> {
        for (sum, part) in [
            (&mut self.own, parts.own),
            (&mut self.deficit, parts.deficit),
            (&mut self.insured, parts.insured),
            (&mut self.absorbed, parts.absorbed),
            (&mut self.socialised, parts.socialised),
            (&mut self.unfunded, parts.unfunded),
            (&mut self.from_insurance, parts.insured),
        ] {
            *sum = sum.plus(part)?;
        }
        Ok(())
    }
}
