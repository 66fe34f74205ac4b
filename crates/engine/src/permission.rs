//! Who may do what now. It is asked about pauses, the market's state, its breakers and the mark; whether the money is there
//! is the action's own business. The answers are one table (`table`), what it is asked about is gathered in one place
//! (`conditions`), and `docs/permissions.md` is both, generated.
//!
//! No pause blocks adding margin, slashing insurance or withdrawing flat collateral, except *freeze*, and not even that
//! blocks adding margin (F8, I10). What raises risk needs a good price and an open market; what lowers it passes whenever a
//! price is usable (I9); what needs no price asks for none (G8).

mod conditions;
mod table;

use crate::breaker::Level;
use crate::error::{Error, Result};
use crate::price::Quality;
use crate::state::{AccountBooks, QuoteBooks};
use crate::trade::Order;
use table::Settled;

pub use conditions::{Guards, MarketGuards};

/// One bit per action class. Exchange-wide and per-market bits are joined with [`PauseBits::and`] before they are asked.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PauseBits(pub u64);

impl PauseBits {
    /// Nothing is paused.
    pub const NONE: PauseBits = PauseBits(0);
    /// Opening accounts, paying money in.
    pub const DEPOSITS: PauseBits = PauseBits(1);
    /// Free cash of accounts with positions, margin taken out of positions, isolating.
    pub const WITHDRAWALS: PauseBits = PauseBits(1 << 1);
    /// Trades that open or enlarge.
    pub const TRADE_INCREASE: PauseBits = PauseBits(1 << 2);
    /// Trades that only reduce.
    pub const TRADE_REDUCE: PauseBits = PauseBits(1 << 3);
    /// Setting quotes.
    pub const QUOTING: PauseBits = PauseBits(1 << 4);
    /// Tier 1, and deleveraging accounts that are still solvent. Not resolving bankrupt ones.
    pub const LIQUIDATION: PauseBits = PauseBits(1 << 5);
    /// Unlocking vesting profit.
    pub const UNLOCKING: PauseBits = PauseBits(1 << 6);
    /// Insurance stakers' exits. Slashing stays live (F8).
    pub const UNSTAKING: PauseBits = PauseBits(1 << 7);
    /// Listing markets.
    pub const LISTING: PauseBits = PauseBits(1 << 8);
    /// Everything that moves money, flat withdrawals and resolution included; adding margin stays.
    pub const FREEZE: PauseBits = PauseBits(1 << 9);
    /// What a market may pause: bits whose instructions each ask the markets they concern. Whoever deposits, stakes, leaves the fund or
    /// lists asks the exchange, and a market's bit would do nothing there.
    pub const OF_MARKETS: PauseBits = PauseBits::WITHDRAWALS
        .and(PauseBits::TRADE_INCREASE)
        .and(PauseBits::TRADE_REDUCE)
        .and(PauseBits::QUOTING)
        .and(PauseBits::LIQUIDATION)
        .and(PauseBits::UNLOCKING)
        .and(PauseBits::FREEZE);
    /// Every bit there is: others are refused where pauses are set.
    pub const ALL: PauseBits = PauseBits((1 << 10) - 1);

    /// Both sets: the exchange's and the market's.
    #[must_use]
    pub const fn and(self, other: PauseBits) -> PauseBits {
        PauseBits(self.0 | other.0)
    }

    /// Whether any bit is in both.
    #[must_use]
    pub const fn meets(self, other: PauseBits) -> bool {
        self.0 & other.0 != 0
    }
}

