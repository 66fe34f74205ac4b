//! A kind of collateral besides USDC.

use super::Mark;
use crate::layout::mirror;
use anchor_lang::prelude::*;

breakwater_engine::collateral_fields!(mirror);
