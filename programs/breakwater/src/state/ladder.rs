//! A market's ladder.

use super::Seen;
use crate::layout::{mirror, Wide};
use anchor_lang::prelude::*;

breakwater_engine::ladder_fields!(mirror);
