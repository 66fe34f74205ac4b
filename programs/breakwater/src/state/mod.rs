//! What the program's accounts hold. Money is in the `books` of each, which belong to the engine; everything else says whose
//! they are.

mod collateral;
mod exchange;
mod insurance;
mod ladder;
mod ledger;
mod margin_account;
mod market;
mod params;
mod proposal;
mod quote;
mod trader;

pub use collateral::{Collateral, CollateralBooks, CollateralParams};
pub use exchange::{Exchange, ExitHold, FreezeClock, GuardianWeek, Outflow, Pause, Pauses, TakenTime};
pub use insurance::{Insurance, InsuranceBooks, Stake, StakeBooks};
pub use ladder::{Block, Ladder, LadderBooks, LadderSide, Line, Pool, Record};
pub use ledger::{LedgerTotals, LossLedger, RecoveryRecord, RECORDS};
pub use margin_account::{
    AccountBooks, DistressClock, Flow, MarginAccount, MarketSlot, Place, Pledge, Position, Slice, Vesting, VestingPart,
};
pub use market::{
    Breaker, Claims, Cover, Funding, Grid, LastMarks, Layer, Mark, Market, MarketBooks, Residue, Scale, Second, Seen,
    SideBook, Stance, Stretch, Tally, Units, VestingBook, Volatility, NEVER_OPENS, SOURCE_NONE, SOURCE_PULL,
    SOURCE_PUSH,
};
pub use params::{Bracket, ExchangeParams, MarketParams};
pub use proposal::{kind, Change, Proposal, CANCELLED, EXECUTED, WAITS};
pub use quote::{Level, Quote, QuoteBooks};
pub use trader::{Debtors, Trader};
