//! Reducing is always possible (I9): siblings pay what a closing leg lacks, and a fee takes at most what is left.

use crate::account::SLOTS;
use crate::books::{self, Books};
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::health::{Health, Standing};
use crate::state::AccountBooks;
use crate::transfer::{draw_siblings, draw_vesting, Above};
use crate::units::{atoms_from, Atoms, Cash, Lots, Now};
use crate::vesting;

/// Leaving one line and entering another rounds down twice, by less than an atom each, and so does the share that stays.
const ROUNDING: i128 = 3;

fn is_isolated(books: &Books<'_>, account: &AccountBooks) -> Result<bool> {
    Ok(account.slot(books.market.id)?.position.isolated != 0)
}

/// How deep siblings are drawn on: the next only where the one before did not reach.
#[derive(Clone, Copy)]
enum Reach {
    /// What they hold above their initial margin.
    Surplus,
    /// What they hold above their maintenance margin.
    Maintained,
    /// All their equity.
    All,
}

impl Reach {
    const ALL: [Reach; 3] = [Reach::Surplus, Reach::Maintained, Reach::All];

    fn of(self, standing: &Standing) -> Result<Atoms> {
        match self {
            Reach::Surplus => standing.surplus(),
            Reach::Maintained => standing.equity.minus(standing.maintenance.cash())?.gain_floor(),
            Reach::All => standing.equity.gain_floor(),
        }
    }
}

/// What stood before an order that may turn out to only reduce.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reduction {
    /// Health before the order.
    pub before: Health,
    /// Equity of the position at the mark before it.
    pub equity: Cash,
    /// Its lots before it.
    pub lots: Lots,
}

impl Reduction {
    /// What a maker is judged by: his position, with what is free where that backs it.
    pub fn of_maker(books: &Books<'_>, account: &AccountBooks, hand: &Hand) -> Result<Reduction> {
        let equity = hand.equity(books.market.mark.price)?;
        let backing = if is_isolated(books, account)? { Cash::ZERO } else { account.free.cash() };
        let maintenance = books.market.maintenance_of(hand.lots)?;
        let before = Health { equity: equity.plus(backing)?, maintenance, positions: 1, ..Health::default() };
        Ok(Reduction { before, equity, lots: hand.lots })
    }

    /// The most a fee may take of what a reduction leaves: a close takes at most all that is left (A50), a part at most what
    /// leaves equity over maintenance where it was, so that no fee forbids what lowers risk. What is free pays for an isolated
    /// position beside that. Rounds down.
    pub fn fee_max(&self, books: &Books<'_>, account: &AccountBooks, hand: &Hand) -> Result<Atoms> {
        let market = &*books.market;
        let gained = hand.equity(market.mark.price)?.minus(self.equity)?;
        let left = self.before.equity.plus(gained)?.atoms_floor();
        let freed = market.maintenance_of(self.lots)?.beyond(market.maintenance_of(hand.lots)?);
        let needs = self.before.maintenance.beyond(freed);
        let share = self.before.equity.atoms_ceil()?.checked_mul(i128::from(needs.0)).ok_or(Error::Overflow)?;
        let keeps = match share.checked_div(i128::from(self.before.maintenance.0)) {
            Some(keeps) if !needs.is_zero() => keeps.saturating_add(ROUNDING),
            _ => 0,
        };
        let apart = if is_isolated(books, account)? { account.free } else { Atoms::ZERO };
        atoms_from(left.saturating_sub(keeps).max(0))?.plus(apart)
    }
}

/// Draws up to `need` into a hand that closes: from free cash, then vesting profit, then cross siblings, each depth of theirs
/// before the next. Closing is judged by the account, so what it has pays for its leg (A51); what is not passed to change, or
/// has no usable mark, is left alone. Returns what was drawn.
#[inline(never)]
pub fn gather(
    account: &mut AccountBooks,
    traded: &mut Books<'_>,
    siblings: &mut [Books<'_>],
    hand: &mut Hand,
    need: Atoms,
    now: Now,
) -> Result<Atoms> {
    let market = traded.market.id;
    if is_isolated(traded, account)? {
        return Ok(Atoms::ZERO);
    }
    let free = need.least(account.free);
    traded.pay_margin(account, hand, free)?;
    let wanted = need.minus(free)?;
    let own = vesting::draw(traded.market, account.slot_mut(market)?, wanted, now)?;
    let mut drawn = own.plus(draw_vesting(account, siblings, wanted.minus(own)?, now)?)?;
    let mut margin = Atoms::ZERO;
    for reach in Reach::ALL {
        let left = wanted.minus(drawn)?;
        if left.is_zero() {
            break;
        }
        let mut above = within(account, siblings, reach)?;
        let (taken, paid_in) = draw_siblings(account, siblings, market, left, &mut above, now)?;
        drawn = drawn.plus(taken)?;
        margin = margin.plus(paid_in)?;
    }
    hand.add(i128::from(drawn.0))?;
    traded.market.book_in(drawn)?;
    let position = &mut account.slot_mut(market)?.position;
    position.paid_in = position.paid_in.plus(margin)?;
    free.plus(drawn)
}

/// What each cross sibling may give, slot by slot.
fn within(account: &AccountBooks, siblings: &mut [Books<'_>], reach: Reach) -> Result<Above> {
    let mut above = [Atoms::ZERO; SLOTS];
    for (slot, above) in account.slots.iter().zip(&mut above) {
        let Ok(sibling) = books::find(siblings, slot.market) else { continue };
        if slot.position.isolated == 0 {
            *above = reach.of(&sibling.view().standing(slot)?)?;
        }
    }
    Ok(above)
}

/// Closes a hand without lots: draws what it lacks, then charges a fee of at most `fee`, as far as the account reaches, and
/// releases the rest. Returns the fee. Where what was passed does not pay the leg it fails with `LegUnderwater`, or with
/// `Bankrupt` where nothing in the account does.
#[inline(never)]
pub(crate) fn close(
    account: &mut AccountBooks,
    books: (&mut Books<'_>, &mut [Books<'_>]),
    hand: &mut Hand,
    (fee, before): (Atoms, &Health),
    now: Now,
) -> Result<Atoms> {
    let (traded, siblings) = books;
    let short = i128::from(fee.0).saturating_sub(hand.cash);
    if hand.cash < 0 || short > i128::from(account.free.0) {
        let _ = gather(account, traded, siblings, hand, atoms_from(short)?, now)?;
    }
    let held =
        atoms_from(hand.cash).map_err(|_| if before.equity.0 > 0 { Error::LegUnderwater } else { Error::Bankrupt })?;
    let fee = fee.least(account.free.plus(held)?);
    traded.charge_fee(account, hand, fee)?;
    traded.release_all(account, hand, now)?;
    Ok(fee)
}
