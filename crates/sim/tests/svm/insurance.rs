//! Stakers, underwriters, surplus and fees on the compiled program: money in, loss, money out (F4, F8, I11).

use breakwater::layout::books;
use breakwater::state::{Exchange, Market, Stake};
use breakwater_engine::layer::Terms;
use breakwater_engine::permission::PauseBits;
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::units::{Bps, Now};
use breakwater_engine::{Atoms, Lots};
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::insurance::Wallet;
use breakwater_sim::svm::{decode, tokens, SvmVenue};
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use crate::stage::{Stage, BIRTH, USD};

const DAY: u64 = 86_400;

/// Somebody's addresses.
pub fn purse(number: usize) -> Wallet {
    Wallet { owner: address("saver", number), tokens: address("savings", number) }
}

/// Somebody with dollars and lamports.
pub fn wallet(stage: &mut Stage, number: usize, usd: u64) -> Wallet {
    let wallet = purse(number);
    stage.venue.chain.give_lamports(wallet.owner);
    let mint = stage.venue.build.keys.mint;
    tokens::put_wallet(&mut stage.venue.chain, wallet.tokens, mint, wallet.owner, Atoms(usd * USD));
    wallet
}

/// Stakes.
pub fn stake(stage: &mut Stage, wallet: &Wallet, usd: u64) {
    let built = stage.venue.build.stake(wallet, Atoms(usd * USD));
    stage.send("stake", built).expect("a stake");
}

/// Somebody's stake.
pub fn held(stage: &Stage, wallet: &Wallet) -> breakwater_engine::state::StakeBooks {
    *books(&decode::state::<Stake>(stage.venue.chain.data(&stage.venue.build.stake_of(&wallet.owner))).books)
}

/// Asks for the exit of everything.
pub fn request_all(stage: &mut Stage, wallet: &Wallet) {
    let built = stage.venue.build.request_exit(wallet.owner, held(stage, wallet).shares.get());
    stage.send("request_exit", built).expect("a request");
}

/// Tries to leave.
pub fn exit(stage: &mut Stage, wallet: &Wallet) -> Outcome {
    let markets = stage.venue.markets.clone();
    let built = stage.venue.build.exit_stake(wallet, &markets);
    stage.send("exit_stake", built)
}

/// Skims every market.
pub fn skim(stage: &mut Stage) {
    let markets = stage.venue.markets.clone();
    let built = stage.venue.build.skim_markets(&markets);
    stage.send("skim", built).expect("a skim");
}

/// Days pass; every market keeps its mark.
pub fn days(stage: &mut Stage, days: u64) {
    stage.venue.advance(days * DAY * 5 / 2, (days * DAY) as i64);
    stage.wait(1);
}

/// Offers a seat, as the execution of a proposal does.
pub fn offer(stage: &mut Stage, market: usize, seat: u8, wallet: &Wallet, terms: Terms) {
    let now = stage.venue.now();
    let offered = stage.venue.change_books(market, |books| terms.take_seat(&mut books.market.layers, seat.into(), now));
    offered.expect("an offer");
    let at = stage.venue.markets[market].market;
    let mut listed = decode::state::<Market>(stage.venue.chain.data(&at));
    listed.underwriters[usize::from(seat)] = wallet.owner;
    stage.venue.chain.put_data(at, breakwater::ID, decode::bytes(&*listed));
}

/// A month's layer of at most 1,000 USD that pays from the first atom and earns a tenth.
pub fn month(now: Now) -> Terms {
    let limit = Atoms(1_000 * USD);
    Terms { attachment: Atoms(0), limit, premium: Bps(1_000), expires_at: now.time + 30 * DAY as i64 }
}

/// Pays into a layer.
pub fn underwrite(stage: &mut Stage, seat: u8, wallet: &Wallet, usd: u64) -> Outcome {
    let market = stage.venue.markets[0];
    let built = stage.venue.build.fund_layer(wallet, (&market, seat), Atoms(usd * USD));
    stage.send("fund_layer", built)
}

fn balance(stage: &Stage, wallet: &Wallet) -> u64 {
    tokens::balance(&stage.venue.chain, &wallet.tokens).0
}

/// A long that owes about a hundred dollars at 92, a short that is rich. Covers come from what is in the fund.
fn bankrupt_at_92(stage: &mut Stage) -> [AccountId; 2] {
    let (long, short) = (stage.trader(300), stage.trader(100_000));
    stage.pair(0, long, short, 5_000);
    [long, short]
}

