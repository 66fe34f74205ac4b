//! Who pays, atom by atom.

use breakwater_engine::clearing::insurance::LayerTerms;
use breakwater_engine::clearing::state::{Fund, FundParams, MarketBooks};
use breakwater_engine::units::{Atoms, Bps, Now};

use crate::common::Rng;
use crate::histories::play;

const NOW: Now = Now { slot: 1_000, time: 1_000 };

/// Payers as a list would have them.
#[derive(Clone, Debug)]
struct Naive {
    cover: u64,
    /// What is left, attachment, whether it is pinned.
    layers: Vec<(u64, u64, bool)>,
    allowance: u64,
    paid: u64,
}

impl Naive {
    /// Pays one atom; returns the number of its payer: 0 the cover, 1 to 4 a layer, 5 the allowance.
    fn pay(&mut self, with_allowance: bool) -> Option<usize> {
        if self.cover > 0 {
            self.cover -= 1;
            self.paid += 1;
            return Some(0);
        }
        let paid = self.paid;
        let attached = |layer: &&mut (u64, u64, bool)| layer.0 > 0 && layer.2 && paid >= layer.1;
        if let Some((seat, layer)) = self.layers.iter_mut().enumerate().find(|(_, layer)| attached(layer)) {
            layer.0 -= 1;
            self.paid += 1;
            return Some(seat + 1);
        }
        if with_allowance && self.allowance > 0 {
            self.allowance -= 1;
            self.paid += 1;
            return Some(5);
        }
        None
    }

    fn pay_all(&mut self, wanted: u64, with_allowance: bool) -> [u64; 6] {
        let mut parts = [0; 6];
        for _ in 0..wanted {
            match self.pay(with_allowance) {
                Some(payer) => parts[payer] += 1,
                None => break,
            }
        }
        parts
    }
}

fn listed(rng: &mut Rng) -> (MarketBooks, Fund, Naive) {
    let run = FundParams { epoch_seconds: u64::MAX, income_seconds: 3_600, report_slots: 25 };
    let mut fund = Fund { params: run, ..Fund::default() };
    let mut market = MarketBooks::default();
    market.join_fund(&mut fund, NOW).unwrap();
    let (cover, common) = (rng.magnitude(7), rng.magnitude(7));
    market.fund_cover(&mut fund, Atoms(cover), NOW).unwrap();
    fund.donate(Atoms(common), NOW).unwrap();
    market.set_allowance_weight(&mut fund, Bps(10_000)).unwrap();
    fund.begin_epoch().unwrap();
    let mut naive = Naive { cover, layers: vec![(0, 0, false); 4], allowance: common, paid: 0 };
    for seat in 0..4 {
        let (limit, attachment) = (Atoms(1 + rng.magnitude(6)), Atoms(rng.magnitude(8)));
        if rng.one_in(3) {
            continue;
        }
        let terms = LayerTerms { limit, attachment, until: NOW.slot + 10, ..LayerTerms::default() };
        market.offer_layer(seat, &terms, NOW.slot).unwrap();
        market.fund_layer(&mut fund, seat, limit, NOW).unwrap();
        naive.layers[seat] = (limit.0, attachment.0, rng.one_in(4));
        if naive.layers[seat].2 {
            market.layers[seat].pinned = 1;
        }
    }
    if rng.one_in(2) {
        market.pin_layers(NOW.slot);
        naive.layers.iter_mut().for_each(|layer| layer.2 = true);
    }
    (market, fund, naive)
}

/// Whatever pieces a deficit comes in, each atom of it is paid by the cover, else by the first layer that is pinned and
/// attached, else by the allowance.
#[test]
fn a18_each_atom_is_paid_by_the_first_that_may() {
    play(400, |rng: &mut Rng| {
        let (mut market, mut fund, mut naive) = listed(rng);
        for _ in 0..rng.within(1, 12) {
            let (wanted, with_allowance) = (rng.magnitude(8), rng.one_in(2));
            let parts = naive.pay_all(wanted, with_allowance);
            let left: Vec<u64> = market.layers.iter().map(|layer| layer.amount.0).collect();
            let drawn = market.draw(&mut fund, Atoms(wanted), with_allowance, NOW).unwrap();
            let layers: Vec<u64> = left.iter().zip(&market.layers).map(|(had, has)| had - has.amount.0).collect();
            assert_eq!((drawn.cover.0, &layers[..], drawn.allowance.0), (parts[0], &parts[1..5], parts[5]));
            fund.check().unwrap();
        }
    });
}

/// What pinned layers are counted for is what they pay of a deficit that knows no end; what a deficit in pieces is paid
/// is what it is paid at once.
#[test]
fn a75_pinned_layers_count_for_what_they_pay() {
    play(400, |rng: &mut Rng| {
        let (mut market, mut fund, mut naive) = listed(rng);
        let counted = market.pinned_layers(market.whole_cover().unwrap()).unwrap();
        let all = naive.pay_all(100_000, false);
        assert_eq!(counted.0, all[1..5].iter().sum::<u64>());
        let pieces = rng.within(1, 9);
        let mut paid = 0;
        for _ in 0..pieces {
            let wanted = Atoms(1 + rng.magnitude(6));
            paid += market.draw(&mut fund, wanted, false, NOW).unwrap().layers.0;
            let left = market.pinned_layers(market.whole_cover().unwrap()).unwrap();
            assert_eq!(left.0 + paid, counted.0, "pieces change nothing");
        }
    });
}

/// What no pinned layer pays counts for openings and the holdback only as far as a layer that lasts would pay it.
#[test]
fn a75_lasting_layers_are_what_pinning_them_would_add() {
    play(200, |rng: &mut Rng| {
        let (mut market, _, mut naive) = listed(rng);
        let before = market.whole_cover().unwrap();
        let (pinned, slots) = (market.pinned_layers(before).unwrap(), rng.within(0, 12));
        let lasting = market.lasting_layers(before, NOW.slot, slots).unwrap();
        if slots <= 10 {
            naive.layers.iter_mut().for_each(|layer| layer.2 = true);
        }
        let all = naive.pay_all(100_000, false);
        assert_eq!(pinned.0 + lasting.0, all[1..5].iter().sum::<u64>());
        market.pin_layers(NOW.slot + slots);
        assert_eq!(market.pinned_layers(before).unwrap(), pinned.plus(lasting).unwrap());
    });
}
