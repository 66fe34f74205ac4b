//! Underwriting layers: outside capital in seats of a market, drawn after the cover and before the allowance.
//!
//! A layer counts while it lasts, and is pinned when the first of a market's estates opens: it then pays for them whatever its end
//! (A6, A75). One with an attachment pays once insurance has paid so much here since it was funded; layers are drawn in the order of
//! their seats, and one that attaches on the way takes over from there.

use crate::clearing::state::{Fund, Layer, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{Atoms, Bps, Now, ATOMS_MAX};

/// Seats of a market.
pub(super) const LAYERS: usize = 4;
/// Steps in which a need runs through the layers at most: each ends with a layer used up or with one that attaches.
const STEPS: usize = 2 * LAYERS;
/// An offer runs this many slots at most: a year of 400 ms slots.
pub const TERM_SLOTS_MAX: u64 = 366 * 216_000;
/// All layers of a market together earn at most this of its income for insurance: stakers and the protocol keep half.
pub const PREMIUMS_MAX: Bps = Bps(5_000);
/// The largest limit and attachment: what insurance pays in a market may grow by this before sums leave their bound.
pub const AMOUNT_MAX: Atoms = Atoms(1 << 56);

/// What a layer is offered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerTerms {
    /// It pays once insurance has paid this much in the market since it was first funded.
    pub attachment: Atoms,
    /// What it may hold at most.
    pub limit: Atoms,
    /// Share of the market's income for insurance that it earns where it is full.
    pub premium: Bps,
    /// It stands until this slot.
    pub until: u64,
}

impl LayerTerms {
    fn is_within_bounds(&self, slot: u64) -> bool {
        let lasts = self.until.saturating_sub(slot);
        let amounts = !self.limit.is_zero() && self.limit <= AMOUNT_MAX && self.attachment <= AMOUNT_MAX;
        amounts && (1..=TERM_SLOTS_MAX).contains(&lasts) && self.premium <= PREMIUMS_MAX
    }
}

impl Layer {
    /// Whether it holds money and outlasts `slots` more.
    fn lasts(&self, slot: u64, slots: u64) -> bool {
        !self.amount.is_zero() && self.until >= slot.saturating_add(slots)
    }

    const fn holds_money(&self) -> bool {
        !self.amount.is_zero() || !self.earned.is_zero()
    }

    /// Insurance must pay this much more here before it pays.
    fn attaches_in(&self, paid: Atoms) -> Result<Atoms> {
        Ok(self.base.plus(self.attachment)?.beyond(paid))
    }
}

impl MarketBooks {
    /// Offers a seat on these terms, or changes an offer that holds no money. Fails with `LayerTerms` (no such seat, no limit, no
    /// future or more than a year of it, premiums beyond [`PREMIUMS_MAX`] in all) and `LayerTaken` (the seat holds money).
    pub fn offer_layer(&mut self, seat: usize, terms: &LayerTerms, slot: u64) -> Result<()> {
        let others = self.layers.iter().enumerate().filter(|(at, _)| *at != seat);
        let premiums = others.fold(terms.premium.0, |sum, (_, layer)| sum.saturating_add(layer.premium.0));
        let layer = self.layers.get_mut(seat).ok_or(Error::LayerTerms)?;
        if !terms.is_within_bounds(slot) || premiums > PREMIUMS_MAX.0 {
            return Err(Error::LayerTerms);
        }
        if layer.holds_money() {
            return Err(Error::LayerTaken);
        }
        let LayerTerms { attachment, limit, premium, until } = *terms;
        *layer = Layer { attachment, limit, premium, until, ..Layer::default() };
        Ok(())
    }

    /// Pays an underwriter's capital into his seat, up to its limit and before its end; from his first payment on he earns. Fails
    /// with `ZeroAmount`, `LayerExpired`, and `LayerFull` (no such offer, or more than its limit).
    pub fn fund_layer(&mut self, fund: &mut Fund, seat: usize, amount: Atoms, now: Now) -> Result<()> {
        fund.accrue(now)?;
        self.accrue_premiums(fund, now.slot)?;
        let paid = self.cover.paid;
        let layer = self.seat_mut(seat)?;
        if amount.is_zero() {
            return Err(Error::ZeroAmount);
        }
        if now.slot >= layer.until {
            return Err(Error::LayerExpired);
        }
        let after = layer.amount.plus(amount)?;
        if after > layer.limit {
            return Err(Error::LayerFull);
        }
        if layer.funded == 0 {
            (layer.funded, layer.base) = (1, paid);
        }
        layer.amount = after;
        fund.layers = fund.layers.plus(amount)?;
        fund.booked = fund.booked.plus(amount)?;
        Ok(())
    }

    /// Takes what a layer holds and has earned out and frees its seat; returns what leaves the insurance vault. Fails with
    /// `LayerFull` (no such offer) and `LayerBound` until it has ended and no estate is open that it is pinned to (A6, A75).
    #[must_use = "what was taken out must move"]
    pub fn withdraw_layer(&mut self, fund: &mut Fund, seat: usize, now: Now) -> Result<Atoms> {
        fund.accrue(now)?;
        self.accrue_premiums(fund, now.slot)?;
        let layer = self.seat_mut(seat)?;
        if layer.pinned != 0 || now.slot <= layer.until {
            return Err(Error::LayerBound);
        }
        let leaves = layer.amount.plus(layer.earned)?;
        *layer = Layer::default();
        leave(fund, leaves)?;
        Ok(leaves)
    }

