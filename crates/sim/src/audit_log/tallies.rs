//! Markets beside the log: what each says happened there against what the records say.
//!
//! Deficits absorbed, socialised and unfunded come from resolutions alone, which are all in the log. Insurance also pays in
//! liquidations, which are not: the log is at most what the market says.

use anchor_lang::Discriminator;
use breakwater::seeds;
use breakwater::state::{Market, RecoveryRecord};
use solana_pubkey::Pubkey;

use super::chain::{total, Segment};
use super::{Check, Found};
use crate::svm::decode;

/// Compares every market of an exchange that was read with the latest chain. Whole chains must agree exactly with accounts of
/// the same moment; of a chain that begins later the market may only say more.
pub fn compare(segments: &[Segment], exchange: Pubkey, found: &[Found], checks: &mut Vec<Check>) {
    let Some(segment) = segments.last() else { return };
    for account in found.iter().filter(|account| account.data.starts_with(Market::DISCRIMINATOR)) {
        let market = decode::state::<Market>(&account.data);
        let size = Market::DISCRIMINATOR.len() + size_of::<Market>();
        if account.data.len() != size {
            checks.push(Check::of(
                false,
                format!("{}: {} bytes, a market has {size}", account.source, account.data.len()),
            ));
        } else if market.exchange == exchange {
            checks.extend(of_market(segment, &market, account));
        }
    }
}

fn of_market(segment: &Segment, market: &Market, account: &Found) -> Vec<Check> {
    let number = market.index;
    let records: Vec<&RecoveryRecord> =
        segment.records.iter().filter(|record| record.market == u64::from(number)).collect();
    let [_, insured, absorbed, socialised, unfunded] = total(records.iter().copied(), [0; 5]);
    let tally = &market.books.tally;
    let whole = segment.is_whole();
    let relation = if whole { "=" } else { "<=" };
    let mut checks = Vec::new();
    let mut check = |agrees, line: String| {
        checks.push(Check::of(agrees, format!("{}: market {number}: {line}", account.source)));
    };
    for (name, logged, told) in [
        ("absorbed", absorbed, tally.absorbed),
        ("socialised", socialised, tally.socialised),
        ("unfunded", unfunded, tally.unfunded),
    ] {
        let agrees = if whole { logged == u128::from(told) } else { logged <= u128::from(told) };
        check(agrees, format!("{name} by the log {logged} {relation} {told} by the market"));
    }
    let paid = insured <= u128::from(tally.insured);
    check(paid, format!("insured by the log {insured} <= {} by the market, liquidations included", tally.insured));
    // A resolution writes a record, and a second one for the account it was closed against.
    let (count, resolutions) = (records.len() as u64, tally.resolutions);
    let counted = count <= resolutions.saturating_mul(2) && (!whole || count >= resolutions);
    check(counted, format!("{count} records of {resolutions} resolutions, one or two of each"));
    if let Some(address) = account.address {
        let index = number.to_le_bytes();
        let seeds = [seeds::MARKET, market.exchange.as_ref(), &index];
        let (derived, _) = Pubkey::find_program_address(&seeds, &breakwater::ID);
        check(address == derived, format!("{address} is its address"));
    }
    checks
}
