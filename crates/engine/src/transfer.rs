//! Money moving between free cash, vesting profit and positions: topping up, releasing, sharing out.

use crate::account::SLOTS;
use crate::books::{self, Books};
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::health::{self, Depth, Health};
use crate::state::AccountBooks;
use crate::units::{atoms_from, Atoms, Now};
use crate::vesting;

/// What siblings may give, slot by slot: what they hold above their initial margin for an ordinary top-up, all their equity
/// where the account is in distress and answers with everything. As a survey found it.
pub type Above = [Atoms; SLOTS];

impl Books<'_> {
    /// Pays free cash into a hand as margin. Fails when free cash does not reach, and with `Isolated` where free cash backs
    /// cross positions: it would leave them for a position that answers for none of them (G6).
    pub fn pay_margin(&mut self, account: &mut AccountBooks, hand: &mut Hand, amount: Atoms) -> Result<()> {
        if account.slot(self.market.id)?.position.isolated != 0 && account.has_cross_lots() {
            return Err(Error::Isolated);
        }
        account.free = account.free.minus(amount).map_err(|_| Error::InsufficientFreeCash)?;
        let position = &mut account.slot_mut(self.market.id)?.position;
        position.paid_in = position.paid_in.plus(amount)?;
        hand.add(i128::from(amount.0))?;
        self.market.book_in(amount)
    }

    /// Cash leaving a hand for its owner: margin until the paid-in is used up, then vesting profit, whatever the route.
    pub fn release(&mut self, account: &mut AccountBooks, hand: &mut Hand, amount: Atoms, now: Now) -> Result<()> {
        hand.add(i128::from(amount.0).wrapping_neg())?;
        let slot = account.slot_mut(self.market.id)?;
        let margin = amount.least(slot.position.paid_in);
        slot.position.paid_in = slot.position.paid_in.minus(margin)?;
        let unlocked = vesting::unlock(self.market, slot, now)?;
        vesting::add(self.market, slot, amount.minus(margin)?, now)?;
        account.free = account.free.plus(margin)?.plus(unlocked)?;
        self.market.book_out(margin)
    }

    /// Everything leaves a hand without lots; its paid-in margin ends. Fails with `Bankrupt` where it owes.
    pub fn release_all(&mut self, account: &mut AccountBooks, hand: &mut Hand, now: Now) -> Result<()> {
        let amount = atoms_from(hand.cash).map_err(|_| Error::Bankrupt)?;
        self.release(account, hand, amount, now)?;
        account.slot_mut(self.market.id)?.position.paid_in = Atoms::ZERO;
        Ok(())
    }

    /// Takes an amount out of a hand for somebody else: fees, penalties, what a sibling needs. Lowers paid-in margin first.
    pub fn take(&mut self, account: &mut AccountBooks, hand: &mut Hand, amount: Atoms) -> Result<Atoms> {
        hand.add(i128::from(amount.0).wrapping_neg())?;
        let position = &mut account.slot_mut(self.market.id)?.position;
        let margin = amount.least(position.paid_in);
        position.paid_in = position.paid_in.minus(margin)?;
        Ok(margin)
    }
}

/// What a top-up moved, and the health it left.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopUp {
    /// Moved into positions below maintenance.
    pub moved: Atoms,
    /// Equity and maintenance of the cross positions after it. Nothing in it says anything about initial margin.
    pub health: Health,
}

