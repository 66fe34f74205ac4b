//! One case for every error that can be reached from outside, asserted by its name; and the few that cannot, with the reason.
//!
//! Every case begins on the same stage: two markets at 100 USD; in the first Alice is long 5,000 USD against Bob; Carol has
//! money and nothing else. What a case does first must succeed; what it then attempts must be refused and change nothing.

mod accounts;
mod bad;
mod books;
mod collateral;
mod governance;
mod guards;
mod insurance;
mod multiples;
mod orders;
mod parameters;
mod prices;
mod recovery;
mod settlement;

use std::collections::BTreeSet;

use anchor_lang::solana_program::instruction::Instruction;
use breakwater::error::BreakwaterError;
use breakwater_engine::Atoms;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::{AccountId, Outcome};
use solana_pubkey::Pubkey;

use crate::stage::{none, Stage};

/// Long in the first market, with little beyond her margin.
pub const ALICE: AccountId = 0;
/// Short against her, rich.
pub const BOB: AccountId = 1;
/// Rich, without positions.
pub const CAROL: AccountId = 2;

/// A case.
pub struct Case {
    /// What is attempted.
    pub what: &'static str,
    /// The name of the error.
    pub error: &'static str,
    /// What is done first.
    pub first: fn(&mut Stage),
    /// The attempt.
    pub attempt: fn(&mut Stage) -> Outcome,
}

/// Nothing is done first.
pub fn as_is(_: &mut Stage) {}

/// Names a case by its error; the compiler knows the error.
macro_rules! case {
    ($what:literal, $error:ident, $first:expr, $attempt:expr) => {{
        let _ = breakwater::error::BreakwaterError::$error;
        $crate::errors::Case { what: $what, error: stringify!($error), first: $first, attempt: $attempt }
    }};
}
pub(crate) use case;

/// An instruction with one account exchanged.
pub fn swapped(mut instruction: Instruction, from: Pubkey, to: Pubkey) -> Instruction {
    let at = instruction.accounts.iter().position(|meta| meta.pubkey == from).expect("an account of the instruction");
    instruction.accounts[at].pubkey = to;
    instruction
}

fn common() -> Stage {
    let mut stage = Stage::with_markets(2);
    let (alice, bob, _) = (stage.trader(300), stage.trader(100_000), stage.trader(50_000));
    stage.pair(0, alice, bob, 5_000);
    fill_wallets(&mut stage);
    stage
}

/// Whoever tries to pay in can: the program refuses, not the token program.
fn fill_wallets(stage: &mut Stage) {
    let (mint, payer) = (stage.venue.build.keys.mint, stage.venue.chain.payer());
    let owners: Vec<_> = stage.venue.accounts.iter().map(|keys| (keys.wallet, keys.owner)).collect();
    for (wallet, owner) in owners.into_iter().chain([(address("insurer", 0), payer)]) {
        tokens::put_wallet(&mut stage.venue.chain, wallet, mint, owner, Atoms(1 << 63));
    }
}

fn check(cases: &[Case]) {
    let scene = common();
    let mut faults = Vec::new();
    for case in cases {
        let mut stage = scene.clone();
        (case.first)(&mut stage);
        stage.conserved(case.what);
        faults.extend(stage.fault(case.what, case.error, case.attempt));
    }
    none(faults);
}

#[test]
fn accounts() {
    check(accounts::CASES);
}

#[test]
fn amounts_and_orders() {
    check(orders::CASES);
}

#[test]
fn prices_and_permissions() {
    check(prices::CASES);
}

#[test]
fn parameters() {
    check(parameters::CASES);
}

#[test]
fn multiples() {
    check(multiples::CASES);
}

#[test]
fn bad_accounts_and_the_waterfall() {
    check(bad::CASES);
}

#[test]
fn the_ladder_and_its_grid() {
    check(books::CASES);
}

#[test]
fn other_collateral() {
    check(collateral::CASES);
}

#[test]
fn recovery_and_outflow() {
    check(recovery::CASES);
}

#[test]
fn markets_without_an_oracle() {
    check(settlement::CASES);
}

#[test]
fn breakers_and_timelocks() {
    check(guards::CASES);
}

#[test]
fn stakes_and_layers() {
    check(insurance::CASES);
}

#[test]
fn pauses_and_proposals() {
    check(governance::CASES);
}

