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
    /// Levels of a quote are not in the order of their price.
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
    /// Price is not positive: nothing is listed at it.
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
    /// Listing rule: profit vesting and haircuts.
    RuleVesting,
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
    /// The outflow window is used up: request the withdrawal.
    OutflowLimit,
    /// The account has requested no withdrawal.
    NothingRequested,
    /// The requested withdrawal's time has not come.
    RequestNotReady,
    /// The account has a withdrawal in the queue already.
    AlreadyRequested,
    /// The market is listed and not yet open.
    MarketNotOpen,
    /// Liquidation waits a grace period after a halt or a pause.
    GracePeriod,
    /// No condition of a breaker holds in the accounts passed.
    NothingTripped,
    /// The market is settled: positions only close at its last mark.
    MarketSettled,
    /// The market is not settled.
    NotSettled,
    /// The market had an accepted mark too lately to be settled.
    SettleTooEarly,
    /// No parameter has this number.
    UnknownParameter,
    /// The change exceeds the parameter's largest step.
    StepTooLarge,
    /// The change changes nothing.
    NothingChanges,
    /// The change loosens something: it waits in a proposal.
    Loosens,
    /// The proposal's timelock has not run out.
    ProposalTooEarly,
    /// The proposal has expired.
    ProposalExpired,
    /// The proposal was executed or cancelled.
    ProposalClosed,
    /// The parameter has changed since the proposal was made.
    ProposalOutdated,
    /// The pause would last longer than its setter may pause.
    PauseTooLong,
    /// The guardian has paused three times this week.
    PausesUsedUp,
    /// The last freeze is too recent for another.
    FreezeTooSoon,
    /// Only the authority freezes.
    OnlyAuthorityFreezes,
    /// The pause has not expired.
    PauseNotExpired,
    /// The stake is below the smallest, or buys no share.
    StakeTooSmall,
    /// The stake has fewer shares.
    InsufficientShares,
    /// The stake's cool-down is not over.
    ExitCooling,
    /// What would be left would not cover U and the target, or a market recovers.
    ExitWaits,
    /// The layer's seat is taken.
    LayerTaken,
    /// The layer would exceed its limit, or has none.
    LayerFull,
    /// The layer has expired.
    LayerExpired,
    /// The layer has not expired, or the market still needs it.
    LayerBound,
    /// The layer's terms are out of bounds.
    LayerTerms,
    /// The account is owed nothing that has been paid.
    NothingToClaim,
    /// The side is owed nothing.
    NothingOwed,
    /// The fund holds nothing above its target.
    NoSurplus,
    /// Another account of the owner owes: pass it with its markets.
    DebtFirst,
    /// The account's collateral has not been valued lately.
    CollateralUnvalued,
    /// The account's other collateral is sold before insurance pays.
    CollateralFirst,
    /// More of this collateral than the exchange accepts.
    CollateralCap,
    /// The account has not that much of this collateral.
    InsufficientCollateral,
    /// A market of the exchange was not passed.
    AllMarkets,
    /// Listing rule: margins times their largest multiples stay at most one, and multiples at least one.
    RuleMultiples,
    /// Listing rule: holds, grace and settling time of the breakers, and the cascade gauge.
    RuleBreakers,
    /// Listing rule: volatility's window and rate.
    RuleVolatility,
    /// Exchange rule: timelock and cool-down.
    RuleTimelock,
    /// Exchange rule: outflow windows.
    RuleOutflow,
    /// Exchange rule: shares of revenue, target and drawdown.
    RuleInsurance,
    /// Collateral rule: haircut, caps, price bounds and auction.
    RuleCollateral,
    /// Listing rule: moving the premium costs more than it earns.
    RuleImpact,
    /// The position closes for less than it owes, and what was passed of a solvent account does not pay it: refresh its other
    /// markets and pass them writable.
    LegUnderwater,
    /// Less fills than the order asks for at least.
    MinFillNotReached,
    /// The time to leave has passed.
    ExitLapsed,
    /// A page of ended lists that holds money of the account was not passed.
    PageMissing,
}

/// Number of the first error: the program's own reasons come before.
const FIRST: u32 = 6_100;

impl Error {
    /// The number the program reports it by.
    #[must_use]
    pub const fn number(self) -> u32 {
        #[allow(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "a discriminant below 256")]
        {
            FIRST + self as u32
        }
    }
}
