//! Pyth price updates as the receiver program would have posted them.

use anchor_lang::AccountSerialize;
use breakwater_engine::price::Observation;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use solana_pubkey::Pubkey;

/// The receiver these days trust: one of the two that are live.
pub const RECEIVER: Pubkey = Pubkey::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// Owner of push accounts.
pub const PUSH_ORACLE: Pubkey = Pubkey::from_str_const("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH");

/// Bytes of a fully verified update of a feed.
#[must_use]
pub fn update(feed: [u8; 32], observation: &Observation, slot: u64) -> Vec<u8> {
    let update = PriceUpdateV2 {
        write_authority: Pubkey::default(),
        verification_level: VerificationLevel::Full,
        price_message: PriceFeedMessage {
            feed_id: feed,
            price: observation.price,
            conf: observation.confidence,
            exponent: observation.exponent,
            publish_time: observation.publish_time,
            prev_publish_time: observation.publish_time - 1,
            ema_price: observation.ema_price,
            ema_conf: observation.ema_confidence,
        },
        posted_slot: slot,
    };
    let mut bytes = Vec::new();
    // Cannot fail: writing to a vector.
    let _ = update.try_serialize(&mut bytes);
    bytes
}