/// Everything that is asked for permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a margin account.
    OpenAccount,
    /// Close an empty one.
    CloseAccount,
    /// Pay free cash in.
    Deposit,
    /// Take free cash out of an account with positions. Asked once per market it has lots in, and once of the exchange.
    Withdraw,
    /// Take free cash, or other collateral, out of an account without positions.
    WithdrawFlat,
    /// Move free cash into a position.
    AddMargin,
    /// Move paid-in margin out of a position.
    TakeMargin,
    /// Let a position answer with its own cash only.
    Isolate,
    /// Set quotes, or check the account behind them again.
    SetQuote,
    /// Set quotes that only reduce.
    QuoteReduction,
    /// Cancel quotes.
    CancelQuote,
    /// Trade that opens, enlarges or goes through zero.
    TradeIncrease,
    /// Trade that only reduces.
    TradeReduce,
    /// Read the oracles.
    Refresh,
    /// Tier 1.
    Liquidate,
    /// Deleverage an account in distress that is still solvent.
    Deleverage,
    /// Move a bankrupt account's positions into their markets' estates. Asked once per market it has lots in: those that refuse
    /// are left out.
    DeclareBankruptcy,
    /// Take lots of an estate.
    BuyFromEstate,
    /// Pay what insured estates lack.
    FundEstate,
    /// Tiers 2 to 4.
    Resolve,
    /// Catch up, top up and observe anyone's account.
    Sync,
    /// Book what was sent to a vault unasked.
    Skim,
    /// Move lines to a new grid.
    Rebase,
    /// Pay into the insurance fund, stake.
    FundInsurance,
    /// Take a stake whose cool-down is over out of the insurance fund.
    Unstake,
    /// Turn vesting profit into free cash.
    Unlock,
    /// List a market.
    ListMarket,
    /// Set pauses, or clear expired ones.
    SetPause,
    /// Propose, execute or cancel a change, tighten, hand the authority over.
    Govern,
    /// Trip a breaker whose condition the accounts passed prove.
    TripBreaker,
    /// Take a place in the queue of withdrawals.
    RequestWithdrawal,
    /// Ask for the exit of a stake, or take that back.
    RequestExit,
    /// Fund an underwriting layer.
    FundLayer,
    /// Take an expired layer's capital out.
    WithdrawLayer,
    /// Take the premium a layer has earned.
    TakePremium,
    /// Move surplus insurance to whoever is owed.
    DistributeSurplus,
    /// Move protocol fees to the treasury and the keepers.
    CollectFees,
    /// Pay an account what its claims were paid.
    Claim,
    /// Pay into a side's claims.
    Donate,
    /// Pay other collateral in.
    DepositCollateral,
    /// Take other collateral out of an account with positions.
    WithdrawCollateral,
    /// Read a collateral's oracle, value an account's collateral.
    ValueCollateral,
    /// Sell an account's other collateral in its distress.
    AuctionCollateral,
    /// Make the last mark of a market without an oracle final.
    Settle,
    /// Close a position at a settled market's mark.
    SettlePosition,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 45] = [
        Action::OpenAccount,
        Action::CloseAccount,
        Action::Deposit,
        Action::Withdraw,
        Action::WithdrawFlat,
        Action::AddMargin,
        Action::TakeMargin,
        Action::Isolate,
        Action::SetQuote,
        Action::QuoteReduction,
        Action::CancelQuote,
        Action::TradeIncrease,
        Action::TradeReduce,
        Action::Refresh,
        Action::Liquidate,
        Action::Deleverage,
        Action::DeclareBankruptcy,
        Action::BuyFromEstate,
        Action::FundEstate,
        Action::Resolve,
        Action::Sync,
        Action::Skim,
        Action::Rebase,
        Action::FundInsurance,
        Action::Unstake,
        Action::Unlock,
        Action::ListMarket,
        Action::SetPause,
        Action::Govern,
        Action::TripBreaker,
        Action::RequestWithdrawal,
        Action::RequestExit,
        Action::FundLayer,
        Action::WithdrawLayer,
        Action::TakePremium,
        Action::DistributeSurplus,
        Action::CollectFees,
        Action::Claim,
        Action::Donate,
        Action::DepositCollateral,
        Action::WithdrawCollateral,
        Action::ValueCollateral,
        Action::AuctionCollateral,
        Action::Settle,
        Action::SettlePosition,
    ];
}