fn resolve(stage: &mut Stage, long: AccountId) {
    stage.venue.sync(long, None).expect("a sync");
    stage.wait(151);
    stage.venue.resolve(long, 0, None).expect("a resolution");
    stage.conserved("after a resolution");
}

#[test]
fn a_stake_earns_waits_and_leaves() {
    let mut stage = Stage::empty();
    for _ in 0..2 {
        stage.list(&MarketParams { cover_grant: Atoms(0), ..MarketParams::bare() });
    }
    let (saver, liquidator) = (wallet(&mut stage, 0, 10_000), stage.trader(50_000));
    stake(&mut stage, &saver, 10_000);
    stage.conserved("after a stake");
    let [long, _] = bankrupt_at_92(&mut stage);
    // A liquidation's penalty: half of it is the stakers'.
    stage.mark(0, 9_600);
    let before = stage.venue.state().fund;
    stage.venue.liquidate(long, 0, liquidator, Lots(0)).expect("a liquidation");
    let after = stage.venue.state().fund;
    let (penalty, earned) = (after.booked.0 - before.booked.0, after.staked.0 - before.staked.0);
    assert!(penalty > 1_000 && earned == penalty / 2, "{earned} of {penalty}");
    stage.conserved("after a liquidation");

    request_all(&mut stage, &saver);
    stage.refuses("before the cool-down is over", "ExitCooling", |stage| exit(stage, &saver));
    days(&mut stage, 7);
    // A hundredth of what is open stays.
    exit(&mut stage, &saver).expect("an exit");
    stage.conserved("after an exit");
    let open: u64 = stage.venue.state().markets.iter().map(|books| books.market.open_interest().0).sum();
    let value = open / BIRTH as u64 * 9_600;
    let fund = stage.venue.state().fund;
    assert_eq!(fund.protocol.0 + fund.staked.0, value.div_ceil(100));
    assert!(held(&stage, &saver).leaving.get() > 0, "the rest goes on leaving");
    stage.refuses("the target stays", "ExitWaits", |stage| exit(stage, &saver));
    println!("stake {}, request_exit {}, exit_stake {}", stage.units("stake"), stage.units("request_exit"), {
        stage.units("exit_stake")
    });
}

/// From a fund with a stake, a cover and nothing open everything leaves but the protocol's own (I11); the stake's rent too.
#[test]
fn a_stake_leaves_an_empty_exchange_whole() {
    let mut stage = Stage::with_markets(1);
    let saver = wallet(&mut stage, 0, 60_000);
    stake(&mut stage, &saver, 60_000);
    skim(&mut stage);
    assert_eq!(stage.venue.state().fund.covers, Atoms(50_000 * USD));
    request_all(&mut stage, &saver);
    days(&mut stage, 8);
    exit(&mut stage, &saver).expect("as far as covers go");
    assert_eq!(balance(&stage, &saver), 10_000 * USD);
    stage.refuses("the cover is set aside", "ExitWaits", |stage| exit(stage, &saver));
    skim(&mut stage);
    assert_eq!(stage.venue.state().fund.covers, Atoms(0));
    let address = stage.venue.build.stake_of(&saver.owner);
    let rent = stage.venue.chain.lamports(&address);
    let had = stage.venue.chain.lamports(&saver.owner);
    exit(&mut stage, &saver).expect("the rest");
    assert!(balance(&stage, &saver) + 2 >= 60_000 * USD, "{}", balance(&stage, &saver));
    assert!(stage.venue.chain.data(&address).is_empty(), "the stake is closed");
    assert_eq!(stage.venue.chain.lamports(&saver.owner), had + rent);
    let fund = stage.venue.state().fund;
    assert_eq!((fund.staked, fund.shares.get()), (Atoms(0), 0));
    stage.conserved("after everyone left");
    // Who comes back begins anew.
    stake(&mut stage, &saver, 100);
    stage.conserved("after a new stake");
}

/// A pause of exits keeps stakers in, and what they staked goes on paying deficits.
#[test]
fn f8_a_pause_of_exits_leaves_slashing_live() {
    let mut stage = Stage::with_markets(1);
    let saver = wallet(&mut stage, 0, 60_000);
    stake(&mut stage, &saver, 60_000);
    request_all(&mut stage, &saver);
    days(&mut stage, 7);
    let [long, _] = bankrupt_at_92(&mut stage);
    skim(&mut stage);
    let all_but_freeze = PauseBits(PauseBits::ALL.0 & !PauseBits::FREEZE.0);
    let paused = stage.venue.build.set_pause_bits(None, all_but_freeze.0);
    stage.send("set_pause_bits", paused).expect("a pause");
    stage.refuses("exits are paused", "Paused", |stage| exit(stage, &saver));
    stage.mark(0, 9_200);
    let before = stage.venue.state();
    resolve(&mut stage, long);
    let after = stage.venue.state();
    let insured = after.markets[0].market.tally.insured.0;
    assert!(insured > 50 * USD);
    assert_eq!(before.fund.staked.0 - after.fund.staked.0, insured, "stakers paid it while they could not leave");
    assert_eq!(after.markets[0].market.tally.socialised, Atoms(0));
}

