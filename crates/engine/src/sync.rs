//! `sync`: brings anyone's account up to date. It succeeds whatever it finds; where there is other collateral it asks for a valuation.

use crate::account::SLOTS;
use crate::books::{find, Books};
use crate::collateral;
use crate::error::Result;
use crate::health::Health;
use crate::ladder::locate::Place;
use crate::observe;
use crate::state::AccountBooks;
use crate::transfer;
use crate::units::{Atoms, Now, Side};

/// What a sync found and did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Equity and maintenance of the cross positions after it.
    pub health: Health,
    /// Moved into positions below maintenance.
    pub topped_up: Atoms,
    /// Profit that became free cash.
    pub unlocked: Atoms,
    /// Positions taken out of pools or old grids.
    pub caught_up: u32,
    /// Paid to whoever synced, from the spare of positions that held up records.
    pub reward: Atoms,
}

/// Live records of a side from which on a sync that reads one is paid: three quarters.
const RECORDS_LOW: u32 = 192;

/// Catches up every position, pays out what claims were paid, unlocks profit, tops up, and observes distress. Passes all the
/// account's markets; of those a frozen one is looked at and left as it is, so that it holds up nothing elsewhere (A27). Whoever does
/// it for others names a payee.
pub fn sync(
    account: &mut AccountBooks,
    books: &mut [Books<'_>],
    payee: Option<&mut AccountBooks>,
    now: Now,
) -> Result<SyncReport> {
    let mut report = SyncReport::default();
    for books in books.iter_mut().filter(|books| !books.market.is_left_out()) {
        let _ = books.begin(now)?;
        if account.find(books.market.id).is_none() || books.market.grid.cursor != 0 {
            continue;
        }
        let scarce = books.records_run_low();
        let moved = books.catch_up(account)?;
        if moved && scarce && payee.is_some() && account.swept == 0 {
            report.reward = report.reward.plus(books.take_reward(account)?)?;
        }
        report.caught_up = report.caught_up.saturating_add(u32::from(moved));
        let unlocked = collateral::unlock_due(account, books, now)?;
        report.unlocked = report.unlocked.plus(unlocked)?;
    }
    if let Some(payee) = payee {
        payee.free = payee.free.plus(report.reward)?;
    }
    let topped_up = transfer::top_up(account, books, None, now)?;
    (report.topped_up, report.health) = (topped_up.moved, topped_up.health);
    clear_swept(account, books, now)?;
    observe::account(account, books.iter().map(Books::view), &report.health, now)?;
    for books in books.iter_mut().filter(|books| !books.market.is_left_out()) {
        // The last one out of a market may have been deleveraged whole and learn of it only now.
        books.tidy_residue()?;
        // A sync may have found money that U did not know of: the reserve returns what is no longer needed.
        let _ = books.provision_at(now)?;
        if let Ok(slot) = account.slot_mut(books.market.id) {
            slot.lift_bar(now);
        }
        account.release_slot(books.market.id);
    }
    Ok(report)
}

/// Swept positions that are solvent again no longer hold their owner back.
fn clear_swept(account: &mut AccountBooks, books: &mut [Books<'_>], now: Now) -> Result<()> {
    if account.swept == 0 {
        return Ok(());
    }
    for at in 0..SLOTS {
        let Some(slot) = account.slots.get(at) else { break };
        if slot.swept == 0 {
            continue;
        }
        let market = slot.market;
        let books = find(books, market)?;
        if books.market.has_mark(now) && books.view().standing(slot)?.equity.0 >= 0 {
            account.forget_sweep(market);
        }
    }
    Ok(())
}

impl Books<'_> {
    fn records_run_low(&self) -> bool {
        let live = |side| self.ladder.side(side).live_records.iter().map(|word| word.count_ones()).sum::<u32>();
        Side::BOTH.into_iter().any(|side| live(side) >= RECORDS_LOW)
    }

    /// Takes the reward out of a position's spare, so that its key stays: `sync_reward` of its value, rounded down, at most
    /// what spare it has.
    fn take_reward(&mut self, account: &mut AccountBooks) -> Result<Atoms> {
        let position = &mut account.slot_mut(self.market.id)?.position;
        let Some(side) = position.side() else { return Ok(Atoms::ZERO) };
        let value = self.market.mark.price.value_floor(position.size())?;
        let reward = self.market.params.sync_reward.of_floor(value)?.least(position.spare);
        position.spare = position.spare.minus(reward)?;
        position.paid_in = position.paid_in.beyond(reward);
        let book = self.market.side_mut(side);
        book.spare = book.spare.minus(reward)?;
        self.market.book_out(reward)?;
        Ok(reward)
    }

    /// Takes a position out of its pool or an old grid and puts it on a line, and pays out its claims; says whether it had
    /// to move.
    pub fn catch_up(&mut self, account: &mut AccountBooks) -> Result<bool> {
        let slot = account.slot(self.market.id)?;
        let Some(side) = slot.position.side() else {
            let hand = self.lift(account)?;
            self.place(account, hand)?;
            return Ok(false);
        };
        let located = self.ladder.side(side).locate(&self.market.grid, side, &slot.position)?;
        let stays = matches!(located.place, Place::Line(_)) && located.freed_per_lot == 0;
        if stays && slot.position.grid_epoch == self.market.grid.epoch {
            let slot = account.slot_mut(self.market.id)?;
            let paid = self.settle_claims(slot, side, &located)?;
            slot.position.seen = self.market.side(side).claims.now;
            return self.vest(account, paid).map(|()| false);
        }
        let hand = self.lift(account)?;
        self.place(account, hand)?;
        Ok(true)
    }
}
