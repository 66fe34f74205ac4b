//! The one table: who may do what now. It asks about pauses, the market's mode and the mark; whether the money is there is
//! the action's own business.
//!
//! No pause blocks adding margin, slashing insurance or withdrawing flat collateral, except *freeze*, and not even that
//! blocks adding margin (F8, I10). What raises risk needs a good price and an open market; what lowers it passes whenever a
//! price is usable (I9); what needs no price asks for none (G8).

use crate::error::{Error, Result};
use crate::price::Quality;

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
    /// Unlocking maturing profit.
    pub const UNLOCKING: PauseBits = PauseBits(1 << 6);
    /// Insurance stakers' exits. Slashing stays live (F8).
    pub const UNSTAKING: PauseBits = PauseBits(1 << 7);
    /// Listing markets.
    pub const LISTING: PauseBits = PauseBits(1 << 8);
    /// Everything that moves money, flat withdrawals and resolution included; only adding margin stays.
    pub const FREEZE: PauseBits = PauseBits(1 << 9);
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

/// What a market's breakers and its rebase leave allowed. Actions of the exchange alone are asked with `Open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything.
    #[default]
    Open,
    /// Nothing that increases risk, no profit unlock.
    Guarded,
    /// Nor liquidation and resolution.
    Halted,
    /// Lots may not change until the lines are moved.
    Rebasing,
}

impl Mode {
    /// All modes.
    pub const ALL: [Mode; 4] = [Mode::Open, Mode::Guarded, Mode::Halted, Mode::Rebasing];
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
    /// Take free cash out of an account with positions. Asked once per market it has lots in.
    Withdraw,
    /// Take free cash out of an account without positions.
    WithdrawFlat,
    /// Move free cash into a position.
    AddMargin,
    /// Move paid-in margin out of a position.
    TakeMargin,
    /// Let a position answer with its own cash only.
    Isolate,
    /// Set quotes, or check the account behind them again.
    SetQuote,
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
    /// Tiers 2 to 4.
    Resolve,
    /// Catch up, top up and observe anyone's account.
    Sync,
    /// Book what was sent to a vault unasked.
    Skim,
    /// Move lines to a new grid.
    Rebase,
    /// Pay into the insurance fund or a side's recovery, stake.
    FundInsurance,
    /// Take a stake whose cool-down is over out of the insurance fund.
    Unstake,
    /// Turn maturing profit into free cash.
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
    /// Take other collateral out.
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

/// The least price an action needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// None: neither quality nor age is asked.
    Nothing,
    /// A fresh usable mark.
    Usable,
    /// A fresh good mark.
    Good,
}

/// A set of modes an action passes in.
#[derive(Clone, Copy)]
struct Modes(u8);

const OPEN: Modes = Modes(0b0001);
const NOT_HALTED: Modes = Modes(0b0011);
const NOT_REBASING: Modes = Modes(0b0111);
const ANY: Modes = Modes(0b1111);

impl Modes {
    const fn contains(self, mode: Mode) -> bool {
        let bit = match mode {
            Mode::Open => 0b0001,
            Mode::Guarded => 0b0010,
            Mode::Halted => 0b0100,
            Mode::Rebasing => 0b1000,
        };
        self.0 & bit != 0
    }
}

/// A line of the table: what pauses the action, the modes it passes in, the price it needs.
struct Row(PauseBits, Modes, Needs);

const NONE: PauseBits = PauseBits::NONE;
const FREEZE: PauseBits = PauseBits::FREEZE;
const DEPOSITS: PauseBits = PauseBits::DEPOSITS.and(FREEZE);
const WITHDRAWALS: PauseBits = PauseBits::WITHDRAWALS.and(FREEZE);
const TRADE_INCREASE: PauseBits = PauseBits::TRADE_INCREASE.and(FREEZE);
const TRADE_REDUCE: PauseBits = PauseBits::TRADE_REDUCE.and(FREEZE);
const QUOTING: PauseBits = PauseBits::QUOTING.and(FREEZE);
const LIQUIDATION: PauseBits = PauseBits::LIQUIDATION.and(FREEZE);
const UNLOCKING: PauseBits = PauseBits::UNLOCKING.and(FREEZE);
const UNSTAKING: PauseBits = PauseBits::UNSTAKING.and(FREEZE);
const LISTING: PauseBits = PauseBits::LISTING.and(FREEZE);