/// Errors with a case, and errors without: nothing else is an error of the program, or this does not compile.
macro_rules! every_error {
    (reached: $($reached:ident)+; unreachable: $($other:ident, $reason:literal;)+) => {
        const REACHED: &[&str] = &[$(stringify!($reached)),+];
        const UNREACHABLE: &[(&str, &str)] = &[$((stringify!($other), $reason)),+];
        const _: fn(BreakwaterError) = |error| match error {
            $(BreakwaterError::$reached)|+ | $(BreakwaterError::$other)|+ => {}
        };
    };
}

every_error! {
    reached:
        Unauthorised WrongVault WrongVaultAuthority WrongMint NotATokenAccount WrongFeed WrongOracleOwner WrongOracleAccount
        PriceNotVerified WrongSource DuplicateAccount WrongMarket WrongExchange WrongLadder WrongInsurance WrongLedger WrongQuote
        WrongIndex AccountsNotInPairs TooManyMakers UnknownSide UnknownPauseBits DepositsFull NotWritable WrongAccountType
        WrongOwner AccountClosed Overflow ZeroAmount WrongStep InsufficientFreeCash InsufficientMargin InsufficientPaidIn
        HealthFalls SlotsFull NoPosition MarketMissing Bankrupt NotBankrupt NotInDistress TooEarly TooMuch SliceUsed
        CoverExhausted RecordsFull NobodySolvent KeyOffGrid Rebasing RebaseNotDue GridHistoryFull Uninsured OpenInterestCap
        DustPosition QuotesOutOfOrder QuoteNotLive PriceOutOfBand LimitNotReached NothingFilled StaleMark PriceQuality Paused
        AccountNotEmpty PriceNotPositive PriceExponent PriceFromFuture RuleInitialAboveMaintenance
        RulePenaltyBelowMaintenance RuleBracketsRise RuleStep RuleBand RulePriceBounds RuleFunding RuleImpact RuleAuction RuleCover
        RuleVesting RuleOpenInterest RuleFees RuleLotValue RuleWalk RuleSyncReward RuleDeposits BelowMinimum Barred
        LiquidatorUnchecked SameSide NotSwept CannotIsolate RuleMultiples RuleVolatility WrongTrader OutflowLimit NothingRequested RequestNotReady AlreadyRequested NothingToClaim NothingOwed DebtFirst RuleOutflow MarketSettled NotSettled SettleTooEarly WrongSecondSource MarketNotOpen MarketHalted GracePeriod NothingTripped RuleBreakers WrongTreasury WrongStake WrongUnderwriter StakeTooSmall InsufficientShares ExitCooling ExitWaits LayerTaken LayerFull LayerExpired LayerBound LayerTerms NoSurplus AllMarkets RuleInsurance RuleTimelock WrongCollateral CollateralSlotsFull CollateralUnvalued CollateralFirst CollateralCap InsufficientCollateral RuleCollateral DurableNonce WrongInstructionsSysvar WrongProposal UnknownChange UnknownParameter StepTooLarge NothingChanges Loosens ProposalTooEarly ProposalExpired ProposalClosed ProposalOutdated PauseTooLong PausesUsedUp FreezeTooSoon OnlyAuthorityFreezes PauseNotExpired LegUnderwater MinFillNotReached ExitLapsed OfferLapsed NothingOffered LadderElsewhere NotAProgram OwnReplacement ExchangeWidePause;
    unreachable:
        NotConserved, "a fault of the program: what proves that there is none is every other test here";
        PriceWentBack, "an older update changes nothing and succeeds; the number stays";
        SelfTrade, "the taker's own quote is passed over";
        Isolated, "an isolated position that lacks margin says InsufficientMargin";
        PageMissing, "no instruction collects from pages of ended lists yet";
}

#[test]
fn every_error_has_a_case_or_a_reason() {
    let all = [
        accounts::CASES,
        orders::CASES,
        prices::CASES,
        parameters::CASES,
        bad::CASES,
        books::CASES,
        multiples::CASES,
        recovery::CASES,
        settlement::CASES,
        guards::CASES,
        insurance::CASES,
        collateral::CASES,
        governance::CASES,
    ];
    let tested: BTreeSet<&str> = all.into_iter().flatten().map(|case| case.error).collect();
    let promised: BTreeSet<&str> = REACHED.iter().copied().collect();
    assert_eq!(tested, promised);
    assert!(UNREACHABLE.iter().all(|(name, reason)| !tested.contains(name) && !reason.is_empty()));
}
