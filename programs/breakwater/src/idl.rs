//! Accounts for the IDL, and default parameters for whoever lists a market. Handlers open most accounts themselves, so Anchor
//! does not see what is in them: `tools/idl` asks here. Compiled into the IDL's build only.

use crate::layout::{books_mut, CollateralParams, ExchangeParams, MarketParams, Mirror};
use crate::state::{
    Collateral, Exchange, Insurance, Ladder, LossLedger, MarginAccount, Market, Proposal, Quote, Stake, Trader,
};
use anchor_lang::idl::serde_json::json;
use anchor_lang::idl::types::{IdlAccount, IdlTypeDef};
use anchor_lang::{Discriminator, IdlBuild};
use breakwater_engine::{params, pledge};
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

#[test]
fn print_accounts_for_the_idl() {
    let (accounts, types) = accounts();
    let defaults = json!({
        "MarketParams": {
            "standard": hex::<MarketParams>(params::MarketParams::standard()),
            "bare": hex::<MarketParams>(params::MarketParams::bare()),
        },
        "ExchangeParams": {
            "standard": hex::<ExchangeParams>(params::ExchangeParams::standard()),
            "bare": hex::<ExchangeParams>(params::ExchangeParams::bare()),
        },
        "CollateralParams": {
            "standard": hex::<CollateralParams>(pledge::CollateralParams::standard()),
        },
    });
    println!("--- IDL begin accounts ---");
    println!("{}", json!({ "accounts": accounts, "types": types, "defaults": defaults }));
    println!("--- IDL end accounts ---");
}
