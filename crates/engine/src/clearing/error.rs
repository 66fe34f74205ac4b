//! Why clearing refuses. A refusal changes nothing the caller keeps.

/// The result of a verb.
pub type Result<T> = core::result::Result<T, Error>;

/// Every reason beyond those of the rooms below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A room below refused.
    Engine(crate::Error),
    /// The market's source is gone, or it is halted or paused.
    NoUsableMark,
    /// The account is in distress: cure it first.
    InDistress,
    /// The account is bankrupt: it is declared, not liquidated.
    Bankrupt,
    /// The account is not bankrupt.
    NotBankrupt,
    /// The account is not in distress.
    NotInDistress,
    /// The account has no such position.
    NoPosition,
    /// The position is isolated.
    Isolated,
    /// The position is under water: siblings must lift it first.
    UnderWater,
    /// The account would be below its initial margin.
    InsufficientMargin,
    /// Less would fill than the order's smallest fill.
    TooLittleFilled,
    /// Reducing may not make the account's health fall.
    HealthFalls,
    /// Both parties are one account.
    SelfTrade,
    /// The market is guarded.
    Guarded,
    /// The market is settled: positions only close.
    Settled,
    /// The market is not settled.
    NotSettled,
    /// The side's lots leave a holdback: no lots enter it.
    HoldbackStands,
    /// The side's loss event lives, or has charged: no account opens on it.
    LossEventLives,
    /// A shortfall is not covered by what lasts: no account opens in the market.
    ShortfallUninsured,
    /// Insurance covers an estate that lacks: call `fund_estate` first.
    EstateUnfunded,
    /// No estate of the market lacks anything.
    NothingToFund,
    /// The estate has no lots.
    NoEstate,
    /// Insurance does not cover the estates: they are not for sale.
    EstateUninsured,
    /// The estate has no lots and lacks nothing but what other markets' events hold of it: `fund_estate` collects that.
    EstateWaits,
    /// The sale of the estate still runs.
    SaleRuns,
    /// The estate is too young to be resolved.
    EstateTooYoung,
    /// Lots under water are not declared yet.
    UndeclaredLots,
    /// The mark is far from its reference.
    FarFromReference,
    /// Pre-emptive deleveraging waits for takers first.
    DeleverageTooEarly,
    /// Too few solvent lots stand opposite.
    TooFewOpposite,
    /// Nothing may be taken now: the window's slice is used up.
    NothingToTake,
    /// The account may not open here before a slot: it was deleveraged out of distress.
    Barred,
    /// A market is passed twice, or not in the order of their numbers.
    DuplicateMarket,
    /// A market has not reported to the insurance fund in the last two windows: call `report_to_fund` for each that has not.
    ReportsMissing,
    /// Nothing can be taken out.
    NothingWithdrawable,
    /// A mark that counts was published more than `action_age_slots` ago: refresh the market in the same transaction.
    MarkTooOld,
    /// The order would raise what insurance lacks at a move of `adequacy_move`: trade fewer lots, or with more margin.
    ReserveInadequate,
    /// An asset of the account's other collateral was not passed.
    CollateralMissing,
    /// The asset takes no deposits: it is closed or delisted.
    CollateralClosed,
    /// The mint has a freeze authority, and its listing does not say so.
    FreezeAuthority,
    /// The asset's source lives and its mark is old: refresh it first.
    CollateralNotRefreshed,
    /// The side's lists do not need the page yet.
    PageNotDue,
    /// No loss event of the market is due to end.
    NothingToEnd,
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Error {
        Error::Engine(error)
    }
}
