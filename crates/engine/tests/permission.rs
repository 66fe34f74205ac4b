//! The permission table, written out a second time by hand, and the promises it keeps (I9, I10, F8, G8, G23).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

use breakwater_engine::breaker::Level::{self, Guarded, Halted, Open};
use breakwater_engine::permission::{permitted, Action, Conditions, PauseBits};
use breakwater_engine::price::Quality::{self, Bad, Good, Usable};
use breakwater_engine::{Error, Result};

const QUALITIES: [Quality; 3] = [Bad, Usable, Good];
const CLEAR: Conditions = Conditions::CLEAR;

fn bits() -> impl Iterator<Item = PauseBits> {
    (0..64).map(|bit| PauseBits(1 << bit)).filter(|bit| PauseBits::ALL.meets(*bit))
}

/// Action, bits that pause it, strictest level it passes at, least quality (none: no mark needed), and what else refuses it:
/// `r` a rebase, `g` grace, `o` the listing's timelock, `s` settlement, `u` that there was none.
type Row = (Action, u64, Level, Option<Quality>, &'static str);

const F: u64 = 0x200;

const MATRIX: [Row; 45] = [
    (Action::OpenAccount, F | 0x001, Halted, None, ""),
    (Action::CloseAccount, 0, Halted, None, ""),
    (Action::Deposit, F | 0x001, Halted, None, ""),
    (Action::Withdraw, F | 0x002, Open, None, "r"),
    (Action::WithdrawFlat, F, Halted, None, ""),
    (Action::AddMargin, 0, Halted, None, ""),
    (Action::TakeMargin, F | 0x002, Open, Some(Good), "r"),
    (Action::Isolate, F | 0x002, Open, Some(Good), "ros"),
    (Action::SetQuote, F | 0x010, Guarded, Some(Good), "ros"),
    (Action::QuoteReduction, F | 0x008, Halted, Some(Usable), "ros"),
    (Action::CancelQuote, 0, Halted, None, ""),
    (Action::TradeIncrease, F | 0x004, Open, Some(Good), "ros"),
    (Action::TradeReduce, F | 0x008, Halted, Some(Usable), "ros"),
    (Action::Refresh, 0, Halted, None, "s"),
    (Action::Liquidate, F | 0x029, Guarded, Some(Usable), "rgos"),
    (Action::Deleverage, F | 0x029, Guarded, Some(Usable), "rgos"),
    (Action::DeclareBankruptcy, F | 0x029, Guarded, Some(Usable), "rgo"),
    (Action::BuyFromEstate, F | 0x020, Guarded, Some(Usable), "ro"),
    (Action::FundEstate, F, Halted, None, "r"),
    (Action::Resolve, F, Guarded, Some(Usable), "rgo"),
    (Action::Sync, F, Halted, None, "r"),
    (Action::Skim, F, Halted, None, ""),
    (Action::Rebase, F, Halted, None, ""),
    (Action::FundInsurance, F | 0x001, Halted, None, ""),
    (Action::Unstake, F | 0x080, Halted, None, ""),
    (Action::Unlock, F | 0x040, Open, Some(Good), "r"),
    (Action::ListMarket, F | 0x100, Halted, None, ""),
    (Action::SetPause, 0, Halted, None, ""),
    (Action::Govern, 0, Halted, None, ""),
    (Action::TripBreaker, 0, Halted, None, ""),
    (Action::RequestWithdrawal, F, Halted, None, ""),
    (Action::RequestExit, 0, Halted, None, ""),
    (Action::FundLayer, F | 0x001, Halted, None, "s"),
    (Action::WithdrawLayer, F | 0x080, Halted, None, ""),
    (Action::TakePremium, F | 0x080, Halted, None, ""),
    (Action::DistributeSurplus, F | 0x080, Halted, None, ""),
    (Action::CollectFees, F | 0x080, Open, None, "r"),
    (Action::Claim, F, Halted, None, "r"),
    (Action::Donate, F, Halted, None, ""),
    (Action::DepositCollateral, F | 0x001, Halted, None, ""),
    (Action::WithdrawCollateral, F | 0x002, Open, None, "r"),
    (Action::ValueCollateral, 0, Halted, None, ""),
    (Action::AuctionCollateral, F | 0x029, Guarded, None, "rg"),
    (Action::Settle, F, Halted, None, "os"),
    (Action::SettlePosition, F, Halted, None, "ru"),
];

/// What the row says under conditions: the first thing in the way.
fn expected((_, paused_by, up_to, least, other): Row, now: &Conditions) -> Result<()> {
    let stands = |letter: char, holds: bool| holds && other.contains(letter);
    let asks = least.is_some() && !now.settled;
    let in_order = [
        (stands('o', now.not_open), Error::MarketNotOpen),
        (now.paused.0 & paused_by != 0, Error::Paused),
        (stands('r', now.rebasing), Error::Rebasing),
        (stands('s', now.settled), Error::MarketSettled),
        (stands('u', !now.settled), Error::NotSettled),
        (now.level > up_to, Error::MarketHalted),
        (stands('g', now.grace), Error::GracePeriod),
        (asks && !now.fresh, Error::StaleMark),
        (asks && least.is_some_and(|least| now.quality < least), Error::PriceQuality),
    ];
    in_order.into_iter().find(|(stands, _)| *stands).map_or(Ok(()), |(_, error)| Err(error))
}

/// Every combination of what is asked, one pause bit at a time.
fn every_condition() -> Vec<Conditions> {
    let mut all = Vec::new();
    for paused in bits().chain([PauseBits::NONE, PauseBits::ALL]) {
        for (level, quality) in Level::ALL.into_iter().flat_map(|level| QUALITIES.map(|quality| (level, quality))) {
            all.extend((0..32u32).map(|flags| {
                let flag = |at: u32| flags & (1 << at) != 0;
                let [not_open, rebasing, settled, grace, fresh] = [0, 1, 2, 3, 4].map(flag);
                Conditions { not_open, paused, rebasing, settled, level, grace, fresh, quality }
            }));
        }
    }
    all
}

/// Whatever holds a person's own cure holds liquidation too: a pause of deposits, or of reducing.
#[test]
fn a26_liquidation_waits_while_nobody_can_cure_himself() {
    for paused in [PauseBits::DEPOSITS, PauseBits::TRADE_REDUCE] {
        let now = Conditions { paused, ..Conditions::CLEAR };
        for action in [Action::Liquidate, Action::Deleverage, Action::DeclareBankruptcy, Action::AuctionCollateral] {
            assert_eq!(permitted(action, &now), Err(Error::Paused), "{action:?} under {paused:?}");
        }
    }
}

#[test]
fn every_cell() {
    assert_eq!(MATRIX.map(|row| row.0), Action::ALL);
    let all = every_condition();
    assert_eq!(all.len(), 12 * 9 * 32);
    for row in MATRIX {
        for now in &all {
            assert_eq!(permitted(row.0, now), expected(row, now), "{:?} under {now:?}", row.0);
        }
    }
}

/// I9, first half.
#[test]
fn what_raises_risk_needs_everything_in_order() {
    let raising = [Action::TradeIncrease, Action::Isolate];
    for action in raising {
        for now in every_condition().iter().filter(|now| now.paused == PauseBits::NONE) {
            let allowed = permitted(action, now).is_ok();
            let in_order = Conditions { grace: now.grace, ..CLEAR };
            assert_eq!(allowed, *now == in_order, "{action:?} {now:?}");
        }
    }
    for action in [Action::TakeMargin, Action::Withdraw, Action::CollectFees, Action::WithdrawCollateral] {
        for level in [Guarded, Halted] {
            assert_eq!(permitted(action, &Conditions { level, ..CLEAR }), Err(Error::MarketHalted), "{action:?}");
        }
    }
}

/// I9, second half.
#[test]
fn what_lowers_risk_passes_on_a_usable_price() {
    for level in Level::ALL {
        let now = Conditions { level, quality: Usable, grace: true, ..CLEAR };
        assert_eq!(permitted(Action::TradeReduce, &now), Ok(()), "{level:?}");
    }
}

/// A gauge that keeps the market guarded never stops the cure.
#[test]
fn g23_a_guarded_market_is_liquidated_and_resolved() {
    let now = Conditions { level: Guarded, quality: Usable, ..CLEAR };
    let cures = [
        Action::Liquidate,
        Action::Deleverage,
        Action::DeclareBankruptcy,
        Action::BuyFromEstate,
        Action::FundEstate,
        Action::Resolve,
        Action::AuctionCollateral,
        Action::Sync,
    ];
    for action in cures {
        assert_eq!(permitted(action, &now), Ok(()), "{action:?}");
    }
}

/// After a halt owners act first.
#[test]
fn f6_f21_grace_holds_back_only_what_acts_on_others() {
    let now = Conditions { grace: true, ..CLEAR };
    let waiting =
        [Action::Liquidate, Action::Deleverage, Action::DeclareBankruptcy, Action::Resolve, Action::AuctionCollateral];
    for action in Action::ALL.into_iter().filter(|action| *action != Action::SettlePosition) {
        let expected = if waiting.contains(&action) { Err(Error::GracePeriod) } else { Ok(()) };
        assert_eq!(permitted(action, &now), expected, "{action:?}");
    }
}

/// All pauses but the freeze together, in the worst market there is.
#[test]
fn f8_no_pause_blocks_margin_slashing_or_flat_money() {
    let all_but_freeze = PauseBits(PauseBits::ALL.0 & !PauseBits::FREEZE.0);
    let paused = Conditions { paused: all_but_freeze, quality: Usable, level: Guarded, ..CLEAR };
    assert_eq!(permitted(Action::Resolve, &paused), Ok(()));
    for now in every_condition() {
        let all_but_freeze = Conditions { paused: all_but_freeze, ..now };
        let everything = Conditions { paused: PauseBits(u64::MAX), ..now };
        assert_eq!(permitted(Action::WithdrawFlat, &all_but_freeze), Ok(()));
        assert_eq!(permitted(Action::WithdrawFlat, &everything), Err(Error::Paused));
        for action in [Action::AddMargin, Action::CancelQuote, Action::SetPause, Action::TripBreaker] {
            assert_eq!(permitted(action, &everything), Ok(()), "{action:?} {now:?}");
        }
        let refreshed = permitted(Action::Refresh, &everything);
        assert_eq!(refreshed, if now.settled { Err(Error::MarketSettled) } else { Ok(()) });
    }
}

/// A market whose oracle is gone for good: what is open there can be resolved, brought up to date, closed and taken out.
#[test]
fn g22_a_settled_market_lets_everybody_out() {
    let now = Conditions { settled: true, fresh: false, quality: Bad, ..CLEAR };
    let out = [
        Action::SettlePosition,
        Action::DeclareBankruptcy,
        Action::FundEstate,
        Action::Resolve,
        Action::Sync,
        Action::Unlock,
        Action::Withdraw,
        Action::TakeMargin,
        Action::AddMargin,
        Action::Claim,
        Action::Rebase,
        Action::CollectFees,
        Action::WithdrawLayer,
    ];
    for action in out {
        assert_eq!(permitted(action, &now), Ok(()), "{action:?}");
    }
    for action in [Action::TradeIncrease, Action::TradeReduce, Action::SetQuote, Action::Liquidate, Action::Refresh] {
        assert_eq!(permitted(action, &now), Err(Error::MarketSettled), "{action:?}");
    }
    assert_eq!(permitted(Action::SettlePosition, &CLEAR), Err(Error::NotSettled));
}

/// More pauses, a worse price, an older mark or a stricter level only refuse more.
#[test]
fn tightening_is_monotonic() {
    for action in Action::ALL {
        for now in every_condition() {
            let allowed = permitted(action, &now).is_ok();
            let mut looser = vec![
                Conditions { not_open: false, ..now },
                Conditions { paused: PauseBits::NONE, ..now },
                Conditions { rebasing: false, ..now },
                Conditions { grace: false, ..now },
                Conditions { fresh: true, ..now },
            ];
            looser.extend(Level::ALL.map(|level| Conditions { level: level.min(now.level), ..now }));
            looser.extend(QUALITIES.map(|quality| Conditions { quality: quality.max(now.quality), ..now }));
            for other in looser {
                assert!(permitted(action, &other).is_ok() || !allowed, "{action:?} {now:?} {other:?}");
            }
        }
        for (one, two) in bits().flat_map(|one| bits().map(move |two| (one, two))) {
            let is_paused =
                |paused| permitted(action, &Conditions { paused, ..CLEAR }).is_err_and(|error| error == Error::Paused);
            let either = is_paused(one) || is_paused(two);
            assert_eq!(is_paused(one.and(two)), either, "{action:?}: exchange and market bits are joined");
        }
    }
}
