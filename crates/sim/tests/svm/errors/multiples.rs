//! Multiples of margins and fees, the gauge and volatility, out of their bounds.

use breakwater_engine::Bps;

use super::parameters::{list, price};
use super::{case, Case};

macro_rules! rule {
    ($what:literal, $error:ident, $change:expr) => {
        case!($what, $error, price, |stage| list(stage, $change))
    };
}

pub const CASES: &[Case] = &[
    rule!("margins that fall with volatility", RuleMultiples, |params| params.volatility_multiplier_max = Bps(9_999)),
    rule!("margins that fall with stress", RuleMultiples, |params| params.stress_margin = Bps(0)),
    rule!("fees that fall with stress", RuleMultiples, |params| params.stress_fee = Bps(9_999)),
    rule!("more margin than a position is worth", RuleMultiples, |params| {
        params.volatility_multiplier_max = Bps(50_000);
        params.stress_margin = Bps(10_001);
    }),
    rule!("more than all fees for insurance", RuleMultiples, |params| params.stress_insurance_share = Bps(10_001)),
    rule!("less for insurance in stress", RuleMultiples, |params| params.insurance_share = Bps(1)),
    rule!("a gauge that sees nothing", RuleMultiples, |params| params.gauge_distance = Bps(0)),
    rule!("a gauge that sees everything", RuleMultiples, |params| params.gauge_distance = Bps(5_001)),
    rule!("always stressed", RuleMultiples, |params| params.gauge_stress = Bps(0)),
    rule!("a phase for a moment", RuleMultiples, |params| params.phase_hold_seconds = 59),
    rule!("no volatility is normal", RuleVolatility, |params| params.volatility_normal = Bps(0)),
    rule!("any volatility is normal", RuleVolatility, |params| params.volatility_normal = Bps(10_001)),
    rule!("volatility of a moment", RuleVolatility, |params| params.volatility_window_seconds = 59),
    rule!("volatility of ever", RuleVolatility, |params| params.volatility_window_seconds = u64::MAX),
    rule!("maintenance that stands still", RuleVolatility, |params| params.maintenance_rate = Bps(0)),
    rule!("maintenance overnight", RuleVolatility, |params| params.maintenance_rate = Bps(10_001)),
];