/// Tops up every cross position below its maintenance margin, or `only` the one in a market, to its initial margin, as
/// far as the money reaches: from free cash, then vesting profit, then what siblings hold above their initial margin.
/// Positions without a usable mark neither give nor take. An account without money behind its positions is left as it
/// is: what it has is swept by shortfall, not by the order of its slots.
pub fn top_up(account: &mut AccountBooks, books: &mut [Books<'_>], only: Option<u64>, now: Now) -> Result<TopUp> {
    let mut survey = health::survey(account, books.iter().map(Books::view), Depth::Initial, now)?;
    if survey.health.is_bankrupt() || survey.health.is_unfunded() {
        return Ok(TopUp { moved: Atoms::ZERO, health: survey.health });
    }
    let (mut moved, mut from_free) = (Atoms::ZERO, Atoms::ZERO);
    for (at, _) in survey.needy.into_iter().enumerate().filter(|(_, needy)| *needy) {
        let Some(slot) = account.slots.get(at) else { break };
        let (market, free) = (slot.market, account.free);
        if only.is_some_and(|only| only != market) || books::find(books, market)?.market.is_left_out() {
            continue;
        }
        let need = books::find(books, market)?.view().standing(slot)?.lack()?;
        let drawn = draw_into(account, books, market, need, &mut survey.surplus, now)?;
        moved = moved.plus(drawn)?;
        from_free = from_free.plus(free.least(need))?;
        if drawn < need {
            // Everything that can be drawn has been: what is left of the account backs the positions it is in.
            break;
        }
    }
    if moved == from_free {
        // Free cash counts the same inside a position: no more than the atoms of re-snapping have changed.
        return Ok(TopUp { moved, health: survey.health });
    }
    let survey = health::survey(account, books.iter().map(Books::view), Depth::Maintenance, now)?;
    Ok(TopUp { moved, health: survey.health })
}

/// Draws up to `need` into a position: from free cash, then all vesting profit, then siblings up to `above`. Returns
/// what was drawn.
pub fn draw_into(
    account: &mut AccountBooks,
    books: &mut [Books<'_>],
    market: u64,
    need: Atoms,
    above: &mut Above,
    now: Now,
) -> Result<Atoms> {
    let free = need.least(account.free);
    let left = need.minus(free)?;
    // Before the target is lifted: drawing begins markets, and nothing may begin while lots are in the hand.
    let vesting = draw_vesting(account, books, left, now)?;
    let (siblings, margin) = draw_siblings(account, books, market, left.minus(vesting)?, above, now)?;
    let gathered = vesting.plus(siblings)?;
    if free.is_zero() && gathered.is_zero() {
        return Ok(Atoms::ZERO);
    }
    let target = books::find(books, market)?;
    let mut hand = target.lift(account)?;
    target.pay_margin(account, &mut hand, free)?;
    hand.add(i128::from(gathered.0))?;
    target.market.book_in(gathered)?;
    let position = &mut account.slot_mut(market)?.position;
    position.paid_in = position.paid_in.plus(margin)?;
    target.place(account, hand)?;
    free.plus(gathered)
}

/// Draws vesting profit of the slots whose markets are passed, in their order, but for markets that are frozen or halted; each is
/// provisioned before. Money out of the markets; the
/// caller books it in where it goes.
pub fn draw_vesting(account: &mut AccountBooks, books: &mut [Books<'_>], need: Atoms, now: Now) -> Result<Atoms> {
    let mut drawn = Atoms::ZERO;
    for slot in account.slots.iter_mut().filter(|slot| !slot.vesting.is_empty()) {
        let left = need.minus(drawn)?;
        if left.is_zero() {
            break;
        }
        let Ok(books) = books::find(books, slot.market) else { continue };
        if !books.market.may_be_drawn_on() {
            continue;
        }
        let _ = books.begin(now)?;
        drawn = drawn.plus(vesting::draw(books.market, slot, left, now)?)?;
    }
    Ok(drawn)
}

/// Draws what sibling cross positions may give of those whose markets are passed, in slot order, but for markets that are frozen or
/// halted, each provisioned before; returns the money and the part of it that was paid-in margin.
pub fn draw_siblings(
    account: &mut AccountBooks,
    books: &mut [Books<'_>],
    market: u64,
    need: Atoms,
    above: &mut Above,
    now: Now,
) -> Result<(Atoms, Atoms)> {
    let (mut drawn, mut margin) = (Atoms::ZERO, Atoms::ZERO);
    for at in 0..SLOTS {
        let left = need.minus(drawn)?;
        let Some(slot) = account.slots.get(at) else { break };
        let stands_apart = slot.position.isolated != 0 || slot.market == market;
        if left.is_zero() || stands_apart || slot.position.is_empty() {
            continue;
        }
        let Ok(sibling) = books::find(books, slot.market) else { continue };
        let is_valued = slot.position.lots == 0 || sibling.market.has_mark(now);
        if !is_valued || !sibling.market.may_be_drawn_on() {
            continue;
        }
        let Some(above) = above.get_mut(at) else { break };
        let taken = above.least(left);
        if taken.is_zero() {
            continue;
        }
        *above = above.minus(taken)?;
        let _ = sibling.begin(now)?;
        let mut hand = sibling.lift(account)?;
        margin = margin.plus(sibling.take(account, &mut hand, taken)?)?;
        sibling.market.book_out(taken)?;
        sibling.place(account, hand)?;
        drawn = drawn.plus(taken)?;
    }
    Ok((drawn, margin))
}
