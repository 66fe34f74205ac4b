//! Paying back: debts out of their owners' deposits, claims to whoever bore them, and gifts to a side.
//!
//! A deposit serves its owner's debts before anything else, across all his accounts, each to the side that bore it; what that
//! side is no longer owed goes to insurance. Nothing else of a debtor's is touched and no withdrawal is refused for it: what he
//! had was swept when he went bankrupt, and his other accounts risked only what is in them. A debt is never forgiven. It holds
//! nobody's money but the rent of the slot it stands in, and a deposit, however long after, ends it to the atom.

use crate::account::SLOTS;
use crate::books::{self, Books};
use crate::collateral;
use crate::error::{Error, Result};
use crate::state::{AccountBooks, ExchangeParams, MarketBooks};
use crate::units::{Atoms, Now, Side};

/// Where money for a side went.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// To the side's claims.
    pub to_claims: Atoms,
    /// Beyond them: to insurance.
    pub to_insurance: Atoms,
}

/// Books money that came in for a side: its claims first, insurance beyond them. The market has begun.
pub fn recover(market: &mut MarketBooks, side: Side, amount: Atoms) -> Result<Recovered> {
    let to_insurance = market.side_mut(side).claims.pay(amount)?;
    market.insurance_due = market.insurance_due.plus(to_insurance)?;
    market.book_in(amount)?;
    // With a payment that waited, what exceeds the claims may be more than came in.
    Ok(Recovered { to_claims: amount.beyond(to_insurance), to_insurance: to_insurance.least(amount) })
}

/// Anyone pays into a side's claims. Refuses with `NothingOwed` where there are none.
pub fn donate(books: &mut Books<'_>, side: Side, amount: Atoms, now: Now) -> Result<Recovered> {
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    let _ = books.begin(now)?;
    if books.market.side(side).claims.outstanding.is_zero() {
        return Err(Error::NothingOwed);
    }
    recover(books.market, side, amount)
}

/// Catches an account's slot up and pays what its claims were paid into its vesting profit; returns that. Refuses with
/// `NothingToClaim` where it is nothing.
pub fn claim(account: &mut AccountBooks, books: &mut Books<'_>, now: Now) -> Result<Atoms> {
    account.slot(books.market.id)?;
    let _ = books.begin(now)?;
    let before = uncollected(books.market)?;
    let _ = books.catch_up(account)?;
    let paid = before.minus(uncollected(books.market)?)?;
    if paid.is_zero() {
        return Err(Error::NothingToClaim);
    }
    account.release_slot(books.market.id);
    Ok(paid)
}

fn uncollected(market: &MarketBooks) -> Result<Atoms> {
    let [long, short] = &market.sides;
    long.claims.paid.plus(short.claims.paid)
}

/// What an owner owes after an instruction that may have left a debt of one of his accounts, which owed `before`.
pub fn note_debt(owed: Atoms, before: Atoms, account: &AccountBooks) -> Result<Atoms> {
    owed.plus(account.debt()?.minus(before)?)
}

/// What a deposit came to. `served + free` is what arrived.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deposit {
    /// Served debts.
    pub served: Atoms,
    /// Became free cash.
    pub free: Atoms,
}

/// Credits a deposit to the first of `accounts`, once it has served what its owner owes (`owed`, over all his accounts): the
/// debts of the accounts and markets passed, in their order. Fails with `DebtFirst` where something is left of the deposit and
/// he owes still: what he owes elsewhere must be passed too. What he owes in a market that is frozen waits: nothing moves there, and
/// his other positions may need the deposit (A27). Nothing else refuses it but its own size: a bankrupt account may
/// deposit too.
pub fn deposit(
    accounts: &mut [&mut AccountBooks],
    books: &mut [Books<'_>],
    owed: &mut Atoms,
    terms: (&ExchangeParams, Atoms),
    now: Now,
) -> Result<Deposit> {
    let (params, amount) = terms;
    collateral::check_deposit(params, amount)?;
    let mut report = Deposit { served: Atoms::ZERO, free: amount };
    if !owed.is_zero() {
        report.served = serve(accounts, books, amount, now)?;
        *owed = owed.minus(report.served)?;
        report.free = amount.minus(report.served)?;
        if !report.free.is_zero() && *owed > waiting(accounts, books)? {
            return Err(Error::DebtFirst);
        }
    }
    let account = accounts.first_mut().ok_or(Error::NotConserved)?;
    account.free = account.free.plus(report.free)?;
    account.flow.deposit(report.free, now)?;
    Ok(report)
}

/// What these accounts owe in those of the markets passed that are left out.
fn waiting(accounts: &[&mut AccountBooks], books: &[Books<'_>]) -> Result<Atoms> {
    let mut sum = Atoms::ZERO;
    for slot in accounts.iter().flat_map(|account| &account.slots) {
        if books.iter().any(|books| books.market.id == slot.market && books.market.is_left_out()) {
            let [long, short] = slot.debt;
            sum = sum.plus(long)?.plus(short)?;
        }
    }
    Ok(sum)
}

/// Serves debts of these accounts in these markets with at most `amount`; returns what it took.
#[inline(never)]
fn serve(accounts: &mut [&mut AccountBooks], books: &mut [Books<'_>], amount: Atoms, now: Now) -> Result<Atoms> {
    let mut left = amount;
    for account in accounts {
        for at in 0..SLOTS {
            let Some(slot) = account.slots.get_mut(at).filter(|slot| slot.debt != [Atoms::ZERO; 2]) else { continue };
            let Ok(books) = books::find(books, slot.market) else { continue };
            if left.is_zero() {
                break;
            }
            if books.market.is_left_out() {
                continue;
            }
            // What the side bears by now is owed to it before it is paid.
            let _ = books.begin(now)?;
            for (side, debt) in Side::BOTH.into_iter().zip(&mut slot.debt) {
                let paid = left.least(*debt);
                if paid.is_zero() {
                    continue;
                }
                *debt = debt.minus(paid)?;
                left = left.minus(paid)?;
                let _ = recover(books.market, side, paid)?;
            }
            account.release_slot(books.market.id);
        }
    }
    amount.minus(left)
}
