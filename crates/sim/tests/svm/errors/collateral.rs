//! Other collateral.

use breakwater_engine::state::CollateralParams;
use breakwater_engine::units::Bps;
use breakwater_sim::svm::decode;
use breakwater_sim::svm::pledge::KindKeys;
use breakwater_sim::venue::{Outcome, Venue};

use super::{case, Case, ALICE, BOB, CAROL};
use crate::pledge::{auction, deposit, give, list, params, prepare, value, withdraw, TOKEN};
use crate::stage::Stage;

fn kind(stage: &Stage) -> KindKeys {
    stage.venue.build.keys.kind(0)
}

/// Alice and Carol hold twenty tokens each.
fn held(stage: &mut Stage) {
    let kind = list(stage, 0);
    for who in [ALICE, BOB, CAROL] {
        give(stage, who, &kind, 2_000_000 * TOKEN);
    }
    for who in [ALICE, CAROL] {
        deposit(stage, who, &kind, 20 * TOKEN).expect("a deposit");
    }
}

/// Alice has no money left behind her position.
fn short_of_money(stage: &mut Stage) {
    held(stage);
    let kind = kind(stage);
    stage.mark(0, 9_300);
    value(stage, ALICE, &[kind]);
}

fn list_with(stage: &mut Stage, index: u8, params: &CollateralParams) -> Outcome {
    let kind = stage.venue.build.keys.kind(index);
    let built = stage.venue.build.list_collateral(&kind, decode::mirrored(params));
    stage.send("", built)
}

pub const CASES: &[Case] = &[
    case!("a kind without a haircut", RuleCollateral, |stage| _ = prepare(stage, 0), |stage| {
        list_with(stage, 0, &CollateralParams { haircut: Bps(0), ..params() })
    }),
    case!(
        "a fourth kind",
        CollateralSlotsFull,
        |stage| {
            (0..3).for_each(|index| _ = list(stage, index));
            let _ = prepare(stage, 3);
        },
        |stage| list_with(stage, 3, &params())
    ),
    case!("more than the exchange accepts", CollateralCap, held, |stage| {
        let kind = kind(stage);
        deposit(stage, BOB, &kind, 1_000_000 * TOKEN)
    }),
    case!("more than there is", InsufficientCollateral, held, |stage| {
        let kind = kind(stage);
        withdraw(stage, CAROL, &kind, 0, 20 * TOKEN + 1)
    }),
    case!("a withdrawal without a valuation", CollateralUnvalued, held, |stage| {
        stage.venue.withdraw(ALICE, breakwater_engine::Atoms(1))
    }),
    case!("a valuation without the kind", WrongCollateral, held, |stage| {
        let built = stage.venue.build.value_collateral(&stage.venue.accounts[ALICE], &[]);
        stage.send("", built)
    }),
    case!("liquidating what has collateral and no money", CollateralFirst, short_of_money, |stage| {
        stage.venue.liquidate(ALICE, 0, CAROL, breakwater_engine::Lots(0))
    }),
    case!("an auction of a healthy account", NotInDistress, held, |stage| {
        let kind = kind(stage);
        auction(stage, ALICE, CAROL, &kind, 0)
    }),
    case!("an auction of more than cures", TooMuch, short_of_money, |stage| {
        let kind = kind(stage);
        auction(stage, ALICE, CAROL, &kind, 20 * TOKEN)
    }),
    case!("a number left out", WrongIndex, |stage| _ = prepare(stage, 1), |stage| list_with(stage, 1, &params())),
];
