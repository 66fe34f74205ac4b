//! Why the engine refuses.

/// The engine's result.
pub type Result<T> = core::result::Result<T, Error>;

/// Every reason the engine can refuse for. A refusal changes nothing the caller keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A number left its bounds.
    Overflow,
    /// The books do not add up: a fault in the program, never the caller's.
    NotConserved,
    /// An amount or a size of zero.
    ZeroAmount,
    /// Not a multiple of the market's step, or above the largest order.
    WrongStep,
    /// Free cash does not reach.
    InsufficientFreeCash,
    /// The position or account would be below its initial margin.
    InsufficientMargin,
    /// Only paid-in margin that the position does not need can be taken out.
    InsufficientPaidIn,
    /// The action would lower the health of an account below its requirement.
    HealthFalls,
    /// All eight market slots are in use.
    SlotsFull,
    /// The account has no slot or position in this market.
    NoPosition,
    /// A market of the account was not passed.
    MarketMissing,
    /// The account must resolve its bankruptcy first.
    Bankrupt,
    /// The account is not bankrupt.
    NotBankrupt,
    /// The account is not in distress.
    NotInDistress,
    /// The auction window has not run out and the cover still pays.
    TooEarly,
    /// More lots than the plan allows.
    TooMuch,
    /// The window's slice is used up.
    SliceUsed,
    /// The cover cannot pay the deficit of these lots: resolve instead.
    CoverExhausted,
    /// No free record or pool: call sync on old positions.
    RecordsFull,
    /// Nobody solvent on the other side: pass a bankrupt position of that side.
    NobodySolvent,
    /// The key is off the grid: rebase first.
    KeyOffGrid,
    /// The grid is being rebased.
    Rebasing,
    /// No rebase is due.
    RebaseNotDue,
    /// Members of the oldest of eight grids are not yet synced.
    GridHistoryFull,
    /// The charged side may not open while the shortfall is uninsured.
    Uninsured,
    /// The open-interest cap is reached.
    OpenInterestCap,
    /// The position would be smaller than the market's minimum.
    DustPosition,
    /// Quotes are not in the order of their price.
    QuotesOutOfOrder,
    /// A quote has expired, is empty or is not live.
    QuoteNotLive,
    /// The price is outside the band around the mark.
    PriceOutOfBand,
    /// The limit price is not reached.
    LimitNotReached,
    /// Nothing could be filled.
    NothingFilled,
    /// A taker and a maker are the same account.
    SelfTrade,
    /// The mark is older than the market allows.
    StaleMark,
    /// The action is not permitted at this price quality.
    PriceQuality,
    /// The action class is paused.
    Paused,
    /// The market's mode refuses the action.
    MarketHalted,
    /// The position is isolated and draws on nothing.
    Isolated,
    /// The position is not cross, or the account not healthy enough to isolate it.
    CannotIsolate,
    /// The account still holds something.
    AccountNotEmpty,
    /// Price is not positive.
    PriceNotPositive,
    /// The price's exponent is out of range.
    PriceExponent,
    /// Publish time is ahead of the clock.
    PriceFromFuture,
    /// An older price than the last accepted.
    PriceWentBack,
    /// Listing rule: fractions must rise from maintenance to initial and stay at most one.
    RuleInitialAboveMaintenance,
    /// Listing rule: largest discount, penalty and fee must stay below every maintenance fraction.
    RulePenaltyBelowMaintenance,
    /// Listing rule: brackets must rise.
    RuleBracketsRise,
    /// Listing rule: the step and the smallest position.
    RuleStep,
    /// Listing rule: the band around the mark.
    RuleBand,
    /// Listing rule: price age, confidence or jump bounds.
    RulePriceBounds,
    /// Listing rule: funding bounds.
    RuleFunding,
    /// Listing rule: auction times, slices and buffer.
    RuleAuction,
    /// Listing rule: cover caps.
    RuleCover,
    /// Listing rule: profit maturing and haircuts.
    RuleMaturing,
    /// Listing rule: open-interest cap.
    RuleOpenInterest,
    /// Listing rule: fees.
    RuleFees,
    /// Listing rule: lot exponent and birth price: a lot must be worth about an atom or less.
    RuleLotValue,
    /// Listing rule: lines one deleveraging walks: raise the limit to 8 or lower it to 64.
    RuleWalk,
    /// Listing rule: lower what a `sync` is paid to at most a tenth of a percent.
    RuleSyncReward,
    /// Exchange rule: raise the smallest deposit above zero, or the deposit limit to at least that, within its bound.
    RuleDeposits,
    /// A deposit below the exchange's smallest amount.
    BelowMinimum,
    /// The account may not open in this market before a slot: it was deleveraged out of distress there.
    Barred,
    /// The liquidator has other positions and no recent whole-account check: set a quote or trade first.
    LiquidatorUnchecked,
    /// The position to close against is on the same side.
    SameSide,
    /// The account to close against has money left to sweep: resolve it first.
    NotSwept,
}
