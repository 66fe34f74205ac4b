//! What deployed accounts and clients rely on: sizes, discriminators, places of fields, error numbers. A change here is a
//! migration.

use anchor_lang::Discriminator;
use breakwater::error::BreakwaterError;
use breakwater::instruction;
use breakwater::state::{
    AccountBooks, Collateral, Exchange, Insurance, Ladder, LadderBooks, LadderSide, LossLedger, MarginAccount, Market,
    MarketBooks, MarketSlot, Proposal, Quote, RecoveryRecord, Stake, Trader,
};
use std::mem::{offset_of, size_of};

/// Name, discriminator and size as they are, and as they were frozen.
type Row = (&'static str, &'static [u8], usize, [u8; 8], usize);

#[test]
fn accounts_keep_their_sizes_and_discriminators() {
    let frozen: [Row; 11] = [
        ("Exchange", Exchange::DISCRIMINATOR, size_of::<Exchange>(), [30, 200, 220, 149, 3, 61, 104, 50], 960),
        ("Market", Market::DISCRIMINATOR, size_of::<Market>(), [219, 190, 213, 55, 0, 227, 198, 154], 2424),
        ("Ladder", Ladder::DISCRIMINATOR, size_of::<Ladder>(), [125, 146, 35, 254, 42, 7, 204, 222], 202928),
        (
            "MarginAccount",
            MarginAccount::DISCRIMINATOR,
            size_of::<MarginAccount>(),
            [133, 220, 173, 213, 179, 211, 43, 238],
            2648,
        ),
        ("Quote", Quote::DISCRIMINATOR, size_of::<Quote>(), [167, 202, 20, 198, 228, 66, 105, 208], 280),
        ("Insurance", Insurance::DISCRIMINATOR, size_of::<Insurance>(), [236, 126, 120, 155, 178, 253, 145, 150], 112),
        ("LossLedger", LossLedger::DISCRIMINATOR, size_of::<LossLedger>(), [204, 44, 94, 169, 102, 186, 91, 31], 8888),
        ("Trader", Trader::DISCRIMINATOR, size_of::<Trader>(), [74, 133, 32, 105, 47, 50, 5, 238], 80),
        ("Stake", Stake::DISCRIMINATOR, size_of::<Stake>(), [150, 197, 176, 29, 55, 132, 112, 149], 112),
        ("Collateral", Collateral::DISCRIMINATOR, size_of::<Collateral>(), [123, 130, 234, 63, 255, 240, 255, 92], 288),
        ("Proposal", Proposal::DISCRIMINATOR, size_of::<Proposal>(), [26, 94, 189, 187, 116, 136, 53, 33], 176),
    ];
    for (name, discriminator, size, frozen_discriminator, frozen_size) in frozen {
        assert_eq!(discriminator, frozen_discriminator, "{name}");
        assert_eq!(size, frozen_size, "{name}");
    }
    assert_eq!(size_of::<RecoveryRecord>(), 136);
}

#[test]
fn fields_keepers_read_keep_their_places() {
    assert_eq!(offset_of!(Exchange, collateral_booked), 544);
    assert_eq!(offset_of!(Exchange, outflow), 552);
    assert_eq!(offset_of!(Exchange, breaker), 632);
    assert_eq!(offset_of!(Exchange, pauses), 736);
    assert_eq!(offset_of!(Exchange, params), 448);
    assert_eq!(offset_of!(Market, books), 336);
    assert_eq!(offset_of!(Market, pauses), 280);
    assert_eq!(offset_of!(MarketBooks, mark), 432);
    assert_eq!(offset_of!(MarketBooks, stance), 536);
    assert_eq!(offset_of!(MarketBooks, breaker), 576);
    assert_eq!(offset_of!(MarketBooks, layers), 680);
    assert_eq!(offset_of!(MarketBooks, sides), 968);
    assert_eq!(offset_of!(MarketBooks, grid), 1384);
    assert_eq!(offset_of!(Ladder, books), 32);
    assert_eq!(offset_of!(LadderBooks, sides), 0);
    assert_eq!(offset_of!(LadderSide, lines), 1096);
    assert_eq!(offset_of!(LadderSide, pools), 33864);
    assert_eq!(offset_of!(LadderSide, records), 64584);
    assert_eq!(offset_of!(MarginAccount, books), 72);
    assert_eq!(offset_of!(AccountBooks, pledge), 48);
    assert_eq!(offset_of!(AccountBooks, flow), 104);
    assert_eq!(offset_of!(AccountBooks, slots), 272);
    assert_eq!(offset_of!(MarketSlot, position), 8);
    assert_eq!(offset_of!(Quote, books), 64);
    assert_eq!(offset_of!(Insurance, books), 32);
    assert_eq!(offset_of!(LossLedger, hash), 40);
    assert_eq!(offset_of!(LossLedger, anchor), 112);
    assert_eq!(offset_of!(LossLedger, records), 184);
    assert_eq!(offset_of!(Trader, owed), 64);
    assert_eq!(offset_of!(Stake, books), 64);
    assert_eq!(offset_of!(Collateral, books), 144);
    assert_eq!(offset_of!(Proposal, ready_at), 144);
}