    /// Takes the premium a layer has earned: it insures nothing. Returns what leaves the insurance vault. Fails with `LayerFull` (no
    /// such offer) and `ZeroAmount`.
    #[must_use = "what was taken out must move"]
    pub fn collect_premium(&mut self, fund: &mut Fund, seat: usize, now: Now) -> Result<Atoms> {
        fund.accrue(now)?;
        self.accrue_premiums(fund, now.slot)?;
        let leaves = core::mem::take(&mut self.seat_mut(seat)?.earned);
        if leaves.is_zero() {
            return Err(Error::ZeroAmount);
        }
        leave(fund, leaves)?;
        Ok(leaves)
    }

    /// Pins the layers that are live now to the estates.
    pub fn pin_layers(&mut self, slot: u64) {
        for layer in self.layers.iter_mut().filter(|layer| layer.lasts(slot, 0)) {
            layer.pinned = 1;
        }
    }

    /// What layers that are pinned to the present estates pay once `before` was paid by what comes first.
    pub fn pinned_layers(&self, before: Atoms) -> Result<Atoms> {
        self.layers_pay(before, |layer| layer.pinned != 0)
    }

    /// What layers that are not pinned and outlast `slots` more pay beyond the pinned ones, after `before`.
    pub fn lasting_layers(&self, before: Atoms, slot: u64, slots: u64) -> Result<Atoms> {
        let all = self.layers_pay(before, |layer| layer.pinned != 0 || layer.lasts(slot, slots))?;
        Ok(all.beyond(self.pinned_layers(before)?))
    }

    /// Cover, and the layers that last long enough for whoever opens now (I16).
    pub fn insurance_for_openings(&self, slot: u64) -> Result<Atoms> {
        let (cover, slots) = (self.whole_cover()?, self.waterfall.open_layer_slots);
        cover.plus(self.layers_pay(cover, |layer| layer.lasts(slot, slots))?)
    }

    /// What the layers that count could pay, whatever the deficits come to and in whatever pieces.
    fn layers_pay(&self, before: Atoms, counts: impl Fn(&Layer) -> bool) -> Result<Atoms> {
        if self.layers.iter().all(|layer| layer.amount.is_zero()) {
            return Ok(Atoms::ZERO);
        }
        let mut left = self.layers.map(|layer| if counts(&layer) { layer.amount } else { Atoms::ZERO });
        let mut drawn = Atoms::ZERO;
        for _ in 0..STEPS {
            let paid = self.cover.paid.plus(before)?.plus(drawn)?;
            let (Some(seat), most) = self.next_layer(&left, paid, Atoms(ATOMS_MAX))? else { break };
            if let Some(left) = left.get_mut(seat) {
                *left = left.minus(most)?;
            }
            drawn = drawn.plus(most)?;
        }
        Ok(drawn)
    }

    /// The first seat that has something left and is attached once insurance has `paid` so much, and how much of a `need` it pays:
    /// as far as it has, and as the next one attaches. Without one, as far as the next attaches.
    pub(super) fn next_layer(
        &self,
        left: &[Atoms; LAYERS],
        paid: Atoms,
        need: Atoms,
    ) -> Result<(Option<usize>, Atoms)> {
        let mut most = need;
        for (seat, (layer, left)) in self.layers.iter().zip(left).enumerate() {
            if left.is_zero() {
                continue;
            }
            let attaches_in = layer.attaches_in(paid)?;
            if attaches_in.is_zero() {
                return Ok((Some(seat), most.least(*left)));
            }
            most = most.least(attaches_in);
        }
        Ok((None, most))
    }

    /// Each layer earns its part of what the market's income of the last period pays out, as far as it is full and lasts; it comes
    /// out of the protocol's tranche as far as no cover has set that aside, and what no layer earns stays there.
    pub(super) fn accrue_premiums(&mut self, fund: &mut Fund, slot: u64) -> Result<()> {
        let period = fund.income_slots();
        for layer in self.layers.iter_mut().filter(|layer| !layer.limit.is_zero()) {
            let released = layer.premiums.release(slot.min(layer.until), period)?;
            let earned = released.share_floor(layer.amount.0, layer.limit.0)?;
            let earned = earned.least(fund.protocol).least(fund.common()?);
            layer.earned = layer.earned.plus(earned)?;
            fund.protocol = fund.protocol.minus(earned)?;
            fund.layers = fund.layers.plus(earned)?;
            // It leaves by the market's terms: no loss, so the peak leaves with it.
            fund.peak = fund.peak.beyond(earned);
        }
        Ok(())
    }

    /// Sets premiums aside of an income, in the streams of the layers that stand; returns their sum, rounded down each.
    pub(super) fn gather_premiums(&mut self, income: Atoms, slot: u64) -> Result<Atoms> {
        let mut gathered = Atoms::ZERO;
        for layer in self.layers.iter_mut().filter(|layer| layer.lasts(slot, 0)) {
            let premium = layer.premium.of_floor(income)?;
            layer.premiums.gather(premium)?;
            gathered = gathered.plus(premium)?;
        }
        Ok(gathered)
    }

    fn seat_mut(&mut self, seat: usize) -> Result<&mut Layer> {
        self.layers.get_mut(seat).filter(|layer| !layer.limit.is_zero()).ok_or(Error::LayerFull)
    }
}

fn leave(fund: &mut Fund, amount: Atoms) -> Result<()> {
    fund.layers = fund.layers.minus(amount)?;
    fund.booked = fund.booked.minus(amount)?;
    Ok(())
}
