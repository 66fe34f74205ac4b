//! The table. Its columns are independent: a reader checks I9 by reading down one.

use super::{Action, PauseBits};
use crate::breaker::Level;
use crate::price::Quality;

/// What an action does where the market is settled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Passes there too: ways out, and what has nothing to do with the market.
    Passes,
    /// Refused: it would open, move the mark, or close in another way than at the final mark.
    Refused,
    /// Passes nowhere else.
    Only,
}

/// A line of the table.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// What pauses it.
    pub paused_by: PauseBits,
    /// The strictest level it passes at.
    pub up_to: Level,
    /// The least mark it needs, fresh; none: neither quality nor age is asked.
    pub needs: Option<Quality>,
    /// Refused while lines are moved.
    pub moves_lots: bool,
    /// Waits for the grace period.
    pub waits_for_grace: bool,
    /// Waits for the listing's timelock.
    pub waits_for_opening: bool,
    /// In a settled market.
    pub settled: Settled,
}

const NONE: PauseBits = PauseBits::NONE;
const FREEZE: PauseBits = PauseBits::FREEZE;
const DEPOSITS: PauseBits = PauseBits::DEPOSITS.and(FREEZE);
const WITHDRAWALS: PauseBits = PauseBits::WITHDRAWALS.and(FREEZE);
const TRADE_INCREASE: PauseBits = PauseBits::TRADE_INCREASE.and(FREEZE);
const TRADE_REDUCE: PauseBits = PauseBits::TRADE_REDUCE.and(FREEZE);
const QUOTING: PauseBits = PauseBits::QUOTING.and(FREEZE);
/// Whatever holds a person's own cure holds liquidation too (A26).
const LIQUIDATION: PauseBits = PauseBits::LIQUIDATION.and(PauseBits::DEPOSITS).and(PauseBits::TRADE_REDUCE).and(FREEZE);
/// Selling what estates hold is liquidation's, but for what holds an owner's cure: an estate has no owner.
const SALE: PauseBits = PauseBits::LIQUIDATION.and(FREEZE);
const UNLOCKING: PauseBits = PauseBits::UNLOCKING.and(FREEZE);
const UNSTAKING: PauseBits = PauseBits::UNSTAKING.and(FREEZE);
const LISTING: PauseBits = PauseBits::LISTING.and(FREEZE);

/// Passes whatever the market is like.
const fn always(paused_by: PauseBits) -> Row {
    Row {
        paused_by,
        up_to: Level::Halted,
        needs: None,
        moves_lots: false,
        waits_for_grace: false,
        waits_for_opening: false,
        settled: Settled::Passes,
    }
}

/// Raises risk, or takes money from where others may need it: only in an open market.
const fn raising(paused_by: PauseBits) -> Row {
    Row { up_to: Level::Open, moves_lots: true, ..always(paused_by) }
}

/// Lets others reduce: not while the price is unknown.
const fn offering(paused_by: PauseBits) -> Row {
    Row { up_to: Level::Guarded, ..raising(paused_by) }
}

/// Acts on somebody else's account: not while nobody knows the price, nor right after, before owners could act.
const fn forcing(paused_by: PauseBits) -> Row {
    Row { up_to: Level::Guarded, moves_lots: true, waits_for_grace: true, ..always(paused_by) }
}

/// Touches positions, whatever the price.
const fn touching(paused_by: PauseBits) -> Row {
    Row { moves_lots: true, ..always(paused_by) }
}

impl Row {
    const fn at_good(self) -> Row {
        Row { needs: Some(Quality::Good), ..self }
    }

    const fn at_usable(self) -> Row {
        Row { needs: Some(Quality::Usable), ..self }
    }

    /// Only once the listing's timelock has run out.
    const fn once_open(self) -> Row {
        Row { waits_for_opening: true, ..self }
    }

    /// Not in a settled market.
    const fn unsettled(self) -> Row {
        Row { settled: Settled::Refused, ..self }
    }