#[test]
fn instructions_keep_their_discriminators() {
    let frozen: [(&[u8], [u8; 8]); 50] = [
        (instruction::InitialiseExchange::DISCRIMINATOR, [150, 103, 49, 200, 9, 223, 45, 18]),
        (instruction::ListMarket::DISCRIMINATOR, [161, 93, 3, 53, 190, 113, 67, 32]),
        (instruction::FundInsurance::DISCRIMINATOR, [58, 216, 37, 162, 201, 50, 20, 66]),
        (instruction::OpenAccount::DISCRIMINATOR, [101, 152, 91, 243, 176, 36, 189, 101]),
        (instruction::CloseAccount::DISCRIMINATOR, [125, 255, 149, 14, 110, 34, 72, 24]),
        (instruction::Deposit::DISCRIMINATOR, [242, 35, 198, 137, 82, 225, 242, 182]),
        (instruction::Withdraw::DISCRIMINATOR, [183, 18, 70, 156, 148, 109, 161, 34]),
        (instruction::RequestWithdrawal::DISCRIMINATOR, [251, 85, 121, 205, 56, 201, 12, 177]),
        (instruction::Claim::DISCRIMINATOR, [62, 198, 214, 193, 213, 159, 108, 210]),
        (instruction::Donate::DISCRIMINATOR, [121, 186, 218, 211, 73, 70, 196, 180]),
        (instruction::AllocateMargin::DISCRIMINATOR, [242, 243, 203, 99, 165, 187, 15, 56]),
        (instruction::IsolatePosition::DISCRIMINATOR, [50, 51, 63, 107, 205, 157, 111, 88]),
        (instruction::SetQuote::DISCRIMINATOR, [59, 95, 185, 175, 67, 228, 200, 29]),
        (instruction::CancelQuote::DISCRIMINATOR, [41, 51, 237, 236, 153, 159, 210, 185]),
        (instruction::Trade::DISCRIMINATOR, [178, 144, 26, 216, 241, 187, 206, 130]),
        (instruction::RefreshMarket::DISCRIMINATOR, [76, 37, 172, 33, 240, 82, 61, 152]),
        (instruction::Liquidate::DISCRIMINATOR, [223, 179, 226, 125, 48, 46, 39, 74]),
        (instruction::ResolveBankruptcy::DISCRIMINATOR, [82, 253, 187, 29, 102, 19, 35, 248]),
        (instruction::SyncPosition::DISCRIMINATOR, [233, 255, 186, 56, 125, 89, 29, 29]),
        (instruction::Skim::DISCRIMINATOR, [238, 120, 221, 138, 82, 60, 100, 218]),
        (instruction::Rebase::DISCRIMINATOR, [139, 9, 204, 225, 162, 197, 172, 77]),
        (instruction::SettleMarket::DISCRIMINATOR, [193, 153, 95, 216, 166, 6, 144, 217]),
        (instruction::SettlePosition::DISCRIMINATOR, [33, 156, 74, 218, 215, 42, 112, 175]),
        (instruction::TripBreaker::DISCRIMINATOR, [141, 130, 124, 235, 77, 100, 183, 10]),
        (instruction::Stake::DISCRIMINATOR, [206, 176, 202, 18, 200, 209, 179, 108]),
        (instruction::RequestExit::DISCRIMINATOR, [121, 186, 203, 74, 138, 218, 135, 151]),
        (instruction::ExitStake::DISCRIMINATOR, [93, 1, 94, 119, 202, 68, 182, 122]),
        (instruction::FundLayer::DISCRIMINATOR, [117, 163, 139, 177, 68, 4, 53, 85]),
        (instruction::WithdrawLayer::DISCRIMINATOR, [122, 70, 88, 28, 32, 184, 186, 39]),
        (instruction::TakePremium::DISCRIMINATOR, [9, 249, 167, 77, 188, 230, 34, 79]),
        (instruction::DistributeSurplus::DISCRIMINATOR, [62, 16, 207, 14, 142, 142, 137, 134]),
        (instruction::CollectFees::DISCRIMINATOR, [164, 152, 207, 99, 30, 186, 19, 182]),
        (instruction::SetPauseBits::DISCRIMINATOR, [122, 45, 85, 156, 176, 64, 45, 83]),
        (instruction::GuardianPause::DISCRIMINATOR, [184, 93, 27, 13, 127, 100, 198, 238]),
        (instruction::ClearPauses::DISCRIMINATOR, [228, 160, 190, 85, 214, 17, 195, 178]),
        (instruction::ProposeChange::DISCRIMINATOR, [167, 211, 18, 222, 93, 215, 74, 159]),
        (instruction::ExecuteChange::DISCRIMINATOR, [104, 53, 136, 238, 82, 222, 200, 42]),
        (instruction::CancelChange::DISCRIMINATOR, [100, 30, 4, 148, 3, 244, 243, 168]),
        (instruction::Tighten::DISCRIMINATOR, [123, 119, 90, 10, 140, 44, 191, 123]),
        (instruction::CancelListing::DISCRIMINATOR, [41, 183, 50, 232, 230, 233, 157, 70]),
        (instruction::OfferAuthority::DISCRIMINATOR, [217, 12, 144, 161, 92, 171, 200, 117]),
        (instruction::AcceptAuthority::DISCRIMINATOR, [107, 86, 198, 91, 33, 12, 107, 160]),
        (instruction::RevokeOffer::DISCRIMINATOR, [248, 93, 83, 25, 45, 66, 150, 134]),
        (instruction::ListCollateral::DISCRIMINATOR, [155, 232, 47, 171, 124, 206, 133, 27]),
        (instruction::CancelCollateral::DISCRIMINATOR, [150, 174, 218, 97, 81, 61, 20, 2]),
        (instruction::RefreshCollateral::DISCRIMINATOR, [53, 63, 154, 91, 212, 33, 159, 81]),
        (instruction::DepositCollateral::DISCRIMINATOR, [156, 131, 142, 116, 146, 247, 162, 120]),
        (instruction::WithdrawCollateral::DISCRIMINATOR, [115, 135, 168, 106, 139, 214, 138, 150]),
        (instruction::ValueCollateral::DISCRIMINATOR, [199, 243, 93, 167, 233, 133, 202, 24]),
        (instruction::AuctionCollateral::DISCRIMINATOR, [179, 108, 212, 220, 189, 27, 13, 33]),
    ];
    for (discriminator, frozen) in frozen {
        assert_eq!(discriminator, frozen);
    }
}

