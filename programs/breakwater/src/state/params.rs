//! Parameters.

use crate::layout::mirror;
use anchor_lang::prelude::*;

breakwater_engine::params_fields!(mirror);
