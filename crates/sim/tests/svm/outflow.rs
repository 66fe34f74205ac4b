//! The bound on outflow, on the compiled program: what a refusal says, and that it is true.

use breakwater_engine::breaker::Level;
use breakwater_engine::outflow::LAPSE_SECONDS;
use breakwater_engine::state::{AccountBooks, ExchangeParams, MarketParams};
use breakwater_engine::{Atoms, Bps};
use breakwater_sim::engine::EngineVenue;
use breakwater_sim::replay;
use breakwater_sim::svm::SvmVenue;
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use crate::seeds::seed;
use crate::stage::{Stage, USD};

const DAY: i64 = 86_400;

/// An exchange that lets a tenth of its vault out in an hour, and so many who deposited the day before.
fn stage(traders: usize, usd: u64) -> Stage {
    with(&tight(), traders, usd)
}

fn tight() -> ExchangeParams {
    ExchangeParams { outflow_floor: Atoms(10 * USD), outflow_exempt: Atoms(USD), ..ExchangeParams::bare() }
}

fn with(params: &ExchangeParams, traders: usize, usd: u64) -> Stage {
    let mut stage = Stage { venue: SvmVenue::new(params).expect("make build first").expect("an exchange") };
    stage.list(&MarketParams::bare());
    for _ in 0..traders {
        stage.trader(usd);
    }
    stage.venue.advance(216_000, DAY);
    stage
}

fn request(stage: &mut Stage, who: AccountId, amount: u64) -> Outcome {
    let built = stage.venue.build.request_withdrawal(&stage.venue.accounts[who], Atoms(amount));
    stage.send("request_withdrawal", built)
}

/// What the last transaction returned: a moment and an amount.
fn answer(stage: &Stage) -> (i64, u64) {
    let data = &stage.venue.chain.answer;
    let word = |at: usize| data[at..at + 8].try_into().expect("eight bytes");
    (i64::from_le_bytes(word(0)), u64::from_le_bytes(word(8)))
}

/// Lets time pass without a price.
fn until(stage: &mut Stage, time: i64) {
    let seconds = time - stage.venue.now().time;
    stage.venue.advance(seconds as u64 * 5 / 2, seconds);
}

/// F3: 31 withdrawals in twelve minutes take what a burst lets out and what twelve minutes refill, and no more.
#[test]
fn f3_thirty_one_withdrawals_do_not_drain_the_vault() {
    let mut stage = stage(31, 10_000);
    let vault = 310_000 * USD;
    for who in 0..31 {
        if stage.venue.withdraw(who, Atoms(10_000 * USD)).is_err() {
            let (_, most) = answer(&stage);
            let _ = stage.venue.withdraw(who, Atoms(most));
        }
        let _ = request(&mut stage, who, 1_000 * USD);
        let _ = stage.venue.withdraw(who, Atoms(1_000 * USD));
        stage.venue.advance(58, 23);
    }
    let left = vault - stage.venue.state().collateral_vault.0;
    assert!(left <= vault / 10 / 3 * 6 / 5 + 32 * USD, "{left} of {vault} left");
    assert!(left > vault / 40, "and what may leave does");
    stage.conserved("after them");
}

/// I10: without positions, oracle, keeper or governance: refused, asked for, told when, and out at that second.
#[test]
fn i10_what_is_asked_for_leaves_when_it_was_told() {
    let mut stage = stage(10, 10_000);
    let third = 3_000 * USD;
    stage.venue.withdraw(0, Atoms(third)).expect("the burst has room");
    stage.refuses("no room", "OutflowLimit", |stage| stage.venue.withdraw(1, Atoms(third)));
    let (reopens_at, most) = answer(&stage);
    assert!(most == third && reopens_at > stage.venue.now().time && reopens_at <= stage.venue.now().time + 3_600);
    request(&mut stage, 1, third).expect("a place in the queue");
    let (ready_at, counted) = answer(&stage);
    assert_eq!((ready_at, counted), (stage.venue.account(1).flow.ready_at, third - USD));
    assert!(ready_at.abs_diff(reopens_at) <= 1);
    // Nobody who asks later is out earlier, not even with a little.
    request(&mut stage, 2, third).expect("a place behind it");
    let (behind, _) = answer(&stage);
    assert!(behind > ready_at);
    stage.refuses("past the queue", "OutflowLimit", |stage| stage.venue.withdraw(3, Atoms(10 * USD)));
    until(&mut stage, ready_at - 1);
    stage.refuses("a second early", "RequestNotReady", |stage| stage.venue.withdraw(1, Atoms(third)));
    assert_eq!(answer(&stage), (ready_at, third), "told again");
    until(&mut stage, ready_at);
    stage.venue.withdraw(1, Atoms(third)).expect("at the second told");
    until(&mut stage, behind + LAPSE_SECONDS);
    assert!(stage.venue.account(2).flow.requested.0 > 0, "the other has lapsed");
    stage.conserved("after it");
}

