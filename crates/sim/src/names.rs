//! What a script calls things, and what a venue does.

use std::collections::BTreeMap;

use crate::venue::{AccountId, MarketId};

/// A market of the script.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// Its number; none where listing was refused.
    pub id: Option<MarketId>,
    /// 10^this of the base asset is a lot.
    pub lot_exponent: i32,
}

/// Names in use.
#[derive(Clone, Debug, Default)]
pub struct Names {
    markets: BTreeMap<String, Listed>,
    accounts: BTreeMap<String, AccountId>,
}

impl Names {
    /// A market by its name.
    pub fn market(&self, name: &str) -> Result<Listed, String> {
        self.markets.get(name).copied().ok_or_else(|| format!("no market `{name}`"))
    }

    /// An account by its name.
    pub fn account(&self, name: &str) -> Result<AccountId, String> {
        self.accounts.get(name).copied().ok_or_else(|| format!("no account `{name}`"))
    }

    /// All markets that were listed, by name.
    pub fn markets(&self) -> impl Iterator<Item = (&str, MarketId)> {
        self.markets.iter().filter_map(|(name, listed)| Some((name.as_str(), listed.id?)))
    }

    /// All accounts, by name.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, AccountId)> {
        self.accounts.iter().map(|(name, id)| (name.as_str(), *id))
    }

    /// A market's name by its number.
    #[must_use]
    pub fn name_of(&self, market: MarketId) -> Option<&str> {
        self.markets().find(|(_, id)| *id == market).map(|(name, _)| name)
    }

    /// Whether no market has the name yet.
    pub fn is_free(&self, market: &str) -> Result<(), String> {
        if self.markets.contains_key(market) {
            Err(format!("market `{market}` is listed twice"))
        } else {
            Ok(())
        }
    }

    /// Whether no account has the name yet.
    pub fn is_free_account(&self, account: &str) -> Result<(), String> {
        if self.accounts.contains_key(account) {
            Err(format!("account `{account}` is opened twice"))
        } else {
            Ok(())
        }
    }

    /// Remembers a market.
    pub fn add_market(&mut self, name: &str, listed: Listed) {
        self.markets.insert(name.into(), listed);
    }

    /// Remembers an account.
    pub fn add_account(&mut self, name: &str, id: AccountId) {
        self.accounts.insert(name.into(), id);
    }
}
