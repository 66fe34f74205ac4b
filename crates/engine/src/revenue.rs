//! Where insurance revenue goes: layers' premiums, stakers, the protocol's tranche.
