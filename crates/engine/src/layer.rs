//! Underwriting layers: outside capital drawn after the cover and before anyone is charged.
//!
//! A layer pays for marks published before it expires, whenever they are resolved: so what provisioning counts on at a mark is
//! there when the bankruptcies of that mark are closed. Layers are drawn atom by atom from the first that is attached and may
//! still pay; so what each pays does not depend on the pieces a deficit comes in.

use crate::cover;
use crate::error::{Error, Result};
use crate::market::LAYERS;
use crate::state::{InsuranceBooks, Layer, MarketBooks};
use crate::units::{Atoms, Bps, Now, ATOMS_MAX, BPS};

/// What a layer is offered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Attaches once insurance has paid this much in the market since the layer was funded.
    pub attachment: Atoms,
    /// What it may hold at most.
    pub limit: Atoms,
    /// Share of the market's insurance revenue it earns where it is full.
    pub premium: Bps,
    /// It pays for no mark published from here on, unix seconds.
    pub expires_at: i64,
}

/// An offer may run this long at most, seconds: a year.
pub const TERM_MAX: i64 = 366 * 86_400;
/// All layers of a market together earn at most this of its insurance revenue: stakers and the protocol keep half.
pub const PREMIUMS_MAX: u32 = 5_000;

/// The largest limit and attachment, atoms: what insurance pays in a market may grow by this before sums leave their bound.
pub const AMOUNT_MAX: Atoms = Atoms(1 << 56);

/// Steps in which a need runs through the layers at most: each ends with a layer used up or with one that attaches.
const STEPS: usize = 2 * LAYERS;

impl Terms {
    /// From the numbers a proposal holds: limit, attachment, premium, end. `LayerTerms` where they are none.
    pub fn from_numbers(numbers: [u64; 4]) -> Result<Terms> {
        let [limit, attachment, premium, expires_at] = numbers;
        Ok(Terms {
            attachment: Atoms(attachment),
            limit: Atoms(limit),
            premium: Bps(u32::try_from(premium).map_err(|_| Error::LayerTerms)?),
            expires_at: i64::try_from(expires_at).map_err(|_| Error::LayerTerms)?,
        })
    }

    /// Offers one of a market's seats on these terms, or changes an offer nobody has funded. Refuses, in this order, with
    /// `LayerTerms` (no such seat, no limit, no future or more than a year of it, premiums beyond [`PREMIUMS_MAX`] in all)
    /// and `LayerTaken` (it holds money).
    pub fn take_seat(&self, seats: &mut [Layer; LAYERS], seat: usize, now: Now) -> Result<()> {
        let layer = seats.get(seat).ok_or(Error::LayerTerms)?;
        let premiums = seats.iter().enumerate().filter(|(at, _)| *at != seat);
        let premiums = premiums.fold(self.premium.0, |sum, (_, layer)| sum.saturating_add(layer.premium.0));
        let amounts = !self.limit.is_zero() && self.limit <= AMOUNT_MAX && self.attachment <= AMOUNT_MAX;
        let lasts = self.expires_at.saturating_sub(now.time);
        if !amounts || !(1..=TERM_MAX).contains(&lasts) || premiums > PREMIUMS_MAX {
            return Err(Error::LayerTerms);
        }
        if holds_money(layer) {
            return Err(Error::LayerTaken);
        }
        *seats.get_mut(seat).ok_or(Error::LayerTerms)? = Layer {
            attachment: self.attachment,
            limit: self.limit,
            premium: self.premium,
            expires_at: self.expires_at,
            ..Layer::default()
        };
        Ok(())
    }
}

/// Pays capital into a layer, up to its limit and before it expires. It attaches from what insurance has paid until it is
/// first funded. `LayerFull` where there is no such offer or the limit would be exceeded.
pub fn fund(market: &mut MarketBooks, seat: usize, fund: &mut InsuranceBooks, amount: Atoms, now: Now) -> Result<()> {
    let paid = market.tally.insured;
    let layer = seat_mut(market, seat)?;
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if now.time >= layer.expires_at {
        return Err(Error::LayerExpired);
    }
    let amount_after = layer.amount.plus(amount)?;
    if amount_after > layer.limit {
        return Err(Error::LayerFull);
    }
    if layer.funded == 0 {
        layer.funded = 1;
        layer.base = paid;
    }
    layer.amount = amount_after;
    fund.layers = fund.layers.plus(amount)?;
    fund.booked = fund.booked.plus(amount)?;
    Ok(())
}

/// Takes an expired layer's capital and premium out and frees the seat; returns what leaves. `LayerBound` until it has expired
/// and what remains insures the market's U.
#[must_use = "what was taken out must move"]
pub fn withdraw(market: &mut MarketBooks, seat: usize, fund: &mut InsuranceBooks, now: Now) -> Result<Atoms> {
    let layer = *seat_mut(market, seat)?;
    if now.time < layer.expires_at {
        return Err(Error::LayerBound);
    }
    *seat_mut(market, seat)? = Layer::default();
    if !cover::insures(market, now)? {
        return Err(Error::LayerBound);
    }
    let leaves = layer.amount.plus(layer.earned)?;
    leave(fund, leaves)?;
    Ok(leaves)
}