impl Action {
    /// All actions.
    pub const ALL: [Action; 41] = [
        Action::OpenAccount,
        Action::CloseAccount,
        Action::Deposit,
        Action::Withdraw,
        Action::WithdrawFlat,
        Action::AddMargin,
        Action::TakeMargin,
        Action::Isolate,
        Action::SetQuote,
        Action::CancelQuote,
        Action::TradeIncrease,
        Action::TradeReduce,
        Action::Refresh,
        Action::Liquidate,
        Action::Deleverage,
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

    /// The table. Pauses, breakers and price are independent columns; a reader checks I9 by reading down one.
    const fn row(self) -> Row {
        match self {
            // what pauses it, the modes it passes in, the least price it needs
            Action::OpenAccount => Row(DEPOSITS, ANY, Needs::Nothing),
            Action::CloseAccount => Row(NONE, ANY, Needs::Nothing),
            Action::Deposit => Row(DEPOSITS, ANY, Needs::Nothing),
            // No price: a position without a usable mark counts against its owner and blocks nothing else (G8).
            Action::Withdraw => Row(WITHDRAWALS, OPEN, Needs::Nothing),
            Action::WithdrawFlat => Row(FREEZE, ANY, Needs::Nothing),
            Action::AddMargin => Row(NONE, ANY, Needs::Nothing),
            Action::TakeMargin => Row(WITHDRAWALS, OPEN, Needs::Good),
            Action::Isolate => Row(WITHDRAWALS, OPEN, Needs::Good),
            Action::SetQuote => Row(QUOTING, OPEN, Needs::Good),
            Action::CancelQuote => Row(NONE, ANY, Needs::Nothing),
            Action::TradeIncrease => Row(TRADE_INCREASE, OPEN, Needs::Good),
            Action::TradeReduce => Row(TRADE_REDUCE, NOT_REBASING, Needs::Usable),
            Action::Refresh => Row(NONE, ANY, Needs::Nothing),
            Action::Liquidate => Row(LIQUIDATION, NOT_HALTED, Needs::Usable),
            Action::Deleverage => Row(LIQUIDATION, NOT_HALTED, Needs::Usable),
            Action::Resolve => Row(FREEZE, NOT_HALTED, Needs::Usable),
            Action::Sync => Row(FREEZE, NOT_REBASING, Needs::Nothing),
            Action::Skim => Row(FREEZE, ANY, Needs::Nothing),
            Action::Rebase => Row(FREEZE, ANY, Needs::Nothing),
            Action::FundInsurance => Row(DEPOSITS, ANY, Needs::Nothing),
            Action::Unstake => Row(UNSTAKING, ANY, Needs::Nothing),
            Action::Unlock => Row(UNLOCKING, OPEN, Needs::Good),
            Action::ListMarket => Row(LISTING, ANY, Needs::Nothing),
            Action::SetPause => Row(NONE, ANY, Needs::Nothing),
            Action::Govern => Row(NONE, ANY, Needs::Nothing),
            Action::TripBreaker => Row(NONE, ANY, Needs::Nothing),
            Action::RequestWithdrawal => Row(FREEZE, ANY, Needs::Nothing),
            Action::RequestExit => Row(NONE, ANY, Needs::Nothing),
            Action::FundLayer => Row(DEPOSITS, ANY, Needs::Nothing),
            Action::WithdrawLayer => Row(UNSTAKING, ANY, Needs::Nothing),
            Action::TakePremium => Row(UNSTAKING, ANY, Needs::Nothing),
            Action::DistributeSurplus => Row(UNSTAKING, ANY, Needs::Nothing),
            Action::CollectFees => Row(UNSTAKING, OPEN, Needs::Nothing),
            Action::Claim => Row(FREEZE, NOT_REBASING, Needs::Nothing),
            Action::Donate => Row(FREEZE, ANY, Needs::Nothing),
            Action::DepositCollateral => Row(DEPOSITS, ANY, Needs::Nothing),
            Action::WithdrawCollateral => Row(WITHDRAWALS, OPEN, Needs::Nothing),
            Action::ValueCollateral => Row(NONE, ANY, Needs::Nothing),
            Action::AuctionCollateral => Row(LIQUIDATION, NOT_HALTED, Needs::Nothing),
            Action::Settle => Row(FREEZE, ANY, Needs::Nothing),
            Action::SettlePosition => Row(FREEZE, NOT_REBASING, Needs::Nothing),
        }
    }
}

/// Whether `action` may run now. Refuses, always in this order, with `Paused`, `Rebasing`, `MarketHalted` (the mode refuses
/// the action, guarded ones included), `StaleMark` and `PriceQuality`; the last two only where the action needs a price.
pub fn permitted(action: Action, pause: PauseBits, mode: Mode, quality: Quality, mark_fresh: bool) -> Result<()> {
    let Row(paused_by, modes, needs) = action.row();
    if pause.meets(paused_by) {
        return Err(Error::Paused);
    }
    if !modes.contains(mode) {
        return Err(if mode == Mode::Rebasing { Error::Rebasing } else { Error::MarketHalted });
    }
    let least = match needs {
        Needs::Nothing => return Ok(()),
        Needs::Usable => Quality::Usable,
        Needs::Good => Quality::Good,
    };
    if !mark_fresh {
        return Err(Error::StaleMark);
    }
    if quality < least {
        return Err(Error::PriceQuality);
    }
    Ok(())
}
