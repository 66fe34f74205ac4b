//! The operations of a day and their fields. Unknown fields are an error.

use serde::Deserialize;

use crate::decimal::Decimal;

pub use crate::shared::{BracketOp, MarketOp, Parameters};

/// An operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table of operations says what each field means")]
pub enum Op {
    Exchange(ExchangeOp),
    Market(MarketOp),
    Insurance { usd: Decimal },
    Cover { market: String, usd: Decimal },
    Stake { staker: String, usd: Decimal },
    RequestUnstake { staker: String, usd: Decimal },
    Unstake { staker: String, usd: Decimal },
    Layer(LayerOp),
    Account { name: String, owner: Option<String> },
    Accounts { csv: String, with: String },
    Deposit { account: String, usd: Decimal },
    Withdraw { account: String, usd: Decimal },
    Isolate { account: String, market: String, on: bool },
    Price(PriceOp),
    Publish(PriceOp),
    Cross(CrossOp),
    Quote(QuoteOp),
    CancelQuote { account: String, market: String },
    Trade(TradeOp),
    Advance { slots: u64, seconds: Option<u32> },
    Sync { account: String },
    Liquidate(LiquidateOp),
    Declare { account: String, market: Option<String> },
    Buy { market: String, side: SideOp, by: String, size: Decimal },
    Resolve { market: String },
    Deleverage { account: String, market: String },
    Claim { account: String, market: String },
    Donate { market: String, side: SideOp, usd: Decimal },
    Collateral(CollateralOp),
    CollateralPrice { mint: String, price: Decimal, conf: Option<Decimal> },
    DepositCollateral { account: String, mint: String, amount: Decimal },
    WithdrawCollateral { account: String, mint: String, amount: Decimal },
    BuyCollateral { account: String, mint: String, amount: Decimal, by: Option<String> },
    FundEstate { market: String },
    SettleMarket { market: String },
    MigrateGrid { market: String },
    SettlePosition { market: String, account: String },
    Skim { vault: VaultOp },
    Pause(PauseOp),
    Freeze(PauseOp),
    Breaker(PauseOp),
    Policy(PolicyOp),
    Check {},
}

/// Which parameters an exchange and its markets begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Those of a network with users.
    #[default]
    Recommended,
    /// The waterfall alone: what reacts before a failure never does.
    WithoutGuards,
}

/// The first line.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ExchangeOp {
    /// What parameters begin with.
    #[serde(default)]
    pub preset: Preset,
    /// Every other parameter.
    #[serde(flatten)]
    pub parameters: Parameters,
}

/// Outside capital.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table of operations says what each field means")]
pub struct LayerOp {
    pub market: String,
    pub underwriter: String,
    pub usd: Decimal,
    pub attachment_usd: Decimal,
    pub premium_bps: u32,
    pub seconds: u64,
}

/// What a source publishes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceOp {
    /// Where.
    pub market: String,
    /// Spot.
    pub price: Decimal,
    /// Half-width of its confidence interval; default 0.
    pub conf: Option<Decimal>,
    /// The source's moving average; default spot.
    pub ema: Option<Decimal>,
    /// 1 or 2; default 1.
    pub source: Option<u8>,
    /// Slots that pass first; default 1.
    pub slots: Option<u64>,
    /// Seconds that pass first; default 1.
    pub seconds: Option<u32>,
}

/// Two accounts trade.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table of operations says what each field means")]
pub struct CrossOp {
    pub market: String,
    pub buyer: String,
    pub seller: String,
    pub size: Decimal,
    pub price: Decimal,
    #[serde(default)]
    pub reduce_only: bool,
}

/// One offer: `price` or `offset`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelOp {
    /// A fixed price.
    pub price: Option<Decimal>,
    /// The distance behind the mark.
    pub offset: Option<Decimal>,
    /// How much.
    pub size: Decimal,
}

/// Resting offers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table of operations says what each field means")]
pub struct QuoteOp {
    pub account: String,
    pub market: String,
    #[serde(default)]
    pub bids: Vec<LevelOp>,
    #[serde(default)]
    pub asks: Vec<LevelOp>,
    pub age_slots: Option<u32>,
    #[serde(default)]
    pub reduce_only: bool,
}

