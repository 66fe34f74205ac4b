//! What is wrong with bytes that are to be an account.
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

use breakwater_engine::state::Stake;
use breakwater_wasm::accounts::{fault_in, Fault, TYPES};

#[test]
fn bytes_are_judged_by_discriminator_then_by_length() {
    let (_, stake) = TYPES[6];
    let whole = [&stake.0[..], &[0; size_of::<Stake>()]].concat();
    assert_eq!(fault_in(&whole, stake), None);
    assert_eq!(fault_in(&whole[..whole.len() - 1], stake), Some(Fault::Short));
    assert_eq!(fault_in(&whole[..7], stake), Some(Fault::Short));
    assert_eq!(fault_in(&[&whole[..], &[0]].concat(), stake), Some(Fault::Newer));
    let foreign = [&[9][..], &whole[1..]].concat();
    assert_eq!(fault_in(&foreign, stake), Some(Fault::Foreign));
    assert_eq!(fault_in(&foreign[..20], stake), Some(Fault::Foreign));
}
