//! Quotes of those who make markets.

use crate::layout::mirror;
use anchor_lang::prelude::*;

breakwater_engine::quote_fields!(mirror);