/// What was refused without a request passes at the second the refusal named, and not before.
#[test]
fn a_refusal_names_the_second_it_ends() {
    let mut stage = stage(4, 10_000);
    stage.venue.withdraw(0, Atoms(1_300 * USD)).expect("the burst has room");
    assert!(stage.venue.withdraw(1, Atoms(1_000 * USD)).is_err());
    let (reopens_at, most) = answer(&stage);
    assert_eq!(most, 1_000 * USD);
    until(&mut stage, reopens_at - 1);
    stage.refuses("a second early", "OutflowLimit", |stage| stage.venue.withdraw(1, Atoms(most)));
    until(&mut stage, reopens_at);
    stage.venue.withdraw(1, Atoms(most)).expect("at the second named");
}

/// One's own deposit of the day goes back out whatever the windows say.
#[test]
fn a_deposit_may_be_taken_back() {
    let mut stage = stage(2, 10_000);
    stage.venue.withdraw(0, Atoms(660 * USD)).expect("the burst has room");
    assert!(stage.venue.withdraw(1, Atoms(10 * USD)).is_err());
    stage.venue.deposit(1, Atoms(5_000 * USD)).expect("a deposit");
    stage.venue.withdraw(1, Atoms(5_000 * USD)).expect("back out");
    stage.conserved("after it");
}

