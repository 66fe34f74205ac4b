//! Every reason an instruction can refuse for. The message says what to do. Numbers are frozen: append only.

use anchor_lang::prelude::*;

/// The program's own reasons from 6000, the engine's from 6100.
#[error_code]
#[allow(missing_docs, reason = "each message says it")]
#[derive(PartialEq, Eq)]
pub enum BreakwaterError {
    #[msg("Sign with the owner of the margin account, or with the exchange's authority for its instructions")]
    Unauthorised = 0,
    #[msg("Pass the vault pinned in the exchange")]
    WrongVault,
    #[msg("Pass the vault authority pinned in the exchange")]
    WrongVaultAuthority,
    #[msg("Pass a token account of the exchange's mint, which must have 6 decimals")]
    WrongMint,
    #[msg("Pass an initialised account of the SPL token program")]
    NotATokenAccount,
    #[msg("Pass a price account of the feed pinned in the market")]
    WrongFeed,
    #[msg("Pass a price account owned by the oracle program pinned in the exchange")]
    WrongOracleOwner,
    #[msg("Pass a price account: these bytes are none")]
    WrongOracleAccount,
    #[msg("Post the price update with full verification")]
    PriceNotVerified,
    #[msg("The source is 0 (Pyth pull) or 1 (Pyth push)")]
    WrongSource,
    #[msg("Pass each account once: nobody is two parties of one instruction")]
    DuplicateAccount,
    #[msg("Pass an account of this market")]
    WrongMarket,
    #[msg("Pass an account of this exchange")]
    WrongExchange,
    #[msg("Pass the ladder pinned in the market")]
    WrongLadder,
    #[msg("Pass the insurance account pinned in the exchange")]
    WrongInsurance,
    #[msg("Pass the loss ledger pinned in the exchange")]
    WrongLedger,
    #[msg("Pass the quote of this margin account in this market")]
    WrongQuote,
    #[msg("List the market with the next free number")]
    WrongIndex,
    #[msg("Pass the other accounts in pairs: market and ladder, then maker and quote")]
    AccountsNotInPairs,
    #[msg("Pass at most four makers, and say how many")]
    TooManyMakers,
    #[msg("The side is 0 (buy) or 1 (sell)")]
    UnknownSide,
    #[msg("Use only the pause bits that exist")]
    UnknownPauseBits,
    #[msg("Deposit less, or only what the account's positions need and pass their markets: the exchange holds as much as it accepts")]
    DepositsFull,
    #[msg("Pass this account writable")]
    NotWritable,
    #[msg("Pass an account of the type this instruction expects")]
    WrongAccountType,
    #[msg("Pass an account of this program")]
    WrongOwner,
    #[msg("Open the account first: it is closed or was never opened")]
    AccountClosed,
    #[msg("Sign a transaction of its own: authority instructions refuse durable nonces")]
    DurableNonce,
    #[msg("Pass the instructions sysvar")]
    WrongInstructionsSysvar,
    #[msg("Pass the trader record of the account's owner")]
    WrongTrader,
    #[msg("Pass the treasury and the keeper-fee token accounts pinned in the exchange")]
    WrongTreasury,
    #[msg("Pass the stake of this owner in this exchange")]
    WrongStake,
    #[msg("Pass the proposal of this exchange with this number")]
    WrongProposal,
    #[msg("Pass the collateral pinned in the exchange")]
    WrongCollateral,
    #[msg("Sign with the address that funds this layer")]
    WrongUnderwriter,
    #[msg("Pass the market's second price source, and none where it has none")]
    WrongSecondSource,
    #[msg("Use a kind of change that exists")]
    UnknownChange,
    #[msg("Take out a kind of collateral first: three are listed")]
    CollateralSlotsFull,
    #[msg("Have the authority offered again: the week to accept it in has passed")]
    OfferLapsed,
    #[msg("Nothing to revoke: the authority is offered to nobody")]
    NothingOffered,
    #[msg("Create the ladder with the seed of this market: it is bound to the market it was created for")]
    LadderElsewhere,
    #[msg("Name a program as the oracle and pass it: this account runs nothing")]
    NotAProgram,
    #[msg("Have the authority cancel it: a guardian does not veto who replaces him")]
    OwnReplacement,
    #[msg("Pause these on the exchange: instructions they are for ask no market")]
    ExchangeWidePause,
    #[msg("A number would leave its bounds: use a smaller amount")]
    Overflow = 100,
    #[msg("The books do not add up: report this, nothing was changed")]
    NotConserved,
    #[msg("Use an amount above zero")]
    ZeroAmount,
    #[msg("Use a multiple of the market's step, not above the largest order")]
    WrongStep,
    #[msg("Deposit, or take margin out of a position first: free cash does not reach")]
    InsufficientFreeCash,
    #[msg("Add margin or reduce: initial margin would not be kept")]
    InsufficientMargin,
    #[msg("Take out less: only paid-in margin can leave an open position")]
    InsufficientPaidIn,
    #[msg("Reduce without lowering the account's health, or add margin first")]
    HealthFalls,
    #[msg("Close a position first: all eight market slots are in use")]
    SlotsFull,
    #[msg("The account has nothing in this market: pass one it has a position in")]
    NoPosition,
    #[msg("Pass every market of the account")]
    MarketMissing,
    #[msg("Deposit, add margin or wait: the account must resolve its bankruptcy first")]
    Bankrupt,
    #[msg("Liquidate instead: the account is not bankrupt")]
    NotBankrupt,
    #[msg("Leave it: the account is above maintenance margin")]
    NotInDistress,
    #[msg("Try again when the auction window has run out or the cover is used up")]
    TooEarly,
    #[msg("Use fewer lots, or zero for as many as allowed")]
    TooMuch,
    #[msg("Try again in the next window: this one's slice is taken")]
    SliceUsed,
    #[msg("Resolve instead: the cover cannot pay the deficit of these lots")]
    CoverExhausted,
    #[msg("Call sync_position on old positions to free ladder records, then try again")]
    RecordsFull,
    #[msg("Pass a bankrupt position of the other side: nobody solvent stands there")]
    NobodySolvent,
    #[msg("Add margin or rebase: the bankruptcy price is off the ladder's grid")]
    KeyOffGrid,
    #[msg("Call rebase until the market's grid has moved")]
    Rebasing,
    #[msg("Leave it: the grid still fits")]
    RebaseNotDue,
    #[msg("Call sync_position on members of the oldest grid first")]
    GridHistoryFull,
    #[msg("Reduce, or trade the other side: the market's shortfall exceeds its insurance")]
    Uninsured,
    #[msg("Use fewer lots: the market's open interest is at its cap")]
    OpenInterestCap,
    #[msg("Close the position entirely or keep at least the market's smallest size")]
    DustPosition,
    #[msg("Order the levels of a quote from the best price to the worst")]
    QuotesOutOfOrder,
    #[msg("Pass other makers: every quote passed has expired, was cancelled or needs a new account check")]
    QuoteNotLive,
    #[msg("Use a price within the band around the mark")]
    PriceOutOfBand,
    #[msg("Use another limit: nothing is offered there")]
    LimitNotReached,
    #[msg("Pass other makers or another limit: nothing could be filled")]
    NothingFilled,
    #[msg("Trade with somebody else's quote")]
    SelfTrade,
    #[msg("Call refresh_market in the same transaction: the mark is too old")]
    StaleMark,
    #[msg("Wait for a better price: this action is not permitted at the mark's quality")]
    PriceQuality,
    #[msg("Wait until the pause is lifted")]
    Paused,
    #[msg("Wait until the market's mode permits this action")]
    MarketHalted,
    #[msg("Add margin to the position: it is isolated and draws on nothing")]
    Isolated,
    #[msg("Bring every other position to initial margin first")]
    CannotIsolate,
    #[msg("Withdraw everything and close all positions first")]
    AccountNotEmpty,
    #[msg("List at a price update with a positive price and average")]
    PriceNotPositive,
    #[msg("Pass a price update with an exponent from -12 to 0")]
    PriceExponent,
    #[msg("Pass a price update that is not ahead of the cluster's clock")]
    PriceFromFuture,
    #[msg("Pass a price update that is not older than the market's mark")]
    PriceWentBack,
    #[msg("Listing rule: maintenance fractions stay below initial fractions, and those at most one")]
    RuleInitialAboveMaintenance,
    #[msg("Listing rule: largest discount, penalty and fee together stay below every maintenance fraction")]
    RulePenaltyBelowMaintenance,
    #[msg("Listing rule: one to four brackets whose bounds and fractions rise")]
    RuleBracketsRise,
    #[msg(
        "Listing rule: raise the step above zero and the smallest position to a multiple of it worth a cent or more"
    )]
    RuleStep,
    #[msg("Listing rule: set the band around the mark above zero and below one")]
    RuleBand,
    #[msg("Listing rule: set price ages above zero, good bounds at most the usable ones, and divergence and jump wide enough for tenfold and for a tenth")]
    RulePriceBounds,
    #[msg("Listing rule: set funding times above zero and one accrual below the smallest maintenance fraction")]
    RuleFunding,
    #[msg(
        "Listing rule: set auction, window and observation slots above zero, and the slice above zero and at most one"
    )]
    RuleAuction,
    #[msg("Listing rule: set the event share above zero and at most one, and the epoch above zero")]
    RuleCover,
    #[msg("Listing rule: let profit vest for an hour or more, and count at most all of it")]
    RuleVesting,
    #[msg("Listing rule: set the open-interest cap above zero and within what the arithmetic holds")]
    RuleOpenInterest,
    #[msg("Listing rule: lower the fees")]
    RuleFees,
    #[msg("Listing rule: a lot is worth about an atom or less at listing")]
    RuleLotValue,
    #[msg("Listing rule: walk at least 8 lines and at most what a walk holds")]
    RuleWalk,
    #[msg("Listing rule: lower the sync reward")]
    RuleSyncReward,
    #[msg("Exchange rule: set the smallest deposit above zero and at most the most collateral")]
    RuleDeposits,
    #[msg("Deposit at least the exchange's minimum")]
    BelowMinimum,
    #[msg("Wait: the account was deleveraged out of distress and may not open here yet")]
    Barred,
    #[msg("Set a quote or trade first: the liquidator has other positions and no recent whole-account check")]
    LiquidatorUnchecked,
    #[msg("Pass a bankrupt position of the other side")]
    SameSide,
    #[msg("Resolve the account to close against first: it has money left to sweep")]
    NotSwept,
    #[msg("Request the withdrawal, or wait: the outflow window is used up until the time logged")]
    OutflowLimit,
    #[msg("Request the withdrawal first")]
    NothingRequested,
    #[msg("Wait until the time logged: the requested withdrawal is in the queue")]
    RequestNotReady,
    #[msg("Take out or let lapse the withdrawal that is in the queue")]
    AlreadyRequested,
    #[msg("Wait until the timelock of the listing has run out")]
    MarketNotOpen,
    #[msg("Wait: liquidation goes on a grace period after a halt or a pause")]
    GracePeriod,
    #[msg("Leave it: no breaker's condition holds in the accounts passed")]
    NothingTripped,
    #[msg("Close at the settled mark: the market is settled and trades no more")]
    MarketSettled,
    #[msg("Settle the market first")]
    NotSettled,
    #[msg("Wait: the market had an accepted mark too lately to be settled")]
    SettleTooEarly,
    #[msg("Use the number of a parameter that exists")]
    UnknownParameter,
    #[msg("Change the parameter in smaller steps")]
    StepTooLarge,
    #[msg("Propose another value: it is that already")]
    NothingChanges,
    #[msg("Propose the change and wait for the timelock: it loosens something")]
    Loosens,
    #[msg("Wait until the proposal's timelock has run out")]
    ProposalTooEarly,
    #[msg("Propose again: the proposal was not executed in time")]
    ProposalExpired,
    #[msg("Propose again: the proposal was executed or cancelled")]
    ProposalClosed,
    #[msg("Propose again: the parameter has changed since")]
    ProposalOutdated,
    #[msg("Pause for a shorter time")]
    PauseTooLong,
    #[msg("Ask the authority: the guardian has paused three times this week")]
    PausesUsedUp,
    #[msg("Wait: the last freeze is too recent for another")]
    FreezeTooSoon,
    #[msg("Leave out the freeze bit: only the authority freezes")]
    OnlyAuthorityFreezes,
    #[msg("Wait until the pause has expired")]
    PauseNotExpired,
    #[msg("Stake more: it is below the smallest stake, or buys no share")]
    StakeTooSmall,
    #[msg("Use fewer shares: the stake has not that many")]
    InsufficientShares,
    #[msg("Wait until the stake's cool-down is over")]
    ExitCooling,
    #[msg("Wait: what would be left would not cover the shortfall and the target, or a market recovers")]
    ExitWaits,
    #[msg("Choose another seat: this layer is in use")]
    LayerTaken,
    #[msg("Fund less: the layer would exceed its limit, or was not offered")]
    LayerFull,
    #[msg("Choose another layer: this one has expired")]
    LayerExpired,
    #[msg("Wait: the layer has not expired, or the market still needs it")]
    LayerBound,
    #[msg("Use terms within their bounds")]
    LayerTerms,
    #[msg("Wait: nothing the account is owed has been paid")]
    NothingToClaim,
    #[msg("Name a side that is owed something")]
    NothingOwed,
    #[msg("Wait: the fund holds nothing above its target")]
    NoSurplus,
    #[msg("Pass the account that owes and its markets: debts are served first")]
    DebtFirst,
    #[msg("Call value_collateral in the same transaction")]
    CollateralUnvalued,
    #[msg("Call auction_collateral first, on the first kind that has a price: other collateral is sold before insurance pays")]
    CollateralFirst,
    #[msg("Pay in less: the exchange accepts no more of this collateral")]
    CollateralCap,
    #[msg("Use a smaller amount: the account has not that much of this collateral")]
    InsufficientCollateral,
    #[msg("Pass every market of the exchange")]
    AllMarkets,
    #[msg("Listing rule: margins times their largest multiples stay at most one, and multiples at least one")]
    RuleMultiples,
    #[msg("Listing rule: bound the holds, the grace, the settling time and the gauge")]
    RuleBreakers,
    #[msg("Listing rule: bound volatility's window, normal and rate")]
    RuleVolatility,
    #[msg("Exchange rule: bound the timelock and the cool-down")]
    RuleTimelock,
    #[msg("Exchange rule: bound the outflow windows")]
    RuleOutflow,
    #[msg("Exchange rule: bound the shares of revenue, the target and the drawdown")]
    RuleInsurance,
    #[msg("Collateral rule: bound haircut, caps, price and auction")]
    RuleCollateral,
    #[msg("Listing rule: raise the fees, impactShareBps or fundingPeriodSeconds, or lower fundingRateMax or fundingEmaSeconds, until moving the premium costs more than it pays")]
    RuleImpact,
    #[msg("Refresh the account's other markets and pass them writable, or ask a better price: the position closes for less than it owes")]
    LegUnderwater,
    #[msg(
        "Pass other makers, another limit or a smaller least fill: less was offered than the order asks for at least"
    )]
    MinFillNotReached,
    #[msg("Ask for the exit again: the two days after its cool-down have passed")]
    ExitLapsed,
    #[msg("Pass the page of ended lists that holds the money")]
    PageMissing,
}