/// What holds now, as far as permission asks about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The listing's timelock still runs.
    pub not_open: bool,
    /// What is paused, in the exchange or in the market.
    pub paused: PauseBits,
    /// A rebase is moving the market's lines: lots may not change.
    pub rebasing: bool,
    /// The market is settled: its mark is final.
    pub settled: bool,
    /// What the breakers of exchange and market leave allowed.
    pub level: Level,
    /// A halt, or a pause that kept people from acting, ended less than the grace period ago.
    pub grace: bool,
    /// The mark is no older than the market allows.
    pub fresh: bool,
    /// The mark's quality.
    pub quality: Quality,
}

impl Conditions {
    /// Nothing is in the way.
    pub const CLEAR: Conditions = Conditions {
        not_open: false,
        paused: PauseBits::NONE,
        rebasing: false,
        settled: false,
        level: Level::Open,
        grace: false,
        fresh: true,
        quality: Quality::Good,
    };
}

/// Whether `action` may run now. Refuses with the first of these that stands against it, always in this order:
/// `MarketNotOpen`, `Paused`, `Rebasing`, `MarketSettled` or `NotSettled`, `MarketHalted` (the level refuses it, guarded
/// included), `GracePeriod`, `StaleMark`, `PriceQuality`; the last two only where the action needs a price and the mark is
/// not final.
pub fn permitted(action: Action, now: &Conditions) -> Result<()> {
    let row = action.row();
    let refusal = if now.not_open && row.waits_for_opening {
        Error::MarketNotOpen
    } else if now.paused.meets(row.paused_by) {
        Error::Paused
    } else if now.rebasing && row.moves_lots {
        Error::Rebasing
    } else if now.settled && row.settled == Settled::Refused {
        Error::MarketSettled
    } else if !now.settled && row.settled == Settled::Only {
        Error::NotSettled
    } else if now.level > row.up_to {
        Error::MarketHalted
    } else if now.grace && row.waits_for_grace {
        Error::GracePeriod
    } else {
        return price(row.needs, now);
    };
    Err(refusal)
}

/// Whether an order may run now. One that could enlarge passes as a reduction where only those do, if that is what it comes
/// to: it is then marked so, and cannot go through zero even where the position was deleveraged since. Refuses as
/// [`permitted`] does; one that is no reduction with what stands against enlarging.
pub fn permit_order(order: &mut Order, now: &Conditions, market: u64, taker: &AccountBooks) -> Result<()> {
    let reduces = || {
        taker
            .slot(market)
            .is_ok_and(|slot| slot.position.side() == Some(order.side.opposite()) && slot.position.size() >= order.lots)
    };
    order.reduce_only = permit_either((Action::TradeIncrease, Action::TradeReduce), order.reduce_only, now, reduces)?;
    Ok(())
}

/// Whether a quote may be set now. Where those that could open may not, one that comes to a reduction passes as such: it is
/// then marked so. Refuses as [`permitted`] does.
pub fn permit_quote(quote: &mut QuoteBooks, now: &Conditions, market: u64, maker: &AccountBooks) -> Result<()> {
    let reduces = || maker.slot(market).is_ok_and(|slot| quote.only_reduces(&slot.position));
    let actions = (Action::SetQuote, Action::QuoteReduction);
    quote.reduce_only = permit_either(actions, quote.reduce_only != 0, now, reduces)?.into();
    Ok(())
}

/// Whether one of two actions may run now, the second of which only reduces. One that is not marked as a reduction passes as such
/// where the first is refused and it `reduces`. Returns whether it only reduces from now on. Refuses as [`permitted`] does; what
/// is no reduction with what stands against the first.
pub fn permit_either(
    (raising, reducing): (Action, Action),
    is_marked: bool,
    now: &Conditions,
    reduces: impl FnOnce() -> bool,
) -> Result<bool> {
    if !is_marked {
        let Err(refusal) = permitted(raising, now) else { return Ok(false) };
        if !reduces() {
            return Err(refusal);
        }
    }
    permitted(reducing, now).map(|()| true)
}

fn price(needs: Option<Quality>, now: &Conditions) -> Result<()> {
    let Some(least) = needs else { return Ok(()) };
    if now.settled {
        Ok(())
    } else if !now.fresh {
        Err(Error::StaleMark)
    } else if now.quality < least {
        Err(Error::PriceQuality)
    } else {
        Ok(())
    }
}
