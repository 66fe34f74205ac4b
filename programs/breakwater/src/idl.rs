//! Accounts for the IDL, default parameters to list a market with, and the numbers that stand for names. Handlers open most accounts themselves, so Anchor
//! does not see what is in them: `tools/idl` asks here. Compiled into the IDL's build only.

use crate::layout::{books_mut, Mirror};
use crate::state::{
    kind, Collateral, CollateralParams, Exchange, ExchangeParams, Insurance, Ladder, LossLedger, MarginAccount, Market,
    MarketParams, Proposal, Quote, Stake, Trader, CANCELLED, EXECUTED, SOURCE_NONE, SOURCE_PULL, SOURCE_PUSH, WAITS,
};
use anchor_lang::idl::serde_json::{json, Value};
use anchor_lang::idl::types::{IdlAccount, IdlTypeDef};
use anchor_lang::{Discriminator, IdlBuild};
use std::collections::BTreeMap;

/// Every account this program owns, with all types it is made of.
fn accounts() -> (Vec<IdlAccount>, Vec<IdlTypeDef>) {
    let mut accounts = Vec::new();
    let mut types = BTreeMap::new();
    macro_rules! list {
        ($($account:ty),+ $(,)?) => {$(
            let name = <$account>::get_full_path();
            if let Some(definition) = <$account>::create_type() {
                types.insert(name.clone(), definition);
                <$account>::insert_types(&mut types);
            }
            accounts.push(IdlAccount { name, discriminator: <$account>::DISCRIMINATOR.to_vec() });
        )+};
    }
    list!(Collateral, Exchange, Insurance, Ladder, LossLedger, MarginAccount, Market, Proposal, Quote, Stake, Trader,);
    (accounts, types.into_values().collect())
}

/// Engine values as instructions carry them, in hex.
fn hex<M: Mirror>(value: M::Books) -> String {
    let mut mirror = M::zeroed();
    *books_mut(&mut mirror) = value;
    bytemuck::bytes_of(&mirror).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Numbers that accounts and arguments hold in the place of names.
fn constants() -> Value {
    json!({
        "change": {
            "marketParameter": kind::MARKET_PARAMETER,
            "exchangeParameter": kind::EXCHANGE_PARAMETER,
            "guardian": kind::GUARDIAN,
            "feeAccount": kind::FEE_ACCOUNT,
            "oracle": kind::ORACLE,
            "source": kind::SOURCE,
            "secondSource": kind::SECOND_SOURCE,
            "layer": kind::LAYER,
            "authority": kind::AUTHORITY,
        },
        "source": { "pull": SOURCE_PULL, "push": SOURCE_PUSH, "none": SOURCE_NONE },
        "proposal": { "waits": WAITS, "executed": EXECUTED, "cancelled": CANCELLED },
    })
}

#[test]
fn print_accounts_for_the_idl() {
    let (accounts, types) = accounts();
    let defaults = json!({
        "MarketParams": {
            "standard": hex::<MarketParams>(breakwater_engine::state::MarketParams::standard()),
            "bare": hex::<MarketParams>(breakwater_engine::state::MarketParams::bare()),
        },
        "ExchangeParams": {
            "standard": hex::<ExchangeParams>(breakwater_engine::state::ExchangeParams::standard()),
            "bare": hex::<ExchangeParams>(breakwater_engine::state::ExchangeParams::bare()),
        },
        "CollateralParams": {
            "standard": hex::<CollateralParams>(breakwater_engine::state::CollateralParams::standard()),
        },
        "Constants": constants(),
    });
    println!("--- IDL begin accounts ---");
    println!("{}", json!({ "accounts": accounts, "types": types, "defaults": defaults }));
    println!("--- IDL end accounts ---");
}
