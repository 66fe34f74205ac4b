//! A margin account.

use super::{Seen, TakenTime, Units};
use crate::layout::mirror;
use anchor_lang::prelude::*;

breakwater_engine::margin_account_fields!(mirror);

/// Its rent is at most 0.02 SOL: 2,873 bytes with the 128 the cluster adds.
const _: () = assert!(8 + size_of::<MarginAccount>() + 128 <= 2_873);