/// What insures one market is out of the other's reach, and where it is missing deleveraging follows at once.
#[test]
fn f4_a_backstop_is_ring_fenced_and_escalates() {
    let mut stage = Stage::with_markets(2);
    stage.venue.fund(Atoms(50_000 * USD)).expect("insurance");
    let second = stage.venue.markets[1];
    let built = stage.venue.build.skim_markets(&[second]);
    stage.send("skim", built).expect("a skim");
    let [long, short] = bankrupt_at_92(&mut stage);
    let saver = wallet(&mut stage, 0, 100);
    let now = stage.venue.now();
    // A layer of the second market's stands there alone.
    offer(&mut stage, 1, 0, &saver, month(now));
    let built = stage.venue.build.fund_layer(&saver, (&second, 0), Atoms(100 * USD));
    stage.send("fund_layer", built).expect("a layer");
    stage.mark(0, 9_200);
    let before = stage.venue.state();
    resolve(&mut stage, long);
    let after = stage.venue.state();
    let tally = after.markets[0].market.tally;
    assert_eq!(tally.insured, Atoms(0));
    assert_eq!(tally.deleveraged, Lots(5_000 * USD));
    assert!(tally.absorbed.0 + tally.socialised.0 > 50 * USD && tally.unfunded == Atoms(0), "{tally:?}");
    assert_eq!(after.insurance_vault, before.insurance_vault);
    assert_eq!(after.markets[1].market.cover, before.markets[1].market.cover);
    assert_eq!(after.markets[1].market.layers, before.markets[1].market.layers);
    stage.venue.sync(short, None).expect("a sync");
    assert_eq!(stage.venue.books(0).market.open_interest(), Lots(0));
}

/// Offered, funded, earning, paying, expired, withdrawn.
#[test]
fn a_layer_from_offer_to_withdrawal() {
    let mut stage = Stage::with_markets(1);
    let (saver, liquidator) = (wallet(&mut stage, 0, 1_000), stage.trader(50_000));
    let now = stage.venue.now();
    offer(&mut stage, 0, 2, &saver, month(now));
    underwrite(&mut stage, 2, &saver, 600).expect("capital");
    underwrite(&mut stage, 2, &saver, 400).expect("more capital");
    stage.conserved("after funding");
    let [long, _] = bankrupt_at_92(&mut stage);
    let poor = stage.trader(260);
    let rich = stage.trader(100_000);
    stage.pair(0, poor, rich, 5_000);
    stage.mark(0, 9_600);
    stage.venue.liquidate(long, 0, liquidator, Lots(0)).expect("a liquidation");
    let earned = stage.venue.books(0).market.layers[2].earned.0;
    let protocol = stage.venue.state().fund.protocol.0;
    assert!(earned > 100 && earned == (earned + protocol) / 10, "{earned} and {protocol}");
    let market = stage.venue.markets[0];
    let premium = stage.venue.build.take_premium(&saver, (&market, 2));
    stage.send("take_premium", premium).expect("a premium");
    assert_eq!(balance(&stage, &saver), earned);
    stage.conserved("after a premium");

    // What an event may use of 1,000 USD pays before anyone is charged.
    stage.mark(0, 9_400);
    let charged = stage.venue.books(0).market.sides[1].claims.now.loss;
    assert_eq!(charged.get(), 0, "the layer insures it");
    resolve(&mut stage, poor);
    let layer = stage.venue.books(0).market.layers[2];
    let insured = stage.venue.books(0).market.tally.insured.0;
    let paid = 1_000 * USD - layer.amount.0;
    assert!(paid > 0 && paid <= insured, "{paid} of {insured}: the rest is the penalty's, which the cover paid first");
    println!("fund_layer {}, take_premium {}", stage.units("fund_layer"), stage.units("take_premium"));

    let withdraw = stage.venue.build.withdraw_layer(&saver, (&market, 2));
    stage.refuses("not expired", "LayerBound", |stage| stage.send("", withdraw.clone()));
    days(&mut stage, 31);
    stage.send("withdraw_layer", withdraw).expect("a withdrawal");
    assert_eq!(balance(&stage, &saver), earned + layer.amount.0 + layer.earned.0);
    assert_eq!(stage.venue.books(0).market.layers[2], Default::default());
    stage.conserved("after a withdrawal");
    println!("withdraw_layer {}", stage.units("withdraw_layer"));
}

