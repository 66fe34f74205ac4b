//! Accounts for the IDL. Handlers open most accounts themselves, so Anchor does not see what is in them: `tools/idl` asks
//! here. Compiled into the IDL's build only.

use crate::state::{
    Collateral, Exchange, Insurance, Ladder, LossLedger, MarginAccount, Market, Proposal, Quote, Stake, Trader,
};
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

#[test]
fn print_accounts_for_the_idl() {
    let (accounts, types) = accounts();
    println!("--- IDL begin accounts ---");
    println!("{}", anchor_lang::idl::serde_json::json!({ "accounts": accounts, "types": types }));
    println!("--- IDL end accounts ---");
}