/// A random day whose exchange lets little out, with a night after its opening: yesterday's deposits count no more.
fn tight_day(seed: u64) -> String {
    let day = replay::random_day(seed, 160);
    let mut lines: Vec<&str> = day.lines().collect();
    assert_eq!(lines[0], r#"{"op":"exchange"}"#);
    lines[0] = r#"{"op":"exchange","outflow_floor":"2000","outflow_exempt":"10","outflow_hour":100}"#;
    let opened = lines.iter().rposition(|line| line.contains(r#""op":"account""#)).expect("an account");
    lines.insert(opened + 2, r#"{"op":"advance","slots":216000,"seconds":86400}"#);
    lines.join("\n")
}

/// Days a run plays at least, and at most: few may owe nothing by chance.
const LEAST_DAYS: u64 = 25;
const MOST_DAYS: u64 = 400;

/// Debts and the bound on outflow are the same on the engine alone and on the program: what each account owes, deposited and
/// took out, and what was refused.
#[test]
fn tight_days_end_the_same() {
    let first = seed();
    let (mut refused, mut owed) = (0, 0);
    for seed in first..first + MOST_DAYS {
        if seed >= first + LEAST_DAYS && refused > 0 && owed > 0 {
            break;
        }
        let text = tight_day(seed);
        let lines = replay::parse(&text).expect("a script");
        let params = replay::exchange_of(&lines).expect("parameters");
        let mut engine = EngineVenue::new(&params).expect("an exchange");
        let mut svm = SvmVenue::new(&params).expect("a cluster").expect("an exchange");
        let ends = [replay::run(&lines, &mut engine), replay::run(&lines, &mut svm)].map(|end| end.expect("a day"));
        assert!(ends[0] == ends[1], "BREAKWATER_SEED={seed}: {ends:#?}");
        let state = engine.state();
        for (who, account) in state.accounts.iter().enumerate() {
            let other = svm.account(who);
            let debts = |account: &AccountBooks| account.slots.map(|slot| slot.debt);
            assert_eq!((account.flow, debts(account)), (other.flow, debts(&other)), "BREAKWATER_SEED={seed}: {who}");
            assert_eq!(svm.owed(who), account.debt().expect("a sum"), "BREAKWATER_SEED={seed}: {who}");
            owed += svm.owed(who).0;
        }
        refused += ends[1].refused.iter().filter(|refused| refused.error == "OutflowLimit").count();
    }
    assert!(refused > 0 && owed > 0, "the days miss the bound or debts: {refused} {owed}");
}

/// A withdrawal that strains the windows succeeds and guards the exchange; flat money goes on leaving, and the guard goes once
/// the strain has and its hold is over.
#[test]
fn a_straining_withdrawal_succeeds_and_guards_the_exchange() {
    let params = ExchangeParams { outflow_guard: Bps(7_500), guard_hold_seconds: 600, ..tight() };
    let mut stage = with(&params, 3, 10_000);
    let guarded = |stage: &Stage| stage.venue.exchange_breaker().level(stage.venue.now()) != Level::Open;
    stage.venue.withdraw(0, Atoms(500 * USD)).expect("a withdrawal");
    stage.venue.withdraw(1, Atoms(200 * USD)).expect("another's");
    assert!(!guarded(&stage));
    stage.venue.withdraw(1, Atoms(100 * USD)).expect("it succeeds");
    assert!(guarded(&stage), "and guards");
    stage.venue.withdraw(2, Atoms(100 * USD)).expect("flat money leaves");
    let trip = stage.venue.build.trip_breaker();
    let half_an_hour_on = stage.venue.now().time + 1_800;
    until(&mut stage, half_an_hour_on);
    stage.send("", trip.clone()).expect("the strain has gone: its hold begins");
    assert!(guarded(&stage));
    let later = stage.venue.now().time + 601;
    until(&mut stage, later);
    assert!(!guarded(&stage));
    stage.send("", trip.clone()).expect("that it has cleared is written down");
    stage.refuses("nothing holds", "NothingTripped", |stage| stage.send("", trip.clone()));
    // A place in the queue strains nothing: nothing has left (A19).
    request(&mut stage, 2, 900 * USD).expect("a place in the queue");
    assert!(!guarded(&stage));
    stage.refuses("nothing has left", "NothingTripped", |stage| stage.send("", trip.clone()));
}

/// One account with a fifth of the vault, for fourteen days: every hour it asks for what it may and gives it up, lets it lapse, or takes it
/// and brings it back a day later. Nobody else is ever refused a trade for it.
#[test]
fn a19_one_account_keeps_nobody_from_trading() {
    let (outflow_floor, outflow_exempt) = (Atoms(10 * USD), Atoms(USD));
    let params = ExchangeParams { timelock_seconds: 0, outflow_floor, outflow_exempt, ..ExchangeParams::standard() };
    let mut stage = with(&params, 5, 10_000);
    let mut tried = 0;
    for hour in 0..14 * 24u32 {
        let most = stage.venue.account(0).free.0.min(1_000 * USD);
        let _ = request(&mut stage, 0, most);
        match hour % 3 {
            0 => _ = request(&mut stage, 0, 0),
            1 => {}
            _ => _ = stage.venue.withdraw(0, Atoms(most)),
        }
        if hour % 24 == 0 {
            stage.venue.deposit(0, Atoms(10_000 * USD - stage.venue.account(0).free.0.min(9_999 * USD))).expect("back");
        }
        let breaker = stage.venue.exchange_breaker();
        assert_eq!(breaker.level(stage.venue.now()), Level::Open, "hour {hour}, after {tried} trades");
        if hour % 8 == 0 {
            stage.confirm(0, crate::stage::BIRTH);
            stage.pair(0, 1, 2, 10);
            tried += 1;
        }
        let next = stage.venue.now().time + 3_600;
        until(&mut stage, next);
    }
    stage.conserved("after fourteen days");
}

/// Given up, a place is free and what it took is there for others, who need not wait for it; lapsed, anyone clears it, and nobody before.
#[test]
fn a19_what_is_given_up_is_there_for_others() {
    let mut stage = stage(10, 10_000);
    let third = 3_000 * USD;
    request(&mut stage, 0, third).expect("a place");
    stage.refuses("the burst is promised", "OutflowLimit", |stage| stage.venue.withdraw(1, Atoms(third)));
    let (zero, one) = (stage.venue.accounts[0], stage.venue.accounts[1]);
    let clear = {
        let stranger = breakwater_sim::svm::keys::AccountKeys { owner: one.owner, ..zero };
        stage.venue.build.request_withdrawal(&stranger, Atoms(0))
    };
    stage.refuses("by a stranger", "Unauthorised", |stage| stage.send("", clear.clone()));
    let mut given_up = stage.clone();
    request(&mut given_up, 0, 0).expect("given up");
    given_up.venue.withdraw(1, Atoms(third)).expect("at once");
    request(&mut given_up, 0, third).expect("another place, behind");
    let lapses = stage.venue.account(0).flow.ready_at + LAPSE_SECONDS;
    until(&mut stage, lapses - 1);
    stage.refuses("a second early", "Unauthorised", |stage| stage.send("", clear.clone()));
    until(&mut stage, lapses);
    let before = stage.venue.account(0).free;
    stage.send("", clear).expect("anyone clears what has lapsed");
    assert_eq!((stage.venue.account(0).free, stage.venue.account(0).flow.requested), (before, Atoms(0)));
    stage.conserved("after it");
}