/// A charged side is paid back from what the protocol has too much; stakers' money stays.
#[test]
fn surplus_flows_to_the_charged() {
    let mut stage = Stage::with_markets(2);
    let [long, _] = bankrupt_at_92(&mut stage);
    stage.mark(0, 9_200);
    resolve(&mut stage, long);
    let owed = |stage: &Stage| stage.venue.books(0).market.sides[1].claims.outstanding.0;
    let before = owed(&stage);
    assert!(before > 50 * USD);
    let saver = wallet(&mut stage, 0, 5_000);
    stake(&mut stage, &saver, 5_000);
    let markets = stage.venue.markets.clone();
    let built = stage.venue.build.distribute_surplus(&markets);
    stage.refuses("nothing is surplus", "NoSurplus", |stage| stage.send("", built.clone()));
    stage.venue.fund(Atoms(20 * USD)).expect("insurance");
    stage.send("distribute_surplus", built).expect("surplus");
    assert_eq!(owed(&stage), before - 20 * USD);
    let fund = stage.venue.state().fund;
    assert_eq!((fund.protocol, fund.staked), (Atoms(0), Atoms(5_000 * USD)));
    stage.conserved("after surplus");
    println!("distribute_surplus {}", stage.units("distribute_surplus"));
}

#[test]
fn fees_reach_the_treasury_and_the_keepers() {
    let mut stage = Stage::with_markets(1);
    let keys = stage.venue.build.keys;
    for at in [keys.treasury, keys.keeper_fees] {
        tokens::put_wallet(&mut stage.venue.chain, at, keys.mint, keys.authority, Atoms(0));
    }
    let _ = bankrupt_at_92(&mut stage);
    let fees = stage.venue.books(0).market.fees.0;
    assert!(fees > USD);
    let market = stage.venue.markets[0];
    let built = stage.venue.build.collect_fees(&market);
    stage.mark(0, 9_200);
    stage.refuses("U is not insured", "ExitWaits", |stage| stage.send("", built.clone()));
    stage.mark(0, BIRTH);
    for _ in 0..8 {
        // Back to the normal phase, step by step: somebody must look on the way.
        stage.venue.advance(100, 1_800);
        stage.wait(1);
    }
    stage.send("collect_fees", built).expect("fees");
    let keepers = fees / 10;
    assert_eq!(tokens::balance(&stage.venue.chain, &keys.keeper_fees), Atoms(keepers));
    assert_eq!(tokens::balance(&stage.venue.chain, &keys.treasury), Atoms(fees - keepers));
    assert_eq!(stage.venue.books(0).market.fees, Atoms(0));
    stage.conserved("after fees");
    println!("collect_fees {}, skim {}", stage.units("collect_fees"), stage.units("skim"));
}

/// The exchange's own parameters decide: shares, target, smallest stake.
#[test]
fn parameters_of_the_exchange_count() {
    let params = ExchangeParams { stake_min: Atoms(100 * USD), staker_share: Bps(0), ..ExchangeParams::bare() };
    let venue = SvmVenue::new(&params).expect("make build first").expect("an exchange");
    let mut stage = Stage { venue };
    stage.list(&MarketParams::bare());
    let exchange = decode::state::<Exchange>(stage.venue.chain.data(&stage.venue.build.keys.exchange));
    assert_eq!(exchange.staker_share(), Bps(0));
    let saver = wallet(&mut stage, 0, 10_000);
    let small = stage.venue.build.stake(&saver, Atoms(100 * USD - 1));
    stage.refuses("too small", "StakeTooSmall", |stage| stage.send("", small));
    stake(&mut stage, &saver, 100);
    let liquidator = stage.trader(50_000);
    let [long, _] = bankrupt_at_92(&mut stage);
    stage.mark(0, 9_600);
    stage.venue.liquidate(long, 0, liquidator, Lots(0)).expect("a liquidation");
    let fund = stage.venue.state().fund;
    assert!(fund.protocol.0 > 0 && fund.staked == Atoms(100 * USD), "{fund:?}");
}