/// Takes the premium a layer has earned, while the market's U is insured: returns what leaves, `LayerBound` while it is not.
#[must_use = "what was taken out must move"]
pub fn take_premium(market: &mut MarketBooks, seat: usize, fund: &mut InsuranceBooks, now: Now) -> Result<Atoms> {
    let layer = seat_mut(market, seat)?;
    if layer.earned.is_zero() {
        return Err(Error::ZeroAmount);
    }
    let leaves = core::mem::take(&mut layer.earned);
    if !cover::insures(market, now)? {
        return Err(Error::LayerBound);
    }
    leave(fund, leaves)?;
    Ok(leaves)
}

/// What all layers could pay in the present event after `from_cover` of the cover has been paid, whatever the deficits come
/// to and in whatever pieces.
pub fn capacity(market: &MarketBooks, from_cover: Atoms) -> Result<Atoms> {
    if !any(market) {
        return Ok(Atoms::ZERO);
    }
    let mut left = usable_of_all(market)?;
    let paid = market.tally.insured.plus(from_cover)?;
    let drawn = run(market, &mut left, paid, Atoms(ATOMS_MAX))?;
    Ok(drawn)
}

/// Draws at most `amount` from the layers, in order. `from_cover`: what the cover has just paid and the tally does not know.
#[must_use = "what was drawn must move"]
pub fn draw(market: &mut MarketBooks, fund: &mut InsuranceBooks, amount: Atoms, from_cover: Atoms) -> Result<Atoms> {
    if amount.is_zero() || !any(market) {
        return Ok(Atoms::ZERO);
    }
    let before = usable_of_all(market)?;
    let mut left = before;
    let paid = market.tally.insured.plus(from_cover)?;
    let drawn = run(market, &mut left, paid, amount)?;
    let event = market.mark.sequence;
    for ((layer, before), left) in market.layers.iter_mut().zip(before).zip(left) {
        if before != left {
            layer.event = event;
            layer.event_left = left;
            layer.amount = layer.amount.minus(before.minus(left)?)?;
        }
    }
    leave(fund, drawn)?;
    Ok(drawn)
}

/// Premiums: each layer earns its share of what the market pays insurance, as far as it is full, rounded down. Returns their
/// sum, which stays in the insurance vault.
pub fn earn(market: &mut MarketBooks, fund: &mut InsuranceBooks, revenue: Atoms) -> Result<Atoms> {
    if !any(market) {
        return Ok(Atoms::ZERO);
    }
    let published = market.mark.publish_time;
    let mut earned = Atoms::ZERO;
    for layer in &mut market.layers {
        if layer.amount.is_zero() || published >= layer.expires_at {
            continue;
        }
        let full = revenue.share_floor(u64::from(layer.premium.0), BPS)?;
        let premium = full.share_floor(layer.amount.0, layer.limit.0)?;
        layer.earned = layer.earned.plus(premium)?;
        earned = earned.plus(premium)?;
    }
    fund.layers = fund.layers.plus(earned)?;
    fund.booked = fund.booked.plus(earned)?;
    Ok(earned)
}

fn holds_money(layer: &Layer) -> bool {
    !layer.amount.is_zero() || !layer.earned.is_zero()
}

/// A market without offers asks nothing of its layers.
fn any(market: &MarketBooks) -> bool {
    market.layers.iter().any(|layer| !layer.limit.is_zero())
}

fn seat_mut(market: &mut MarketBooks, seat: usize) -> Result<&mut Layer> {
    market.layers.get_mut(seat).filter(|layer| !layer.limit.is_zero()).ok_or(Error::LayerFull)
}

fn leave(fund: &mut InsuranceBooks, amount: Atoms) -> Result<()> {
    fund.layers = fund.layers.minus(amount)?;
    fund.booked = fund.booked.minus(amount)?;
    Ok(())
}

/// What each layer may still pay at the present mark, attached or not.
fn usable_of_all(market: &MarketBooks) -> Result<[Atoms; LAYERS]> {
    let mut usable = [Atoms::ZERO; LAYERS];
    for (layer, usable) in market.layers.iter().zip(&mut usable) {
        if layer.amount.is_zero() || market.mark.publish_time >= layer.expires_at {
            continue;
        }
        *usable = if layer.event == market.mark.sequence {
            layer.event_left.least(layer.amount)
        } else {
            market.params.event_share.of_floor(layer.amount)?
        };
    }
    Ok(usable)
}

/// Runs a need through what the layers have `left`, insurance having `paid` so much; returns what they pay of it.
fn run(market: &MarketBooks, left: &mut [Atoms; LAYERS], paid: Atoms, need: Atoms) -> Result<Atoms> {
    let mut drawn = Atoms::ZERO;
    for _ in 0..STEPS {
        let paid = paid.plus(drawn)?;
        // An earlier layer that attaches on the way takes over from there.
        let mut most = need.minus(drawn)?;
        for (layer, left) in market.layers.iter().zip(left.iter_mut()) {
            if left.is_zero() {
                continue;
            }
            let attaches_in = layer.base.plus(layer.attachment)?.beyond(paid);
            if !attaches_in.is_zero() {
                most = most.least(attaches_in);
                continue;
            }
            let taken = most.least(*left);
            *left = left.minus(taken)?;
            drawn = drawn.plus(taken)?;
            break;
        }
        if drawn == need {
            break;
        }
    }
    Ok(drawn)
}