/// An order against quotes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table of operations says what each field means")]
pub struct TradeOp {
    pub account: String,
    pub market: String,
    pub side: SideOp,
    pub size: Decimal,
    pub limit: Decimal,
    pub makers: Vec<String>,
    pub min_fill: Option<Decimal>,
    #[serde(default)]
    pub reduce_only: bool,
}

/// Tier 1: `by` takes over, or `makers` fill.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table of operations says what each field means")]
pub struct LiquidateOp {
    pub account: String,
    pub market: String,
    pub by: Option<String>,
    pub makers: Option<Vec<String>>,
    pub size: Option<Decimal>,
}

/// Another mint to list.
#[derive(Clone, Debug, Deserialize)]
pub struct CollateralOp {
    /// What the script calls it.
    pub mint: String,
    /// Its parameters.
    #[serde(flatten)]
    pub parameters: Parameters,
}

/// Action classes to pause, of a market or of the exchange.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseOp {
    /// Where; everywhere by default.
    pub market: Option<String>,
    /// Which action classes.
    pub bits: Option<u64>,
    /// For how long.
    pub slots: Option<u64>,
}

/// A keeper at work after every price.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyOp {
    /// Whose account takes over and buys.
    pub keeper: String,
    /// The value of lots it takes over and buys at most; unbounded by default.
    pub budget_usd: Option<Decimal>,
    /// What it does.
    #[serde(rename = "do")]
    pub tasks: Vec<Task>,
}

/// What a keeper does, in the order it does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is an operation's name")]
pub enum Task {
    Observe,
    Sync,
    Liquidate,
    Declare,
    Buy,
    Resolve,
}

/// A side of a market; of an order what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideOp {
    /// Gains when the price rises.
    #[serde(alias = "buy")]
    Long,
    /// Gains when the price falls.
    #[serde(alias = "sell")]
    Short,
}

/// A token vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultOp {
    /// What traders own.
    Collateral,
    /// What insures them.
    Insurance,
}

impl From<SideOp> for breakwater_engine::Side {
    fn from(side: SideOp) -> breakwater_engine::Side {
        match side {
            SideOp::Long => breakwater_engine::Side::Long,
            SideOp::Short => breakwater_engine::Side::Short,
        }
    }
}

impl Op {
    /// Its name in the script.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Op::Exchange(_) => "exchange",
            Op::Market(_) => "market",
            Op::Insurance { .. } => "insurance",
            Op::Cover { .. } => "cover",
            Op::Stake { .. } => "stake",
            Op::RequestUnstake { .. } => "request_unstake",
            Op::Unstake { .. } => "unstake",
            Op::Layer(_) => "layer",
            Op::Account { .. } => "account",
            Op::Accounts { .. } => "accounts",
            Op::Deposit { .. } => "deposit",
            Op::Withdraw { .. } => "withdraw",
            Op::Isolate { .. } => "isolate",
            Op::Price(_) => "price",
            Op::Publish(_) => "publish",
            Op::Cross(_) => "cross",
            Op::Quote(_) => "quote",
            Op::CancelQuote { .. } => "cancel_quote",
            Op::Trade(_) => "trade",
            Op::Advance { .. } => "advance",
            Op::Sync { .. } => "sync",
            Op::Liquidate(_) => "liquidate",
            Op::Declare { .. } => "declare",
            Op::Buy { .. } => "buy",
            Op::Resolve { .. } => "resolve",
            Op::Deleverage { .. } => "deleverage",
            Op::Claim { .. } => "claim",
            Op::Donate { .. } => "donate",
            Op::Collateral(_) => "collateral",
            Op::CollateralPrice { .. } => "collateral_price",
            Op::DepositCollateral { .. } => "deposit_collateral",
            Op::WithdrawCollateral { .. } => "withdraw_collateral",
            Op::BuyCollateral { .. } => "buy_collateral",
            Op::FundEstate { .. } => "fund_estate",
            Op::SettleMarket { .. } => "settle_market",
            Op::MigrateGrid { .. } => "migrate_grid",
            Op::SettlePosition { .. } => "settle_position",
            Op::Skim { .. } => "skim",
            Op::Pause(_) => "pause",
            Op::Freeze(_) => "freeze",
            Op::Breaker(_) => "breaker",
            Op::Policy(_) => "policy",
            Op::Check {} => "check",
        }
    }
}