#[test]
fn errors_keep_their_numbers() {
    for (error, number) in ERRORS {
        assert_eq!(u32::from(error), number, "{error:?}");
    }
}

/// Append only.
const ERRORS: [(BreakwaterError, u32); 162] = [
    (BreakwaterError::Unauthorised, 6000),
    (BreakwaterError::WrongVault, 6001),
    (BreakwaterError::WrongVaultAuthority, 6002),
    (BreakwaterError::WrongMint, 6003),
    (BreakwaterError::NotATokenAccount, 6004),
    (BreakwaterError::WrongFeed, 6005),
    (BreakwaterError::WrongOracleOwner, 6006),
    (BreakwaterError::WrongOracleAccount, 6007),
    (BreakwaterError::PriceNotVerified, 6008),
    (BreakwaterError::WrongSource, 6009),
    (BreakwaterError::DuplicateAccount, 6010),
    (BreakwaterError::WrongMarket, 6011),
    (BreakwaterError::WrongExchange, 6012),
    (BreakwaterError::WrongLadder, 6013),
    (BreakwaterError::WrongInsurance, 6014),
    (BreakwaterError::WrongLedger, 6015),
    (BreakwaterError::WrongQuote, 6016),
    (BreakwaterError::WrongIndex, 6017),
    (BreakwaterError::AccountsNotInPairs, 6018),
    (BreakwaterError::TooManyMakers, 6019),
    (BreakwaterError::UnknownSide, 6020),
    (BreakwaterError::UnknownPauseBits, 6021),
    (BreakwaterError::DepositsFull, 6022),
    (BreakwaterError::NotWritable, 6023),
    (BreakwaterError::WrongAccountType, 6024),
    (BreakwaterError::WrongOwner, 6025),
    (BreakwaterError::AccountClosed, 6026),
    (BreakwaterError::DurableNonce, 6027),
    (BreakwaterError::WrongInstructionsSysvar, 6028),
    (BreakwaterError::WrongTrader, 6029),
    (BreakwaterError::WrongTreasury, 6030),
    (BreakwaterError::WrongStake, 6031),
    (BreakwaterError::WrongProposal, 6032),
    (BreakwaterError::WrongCollateral, 6033),
    (BreakwaterError::WrongUnderwriter, 6034),
    (BreakwaterError::WrongSecondSource, 6035),
    (BreakwaterError::UnknownChange, 6036),
    (BreakwaterError::CollateralSlotsFull, 6037),
    (BreakwaterError::OfferLapsed, 6038),
    (BreakwaterError::NothingOffered, 6039),
    (BreakwaterError::LadderElsewhere, 6040),
    (BreakwaterError::NotAProgram, 6041),
    (BreakwaterError::OwnReplacement, 6042),
    (BreakwaterError::ExchangeWidePause, 6043),
    (BreakwaterError::Overflow, 6100),
    (BreakwaterError::NotConserved, 6101),
    (BreakwaterError::ZeroAmount, 6102),
    (BreakwaterError::WrongStep, 6103),
    (BreakwaterError::InsufficientFreeCash, 6104),
    (BreakwaterError::InsufficientMargin, 6105),
    (BreakwaterError::InsufficientPaidIn, 6106),
    (BreakwaterError::HealthFalls, 6107),
    (BreakwaterError::SlotsFull, 6108),
    (BreakwaterError::NoPosition, 6109),
    (BreakwaterError::MarketMissing, 6110),
    (BreakwaterError::Bankrupt, 6111),
    (BreakwaterError::NotBankrupt, 6112),
    (BreakwaterError::NotInDistress, 6113),
    (BreakwaterError::TooEarly, 6114),
    (BreakwaterError::TooMuch, 6115),
    (BreakwaterError::SliceUsed, 6116),
    (BreakwaterError::CoverExhausted, 6117),
    (BreakwaterError::RecordsFull, 6118),
    (BreakwaterError::NobodySolvent, 6119),
    (BreakwaterError::KeyOffGrid, 6120),
    (BreakwaterError::Rebasing, 6121),
    (BreakwaterError::RebaseNotDue, 6122),
    (BreakwaterError::GridHistoryFull, 6123),
    (BreakwaterError::Uninsured, 6124),
    (BreakwaterError::OpenInterestCap, 6125),
    (BreakwaterError::DustPosition, 6126),
    (BreakwaterError::QuotesOutOfOrder, 6127),
    (BreakwaterError::QuoteNotLive, 6128),
    (BreakwaterError::PriceOutOfBand, 6129),
    (BreakwaterError::LimitNotReached, 6130),
    (BreakwaterError::NothingFilled, 6131),
    (BreakwaterError::SelfTrade, 6132),
    (BreakwaterError::StaleMark, 6133),
    (BreakwaterError::PriceQuality, 6134),
    (BreakwaterError::Paused, 6135),
    (BreakwaterError::MarketHalted, 6136),
    (BreakwaterError::Isolated, 6137),
    (BreakwaterError::CannotIsolate, 6138),
    (BreakwaterError::AccountNotEmpty, 6139),
    (BreakwaterError::PriceNotPositive, 6140),
    (BreakwaterError::PriceExponent, 6141),
    (BreakwaterError::PriceFromFuture, 6142),
    (BreakwaterError::PriceWentBack, 6143),
    (BreakwaterError::RuleInitialAboveMaintenance, 6144),
    (BreakwaterError::RulePenaltyBelowMaintenance, 6145),
    (BreakwaterError::RuleBracketsRise, 6146),
    (BreakwaterError::RuleStep, 6147),
    (BreakwaterError::RuleBand, 6148),
    (BreakwaterError::RulePriceBounds, 6149),
    (BreakwaterError::RuleFunding, 6150),
    (BreakwaterError::RuleAuction, 6151),
    (BreakwaterError::RuleCover, 6152),
    (BreakwaterError::RuleVesting, 6153),
    (BreakwaterError::RuleOpenInterest, 6154),
    (BreakwaterError::RuleFees, 6155),
    (BreakwaterError::RuleLotValue, 6156),
    (BreakwaterError::RuleWalk, 6157),
    (BreakwaterError::RuleSyncReward, 6158),
    (BreakwaterError::RuleDeposits, 6159),
    (BreakwaterError::BelowMinimum, 6160),
    (BreakwaterError::Barred, 6161),
    (BreakwaterError::LiquidatorUnchecked, 6162),
    (BreakwaterError::SameSide, 6163),
    (BreakwaterError::NotSwept, 6164),
    (BreakwaterError::OutflowLimit, 6165),
    (BreakwaterError::NothingRequested, 6166),
    (BreakwaterError::RequestNotReady, 6167),
    (BreakwaterError::AlreadyRequested, 6168),
    (BreakwaterError::MarketNotOpen, 6169),
    (BreakwaterError::GracePeriod, 6170),
    (BreakwaterError::NothingTripped, 6171),
    (BreakwaterError::MarketSettled, 6172),
    (BreakwaterError::NotSettled, 6173),
    (BreakwaterError::SettleTooEarly, 6174),
    (BreakwaterError::UnknownParameter, 6175),
    (BreakwaterError::StepTooLarge, 6176),
    (BreakwaterError::NothingChanges, 6177),
    (BreakwaterError::Loosens, 6178),
    (BreakwaterError::ProposalTooEarly, 6179),
    (BreakwaterError::ProposalExpired, 6180),
    (BreakwaterError::ProposalClosed, 6181),
    (BreakwaterError::ProposalOutdated, 6182),
    (BreakwaterError::PauseTooLong, 6183),
    (BreakwaterError::PausesUsedUp, 6184),
    (BreakwaterError::FreezeTooSoon, 6185),
    (BreakwaterError::OnlyAuthorityFreezes, 6186),
    (BreakwaterError::PauseNotExpired, 6187),
    (BreakwaterError::StakeTooSmall, 6188),
    (BreakwaterError::InsufficientShares, 6189),
    (BreakwaterError::ExitCooling, 6190),
    (BreakwaterError::ExitWaits, 6191),
    (BreakwaterError::LayerTaken, 6192),
    (BreakwaterError::LayerFull, 6193),
    (BreakwaterError::LayerExpired, 6194),
    (BreakwaterError::LayerBound, 6195),
    (BreakwaterError::LayerTerms, 6196),
    (BreakwaterError::NothingToClaim, 6197),
    (BreakwaterError::NothingOwed, 6198),
    (BreakwaterError::NoSurplus, 6199),
    (BreakwaterError::DebtFirst, 6200),
    (BreakwaterError::CollateralUnvalued, 6201),
    (BreakwaterError::CollateralFirst, 6202),
    (BreakwaterError::CollateralCap, 6203),
    (BreakwaterError::InsufficientCollateral, 6204),
    (BreakwaterError::AllMarkets, 6205),
    (BreakwaterError::RuleMultiples, 6206),
    (BreakwaterError::RuleBreakers, 6207),
    (BreakwaterError::RuleVolatility, 6208),
    (BreakwaterError::RuleTimelock, 6209),
    (BreakwaterError::RuleOutflow, 6210),
    (BreakwaterError::RuleInsurance, 6211),
    (BreakwaterError::RuleCollateral, 6212),
    (BreakwaterError::RuleImpact, 6213),
    (BreakwaterError::LegUnderwater, 6214),
    (BreakwaterError::MinFillNotReached, 6215),
    (BreakwaterError::ExitLapsed, 6216),
    (BreakwaterError::PageMissing, 6217),
];
