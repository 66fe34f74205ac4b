//! The permission matrix, written out a second time by hand, and the promises it keeps (I9, I10, F8).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

use breakwater_engine::permission::{permitted, Action, Mode, PauseBits};
use breakwater_engine::price::Quality::{self, Bad, Good, Usable};
use breakwater_engine::{Error, Result};

const QUALITIES: [Quality; 3] = [Bad, Usable, Good];

/// Asks with nothing in the way but what is given.
fn ask(action: Action, pause: PauseBits, mode: Mode, quality: Quality) -> Result<()> {
    permitted(action, pause, mode, quality, true)
}

fn bits() -> impl Iterator<Item = PauseBits> {
    (0..64).map(|bit| PauseBits(1 << bit)).filter(|bit| PauseBits::ALL.meets(*bit))
}

/// Name, bits that pause it, modes it passes in (open, guarded, halted, rebasing), least quality (none: no mark needed).
type Row = (Action, u64, [bool; 4], Option<Quality>);

const YES: [bool; 4] = [true; 4];
const OPEN: [bool; 4] = [true, false, false, false];
const EXITS: [bool; 4] = [true, true, true, false];
const RESCUE: [bool; 4] = [true, true, false, false];
const F: u64 = 0x200;

const MATRIX: [Row; 41] = [
    (Action::OpenAccount, F | 0x001, YES, None),
    (Action::CloseAccount, 0, YES, None),
    (Action::Deposit, F | 0x001, YES, None),
    (Action::Withdraw, F | 0x002, OPEN, None),
    (Action::WithdrawFlat, F, YES, None),
    (Action::AddMargin, 0, YES, None),
    (Action::TakeMargin, F | 0x002, OPEN, Some(Good)),
    (Action::Isolate, F | 0x002, OPEN, Some(Good)),
    (Action::SetQuote, F | 0x010, OPEN, Some(Good)),
    (Action::CancelQuote, 0, YES, None),
    (Action::TradeIncrease, F | 0x004, OPEN, Some(Good)),
    (Action::TradeReduce, F | 0x008, EXITS, Some(Usable)),
    (Action::Refresh, 0, YES, None),
    (Action::Liquidate, F | 0x020, RESCUE, Some(Usable)),
    (Action::Deleverage, F | 0x020, RESCUE, Some(Usable)),
    (Action::Resolve, F, RESCUE, Some(Usable)),
    (Action::Sync, F, EXITS, None),
    (Action::Skim, F, YES, None),
    (Action::Rebase, F, YES, None),
    (Action::FundInsurance, F | 0x001, YES, None),
    (Action::Unstake, F | 0x080, YES, None),
    (Action::Unlock, F | 0x040, OPEN, Some(Good)),
    (Action::ListMarket, F | 0x100, YES, None),
    (Action::SetPause, 0, YES, None),
    (Action::Govern, 0, YES, None),
    (Action::TripBreaker, 0, YES, None),
    (Action::RequestWithdrawal, F, YES, None),
    (Action::RequestExit, 0, YES, None),
    (Action::FundLayer, F | 0x001, YES, None),
    (Action::WithdrawLayer, F | 0x080, YES, None),
    (Action::TakePremium, F | 0x080, YES, None),
    (Action::DistributeSurplus, F | 0x080, YES, None),
    (Action::CollectFees, F | 0x080, OPEN, None),
    (Action::Claim, F, EXITS, None),
    (Action::Donate, F, YES, None),
    (Action::DepositCollateral, F | 0x001, YES, None),
    (Action::WithdrawCollateral, F | 0x002, OPEN, None),
    (Action::ValueCollateral, 0, YES, None),
    (Action::AuctionCollateral, F | 0x020, RESCUE, None),
    (Action::Settle, F, YES, None),
    (Action::SettlePosition, F, EXITS, None),
];

#[test]
fn every_cell() {
    assert_eq!(MATRIX.map(|row| row.0), Action::ALL);
    for (action, paused_by, modes, least) in MATRIX {
        for bit in bits() {
            let expected = if bit.0 & paused_by != 0 { Err(Error::Paused) } else { Ok(()) };
            assert_eq!(ask(action, bit, Mode::Open, Good), expected, "{action:?} under {bit:?}");
        }
        for (mode, passes) in Mode::ALL.into_iter().zip(modes) {
            let expected = match mode {
                _ if passes => Ok(()),
                Mode::Rebasing => Err(Error::Rebasing),
                _ => Err(Error::MarketHalted),
            };
            assert_eq!(ask(action, PauseBits::NONE, mode, Good), expected, "{action:?} while {mode:?}");
        }
        for quality in QUALITIES {
            let refused = least.is_some_and(|least| quality < least);
            let expected = if refused { Err(Error::PriceQuality) } else { Ok(()) };
            assert_eq!(ask(action, PauseBits::NONE, Mode::Open, quality), expected, "{action:?} at {quality:?}");
        }
        let stale = permitted(action, PauseBits::NONE, Mode::Open, Good, false);
        assert_eq!(stale, if least.is_some() { Err(Error::StaleMark) } else { Ok(()) }, "{action:?} on a stale mark");
    }
}

