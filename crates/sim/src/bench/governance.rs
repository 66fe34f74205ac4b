//! What governing costs.

use breakwater_engine::permission::PauseBits;
use breakwater_engine::units::Now;

use super::stage::Stage;
use super::{rows_of, Measured, Row};
use crate::svm::chain::address;
use crate::svm::governance::{exchange_parameter, market_parameter};
use crate::venue::Venue;

/// A number of the market's parameters: its penalty. Of the exchange's: the largest sum of deposits.
const PENALTY: u16 = 44;
const DEPOSITS_MAX: u16 = 1;

/// Every instruction of those who govern, in its dearest situation: of a market where there is a choice.
pub fn governance() -> Measured<Vec<Row>> {
    let mut stage = Stage::new(1)?;
    let (build, market) = (stage.venue.build, stage.venue.markets[0]);
    let (keys, next) = (build.keys, address("next authority", 0));
    let mut heir = build;
    heir.keys.authority = next;
    let less = 900_000_000_000_000;
    let bits = PauseBits::QUOTING.0;
    let first = [
        ("guardian_pause", build.guardian_pause(Some(&market), bits, 1)),
        ("propose_change", build.propose_change(0, Some(&market), market_parameter(0, PENALTY, 55))),
        ("execute_change", build.execute_change(0, Some(&market))),
        ("", build.propose_change(1, None, exchange_parameter(DEPOSITS_MAX, less))),
        ("cancel_change", build.cancel_change(keys.guardian, 1)),
        ("tighten", build.tighten(None, DEPOSITS_MAX, less)),
        ("offer_authority", build.offer_authority(2, next)),
        ("", build.execute_change(2, None)),
        ("accept_authority", build.accept_authority(next)),
        ("", heir.offer_authority(3, keys.authority)),
        ("", heir.execute_change(3, None)),
        ("revoke_offer", heir.revoke_offer(keys.guardian)),
    ];
    for named in first {
        stage.venue.chain.send(&[named])?;
    }
    let Now { slot, time } = stage.venue.now();
    stage.venue.set_clock(Now { slot: slot + 5, time: time + 2 });
    stage.venue.chain.send(&[("clear_pauses", build.clear_pauses(Some(&market)))])?;
    let names = [
        "guardian_pause",
        "clear_pauses",
        "propose_change",
        "execute_change",
        "cancel_change",
        "tighten",
        "offer_authority",
        "accept_authority",
        "revoke_offer",
    ];
    Ok(rows_of(&stage, &names))
}
