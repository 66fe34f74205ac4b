//! Why a price is not good, and what else guards a market.

use crate::breaker::Level;

/// Why a price is not good, and what else trips a breaker: a bit per cause, so that clearing one clears no other (F14).
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons(pub u64);

impl Reasons {
    /// Nothing is wrong.
    pub const NONE: Reasons = Reasons(0);
    /// Published longer ago than the market allows.
    pub const STALE: Reasons = Reasons(1);
    /// The confidence interval is wide.
    pub const WIDE: Reasons = Reasons(1 << 1);
    /// Spot is many times its average, or a small part of it.
    pub const DIVERGENCE: Reasons = Reasons(1 << 2);
    /// Spot is farther from the last mark than the slots since then explain.
    pub const JUMP: Reasons = Reasons(1 << 3);
    /// Spot or its average is zero, negative, or rounds to nothing.
    pub const NOT_POSITIVE: Reasons = Reasons(1 << 4);
    /// Two sources, both sure, say different prices.
    pub const DISAGREEMENT: Reasons = Reasons(1 << 5);
    /// Much of open interest is close to bankruptcy.
    pub const GAUGE: Reasons = Reasons(1 << 6);
    /// U exceeds what the cover may pay.
    pub const UNINSURED: Reasons = Reasons(1 << 7);
    /// The insurance fund has fallen far within a day.
    pub const DRAWDOWN: Reasons = Reasons(1 << 8);
    /// Much of what may leave the vault has left.
    pub const OUTFLOW: Reasons = Reasons(1 << 9);
    /// The first source is stale and the mark is the second's.
    pub const SECOND: Reasons = Reasons(1 << 10);
    /// Realized volatility is beyond what the market is guarded at.
    pub const VOLATILITY: Reasons = Reasons(1 << 11);
    /// Much of open interest was liquidated or declared lately.
    pub const ORDER_FLOW: Reasons = Reasons(1 << 12);
    /// The cluster restarted, and the mark is older or has only just been renewed.
    pub const RESTART: Reasons = Reasons(1 << 13);

    /// What makes a price bad, and so halts: in such a market nobody knows who is bankrupt.
    pub const HALTING: Reasons = Reasons(0b1_1111);
    /// Whether any of them halts.
    #[must_use]
    pub const fn is_halting(self) -> bool {
        self.0 & Reasons::HALTING.0 != 0
    }

    /// What they leave allowed together.
    #[must_use]
    pub const fn level(self) -> Level {
        if self.0 == 0 {
            Level::Open
        } else if self.is_halting() {
            Level::Halted
        } else {
            Level::Guarded
        }
    }

    /// What is in both sets.
    #[must_use]
    pub const fn both(self, other: Reasons) -> Reasons {
        Reasons(self.0 & other.0)
    }

    /// These but for `other`.
    #[must_use]
    pub const fn without(self, other: Reasons) -> Reasons {
        Reasons(self.0 & !other.0)
    }

    /// Both sets.
    #[must_use]
    pub const fn and(self, other: Reasons) -> Reasons {
        Reasons(self.0 | other.0)
    }

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Reasons) -> bool {
        self.0 & other.0 == other.0
    }
}
