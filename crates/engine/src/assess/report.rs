//! What assessments say, as lists of fields: the engine's structs, and what TypeScript decodes, are expanded from them.

use crate::units::{Atoms, Bps, Lots, Price};
use crate::wide::{I128, U128};

/// Yes (1) or no (0), as reports store it.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub u32);

impl From<bool> for Flag {
    fn from(value: bool) -> Flag {
        Flag(u32::from(value))
    }
}

/// A refusal by its number ([`crate::Error::number`]); zero: there was none.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusal(pub u32);

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! report_fields {
    ($expand:ident) => {
        $expand! {
            /// What positions are worth against what they must hold, together or alone.
            struct HealthReport {
                /// Equity at spot, 1e-12 atom, exact.
                equity: I128,
                /// What counts towards initial margin, 1e-12 atom: at the worse of spot and EMA widened by confidence, profit
                /// with its haircut.
                initial_equity: I128,
                /// Initial requirement, atoms, rounded up.
                initial: Atoms,
                /// Maintenance requirement, atoms, rounded up.
                maintenance: Atoms,
                /// The part of equity that is other collateral, atoms: it answers, but it is not money and pays nobody.
                pledged: Atoms,
                /// Positions with lots.
                positions: u32,
                /// Positions that could not be valued for want of a mark.
                unmarked: u32,
                /// Whether initial margin is kept, with money of its own.
                is_initial: Flag,
                /// Equity is below maintenance, or no money is behind the positions.
                is_distressed: Flag,
                /// Nothing is left.
                is_bankrupt: Flag,
                /// The money is used up and only other collateral stands behind the positions.
                is_unfunded: Flag,
            }
            /// A position as it is now, though nobody may have touched it since its line was deleveraged or its grid moved.
            struct PositionReport {
                /// Number of the market; 2^64 - 1: the slot is not in use.
                market: u64,
                /// Why nothing else is known of it.
                refusal: Refusal,
                /// Its side; long where there are no lots.
                is_short: Flag,
                /// Lots, without their sign.
                lots: Lots,
                /// Cash with index and spare, 1e-12 atom, exact.
                cash: I128,
                /// The same without spare and what rebases freed: what its key says.
                key_cash: I128,
                /// The position alone.
                health: HealthReport,
                /// Whether it is backed only by its own margin.
                is_isolated: Flag,
                /// Whether its line joined a pool since it was last touched.
                is_pooled: Flag,
                /// Number of its line, or of its pool.
                place: u32,
                /// Number of the record that says so, where it is pooled.
                record: u32,
                /// Its shares of the pool, rounded down.
                shares: u64,
                /// Cash per lot that rebases it has not seen turned into spare, 1e-12 atom.
                freed_per_lot: I128,
                /// `b = K - X`, 1e-12 atom per lot, rounded down: the price at which the position without its spare is worth
                /// nothing. Negative for a long that no price bankrupts; zero without lots.
                bankruptcy_price: I128,
                /// Lots that deleveraging takes before any of its line or pool.
                ahead: Lots,
                /// Lots of its line or pool, its own included: they close in proportion. Zero: it has no rank.
                group: Lots,
                /// Solvent lots of the side in all.
                total: Lots,
                /// Paid on its claims since it was last touched, atoms: becomes vesting profit.
                paid: Atoms,
                /// What its claims are still worth, by the side that was charged: long, then short. Atoms, rounded down.
                owed: [Atoms; 2],
                /// Claim units that are worth it, 1e-12, by the same side.
                units: [U128; 2],
                /// Profit that is not money yet, after haircuts, atoms, rounded down.
                vesting: Atoms,
            }
            /// What one liquidation of a position would take and pay now.
            struct LiquidationReport {
                /// The mark nearest to the position's safe side at which what backs it is in distress, everything else as it
                /// is, 1e-12 atom per lot; zero: there is none.
                price: Price,
                /// Why nobody may liquidate it now.
                refusal: Refusal,
                /// The auction's discount.
                discount: Bps,
                /// Lots that may be taken over at most.
                lots: Lots,
                /// Their value at the mark, atoms.
                value: Atoms,
                /// Discount the account pays, atoms.
                discount_by_account: Atoms,
                /// Discount insurance pays, atoms.
                discount_by_cover: Atoms,
                /// The lots' part of a bankrupt position's deficit, paid by insurance, atoms.
                deficit: Atoms,
                /// Penalty the account pays to insurance, atoms.
                penalty: Atoms,
            }
            /// All that is known of a margin account at a moment.
            struct AccountReport {
                /// Why it could not be assessed as a whole: then only the positions say something.
                refusal: Refusal,
                /// The market that the refusal is about; 2^32 - 1: none.
                refused_market: u32,
                /// Its cross positions together, with what backs them.
                health: HealthReport,
                /// Each slot's position.
                positions: [PositionReport; 8],
                /// What liquidation would do to it.
                liquidations: [LiquidationReport; 8],
            }
            /// What stands against actions in a market now.
            struct GuardReport {
                /// The stricter of the market's breaker level and the exchange's: 0 open, 1 guarded, 2 halted.
                level: u32,
                /// Whether the last mark is final.
                is_settled: Flag,
                /// Reasons that hold the market's breaker, as bits.
                market_reasons: u64,
                /// Reasons that hold the exchange's, as bits.
                exchange_reasons: u64,
                /// What either pauses, as bits.
                paused: u64,
                /// Liquidation and resolution wait until here, unix seconds; in the past: they do not.
                grace_until: i64,
                /// Nobody trades before, unix seconds.
                opens_at: i64,
            }
            /// What a notional requires, atoms, and by what the brackets' own requirements were multiplied.
            struct MarginReport {
                /// Initial margin, rounded up.
                initial: Atoms,
                /// Maintenance margin, rounded up.
                maintenance: Atoms,
                /// Multiple of initial margin.
                initial_multiple: Bps,
                /// Multiple of maintenance margin: never above that of initial margin.
                maintenance_multiple: Bps,
            }
            /// A place in the order of deleveraging, in lots.
            struct RankReport {
                /// Lots taken before any of this place.
                ahead: Lots,
                /// Lots of its line or pool; zero: it is bankrupt, or has none.
                group: Lots,
                /// Solvent lots of the side in all.
                total: Lots,
            }
            /// What other collateral counts, and what an auction of it would sell now.
            struct SaleReport {
                /// Why nothing is sold.
                refusal: Refusal,
                /// Number of the kind that is sold first; 2^32 - 1: the account has no amount of any.
                first: u32,
                /// What a valuation counts towards initial margin, atoms.
                initial: Atoms,
                /// What a valuation counts towards maintenance margin, atoms.
                maintenance: Atoms,
                /// Smallest units sold.
                amount: u64,
                /// What the buyer pays, atoms, rounded up.
                proceeds: Atoms,
                /// The auction's discount now.
                discount: Bps,
                /// Whether the account is bankrupt before it.
                is_bankrupt: Flag,
            }
        }
    };
}
report_fields!(declare);