/// Turns the engine's refusals into the program's.
pub trait Explain<T> {
    /// The same result with an error a wallet can show.
    fn explained(self) -> Result<T>;
}

impl<T> Explain<T> for breakwater_engine::Result<T> {
    fn explained(self) -> Result<T> {
        self.map_err(|error| BreakwaterError::from(error).into())
    }
}

macro_rules! same_names {
    ($($name:ident),+ $(,)?) => {
        impl From<breakwater_engine::Error> for BreakwaterError {
            fn from(error: breakwater_engine::Error) -> BreakwaterError {
                match error {
                    $(breakwater_engine::Error::$name => BreakwaterError::$name,)+
                }
            }
        }
    };
}

// Exhaustive: an engine error without a number here does not compile.
#[rustfmt::skip]
same_names!(
    Overflow, NotConserved, ZeroAmount, WrongStep, InsufficientFreeCash, InsufficientMargin,
    InsufficientPaidIn, HealthFalls, SlotsFull, NoPosition, MarketMissing, Bankrupt, NotBankrupt,
    NotInDistress, TooEarly, TooMuch, SliceUsed, CoverExhausted, RecordsFull, NobodySolvent, KeyOffGrid,
    Rebasing, RebaseNotDue, GridHistoryFull, Uninsured, OpenInterestCap, DustPosition, QuotesOutOfOrder,
    QuoteNotLive, PriceOutOfBand, LimitNotReached, NothingFilled, SelfTrade, StaleMark, PriceQuality, Paused,
    MarketHalted, Isolated, CannotIsolate, AccountNotEmpty, PriceNotPositive, PriceExponent, PriceFromFuture,
    PriceWentBack, RuleInitialAboveMaintenance, RulePenaltyBelowMaintenance, RuleBracketsRise, RuleStep,
    RuleBand, RulePriceBounds, RuleFunding, RuleAuction, RuleCover, RuleVesting, RuleOpenInterest, RuleFees,
    RuleLotValue, RuleWalk, RuleSyncReward, RuleDeposits, BelowMinimum, Barred, LiquidatorUnchecked, SameSide,
    NotSwept,
    OutflowLimit, NothingRequested, RequestNotReady, AlreadyRequested, MarketNotOpen, GracePeriod,
    NothingTripped, MarketSettled, NotSettled, SettleTooEarly, UnknownParameter, StepTooLarge, NothingChanges,
    Loosens, ProposalTooEarly, ProposalExpired, ProposalClosed, ProposalOutdated, PauseTooLong, PausesUsedUp,
    FreezeTooSoon, OnlyAuthorityFreezes, PauseNotExpired, StakeTooSmall, InsufficientShares, ExitCooling,
    ExitWaits, LayerTaken, LayerFull, LayerExpired, LayerBound, LayerTerms, NothingToClaim, NothingOwed,
    NoSurplus, DebtFirst, CollateralUnvalued, CollateralFirst, CollateralCap, InsufficientCollateral,
    AllMarkets, RuleMultiples, RuleBreakers, RuleVolatility, RuleTimelock, RuleOutflow, RuleInsurance,
    RuleCollateral, RuleImpact, LegUnderwater, MinFillNotReached, ExitLapsed, PageMissing,
);