#[test]
fn errors_come_in_a_fixed_order() {
    let all = PauseBits::ALL;
    let none = PauseBits::NONE;
    let rows = [
        ("everything wrong, rebasing", all, Mode::Rebasing, Err(Error::Paused)),
        ("everything wrong, halted", all, Mode::Halted, Err(Error::Paused)),
        ("rebasing before the mark", none, Mode::Rebasing, Err(Error::Rebasing)),
        ("halted before the mark", none, Mode::Halted, Err(Error::MarketHalted)),
        ("guarded before the mark", none, Mode::Guarded, Err(Error::MarketHalted)),
        ("age before quality", none, Mode::Open, Err(Error::StaleMark)),
    ];
    for (name, pause, mode, expected) in rows {
        assert_eq!(permitted(Action::TradeIncrease, pause, mode, Bad, false), expected, "{name}");
    }
    assert_eq!(permitted(Action::TradeIncrease, none, Mode::Open, Bad, true), Err(Error::PriceQuality));
}

/// I9, first half.
#[test]
fn what_raises_risk_needs_everything_in_order() {
    let raising = [Action::TradeIncrease, Action::SetQuote, Action::TakeMargin, Action::Isolate, Action::Unlock];
    for action in raising {
        for mode in Mode::ALL {
            for quality in QUALITIES {
                for fresh in [false, true] {
                    let allowed = permitted(action, PauseBits::NONE, mode, quality, fresh).is_ok();
                    assert_eq!(
                        allowed,
                        mode == Mode::Open && quality == Good && fresh,
                        "{action:?} {mode:?} {quality:?}"
                    );
                }
            }
        }
    }
}

/// I9, second half; G23: a gauge that keeps the market guarded never stops the cure.
#[test]
fn what_lowers_risk_passes_on_a_usable_price() {
    for action in [Action::TradeReduce, Action::Liquidate, Action::Deleverage, Action::Resolve] {
        for mode in [Mode::Open, Mode::Guarded] {
            assert_eq!(ask(action, PauseBits::NONE, mode, Usable), Ok(()), "{action:?} {mode:?}");
        }
    }
    assert_eq!(ask(Action::TradeReduce, PauseBits::NONE, Mode::Halted, Usable), Ok(()));
}

/// F8, I10: all pauses but the freeze together, in the worst market there is.
#[test]
fn no_pause_blocks_margin_slashing_or_flat_money() {
    let all_but_freeze = PauseBits(PauseBits::ALL.0 & !PauseBits::FREEZE.0);
    assert_eq!(permitted(Action::Resolve, all_but_freeze, Mode::Open, Usable, true), Ok(()));
    for mode in Mode::ALL {
        assert_eq!(permitted(Action::WithdrawFlat, all_but_freeze, mode, Bad, false), Ok(()));
        assert_eq!(permitted(Action::WithdrawFlat, PauseBits::FREEZE, mode, Bad, false), Err(Error::Paused));
        assert_eq!(permitted(Action::AddMargin, PauseBits(u64::MAX), mode, Bad, false), Ok(()));
        assert_eq!(permitted(Action::Refresh, PauseBits(u64::MAX), mode, Bad, false), Ok(()));
        assert_eq!(permitted(Action::SetPause, PauseBits(u64::MAX), mode, Bad, false), Ok(()));
    }
}

/// Tightening never allows: more pauses, a worse price, an older mark or a stricter mode only refuse more.
#[test]
fn tightening_is_monotonic() {
    let levels = [Mode::Open, Mode::Guarded, Mode::Halted];
    for action in Action::ALL {
        for fresh in [false, true] {
            for window in QUALITIES.windows(2) {
                for mode in Mode::ALL {
                    let worse = permitted(action, PauseBits::NONE, mode, window[0], fresh).is_ok();
                    let better = permitted(action, PauseBits::NONE, mode, window[1], fresh).is_ok();
                    assert!(better || !worse, "{action:?} {mode:?} {window:?}");
                }
            }
            for window in levels.windows(2) {
                for quality in QUALITIES {
                    let looser = permitted(action, PauseBits::NONE, window[0], quality, fresh).is_ok();
                    let stricter = permitted(action, PauseBits::NONE, window[1], quality, fresh).is_ok();
                    assert!(looser || !stricter, "{action:?} {window:?} {quality:?}");
                }
            }
        }
        for one in bits() {
            for two in bits() {
                let both = ask(action, one.and(two), Mode::Open, Good).is_ok();
                let each = ask(action, one, Mode::Open, Good).is_ok() && ask(action, two, Mode::Open, Good).is_ok();
                assert_eq!(both, each, "{action:?}: exchange and market bits are joined");
            }
        }
    }
}