    const fn settled_only(self) -> Row {
        Row { settled: Settled::Only, ..self }
    }
}

impl Action {
    /// Its line.
    pub(super) const fn row(self) -> Row {
        match self {
            Action::OpenAccount => always(DEPOSITS),
            Action::CloseAccount => always(NONE),
            Action::Deposit => always(DEPOSITS),
            // No price: a position without a usable mark counts against its owner and blocks nothing else (G8).
            Action::Withdraw => raising(WITHDRAWALS),
            Action::WithdrawFlat => always(FREEZE),
            Action::AddMargin => always(NONE),
            // Also where the market is settled: margin put there without lots has no other way out.
            Action::TakeMargin => raising(WITHDRAWALS).at_good(),
            Action::Isolate => raising(WITHDRAWALS).at_good().once_open().unsettled(),
            // An offer raises no risk until somebody takes it, and while the market is guarded only whoever reduces can: without
            // offers nobody could.
            Action::SetQuote => offering(QUOTING).at_good().once_open().unsettled(),
            // Who quotes to reduce is the counterparty of who reduces: it passes with that, or neither finds anyone (A47).
            Action::QuoteReduction => touching(TRADE_REDUCE).at_usable().once_open().unsettled(),
            Action::CancelQuote => always(NONE),
            Action::TradeIncrease => raising(TRADE_INCREASE).at_good().once_open().unsettled(),
            Action::TradeReduce => touching(TRADE_REDUCE).at_usable().once_open().unsettled(),
            Action::Refresh => always(NONE).unsettled(),
            Action::Liquidate => forcing(LIQUIDATION).at_usable().once_open().unsettled(),
            Action::Deleverage => forcing(LIQUIDATION).at_usable().once_open().unsettled(),
            // Also where the market is settled: what its positions owe at the final mark is declared there too.
            Action::DeclareBankruptcy => forcing(LIQUIDATION).at_usable().once_open(),
            // The estate has no owner who could act first, and the cure is never forbidden: guarded buys.
            Action::BuyFromEstate => Row { up_to: Level::Guarded, ..touching(SALE) }.at_usable().once_open(),
            // What insurance owes an insured estate it pays at the mark that the estate was declared at, whatever the price is now.
            Action::FundEstate => touching(FREEZE),
            Action::Resolve => forcing(FREEZE).at_usable().once_open(),
            Action::Sync => touching(FREEZE),
            Action::Skim => always(FREEZE),
            Action::Rebase => always(FREEZE),
            Action::FundInsurance => always(DEPOSITS),
            // Not by level: what remains must cover U and the target, which the exit itself proves.
            Action::Unstake => always(UNSTAKING),
            Action::Unlock => raising(UNLOCKING).at_good(),
            Action::ListMarket => always(LISTING),
            Action::SetPause => always(NONE),
            Action::Govern => always(NONE),
            Action::TripBreaker => always(NONE),
            Action::RequestWithdrawal => always(FREEZE),
            Action::RequestExit => always(NONE),
            Action::FundLayer => always(DEPOSITS).unsettled(),
            Action::WithdrawLayer => always(UNSTAKING),
            Action::TakePremium => always(UNSTAKING),
            Action::DistributeSurplus => always(UNSTAKING),
            Action::CollectFees => raising(UNSTAKING),
            Action::Claim => touching(FREEZE),
            Action::Donate => always(FREEZE),
            Action::DepositCollateral => always(DEPOSITS),
            Action::WithdrawCollateral => raising(WITHDRAWALS),
            Action::ValueCollateral => always(NONE),
            // The collateral's own price is the sale's business.
            Action::AuctionCollateral => forcing(LIQUIDATION),
            Action::Settle => always(FREEZE).once_open().unsettled(),
            Action::SettlePosition => touching(FREEZE).settled_only(),
        }
    }
}
