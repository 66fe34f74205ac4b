//! An exchange and its parts.

use super::{Breaker, ExchangeParams, Key};

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! exchange_fields {
    ($expand:ident) => {
        $expand! {
            /// Up to when the time of each window is taken, by what left and what is promised; and by what really left.
            struct Outflow {
                /// The hour's, unix milliseconds.
                hour_until: i64,
                /// The day's, unix milliseconds.
                day_until: i64,
                /// Of what all accounts' exemptions together may take in an hour, unix milliseconds.
                exempt_until: i64,
                /// The hour's, by what really left alone: what the breaker watches.
                hour_left_until: i64,
                /// The day's.
                day_left_until: i64,
                /// Milliseconds of each window that requests have given back, ever.
                given_back: TakenTime,
                /// Requests so far: the last one's number.
                requests: u64,
                /// Number of the last that had to wait: nobody who asked before it gives time back to who asks later.
                last_waiting: u64,
            }
            /// Milliseconds, or moments, of the hour's window, the day's and that of all exemptions.
            struct TakenTime {
                /// The hour's.
                hour: i64,
                /// The day's.
                day: i64,
                /// Of exemptions.
                exempt: i64,
            }
            /// Pause bits with an end.
            struct Pause {
                /// `PauseBits`.
                bits: u64,
                /// They pause nothing from here on, unix seconds.
                until: i64,
            }
            /// Pauses of an exchange or of a market.
            struct Pauses {
                /// Set by the authority.
                authority: Pause,
                /// Set by the guardian.
                guardian: Pause,
                /// Frozen until here by the authority, unix seconds.
                frozen_until: i64,
                /// Since when liquidation has not been paused, unix seconds: it waits a grace period after it. Pauses that ran out since
                /// are not in it yet: `running_since` is the whole answer.
                resumed_at: i64,
            }
            /// The guardian's last pauses over the whole exchange.
            struct GuardianWeek {
                /// When each was set, unix seconds, oldest first; 0: none.
                at: [i64; 3],
            }
            /// The one clock of all freezes, of the exchange and of its markets.
            struct FreezeClock {
                /// Whatever is frozen is so until here at the latest, unix seconds: two days after the first of these freezes.
                until: i64,
                /// Nothing is frozen anew before, unix seconds.
                again_at: i64,
            }
            /// How the authority's pauses of exits have held proposals back.
            struct ExitHold {
                /// Exits are paused until here by the authority, somewhere, unix seconds.
                until: i64,
                /// Seconds by which all such pauses have pushed waiting proposals back.
                pushed_back: i64,
            }
            /// One exchange. Every address an instruction may be handed is pinned here or in the market (F17).
            account Exchange = [30, 200, 220, 149, 3, 61, 104, 50] {
                /// Chosen by whoever created it; seed of its address.
                id: Key,
                /// Governs: meant to be a multisig's vault.
                authority: Key,
                /// Who the authority is being handed to, once he accepts; all zero: nobody.
                next_authority: Key,
                /// Pauses, for a day at most, and nothing else.
                guardian: Key,
                /// Token account protocol fees go to.
                treasury: Key,
                /// Token account the keepers' share of protocol fees goes to.
                keeper_fees: Key,
                /// USDC.
                mint: Key,
                /// Token account of all collateral.
                collateral_vault: Key,
                /// Token account of the insurance fund, apart from collateral (F4).
                insurance_vault: Key,
                /// Owner of both vaults: an address without data that only this program signs for.
                vault_authority: Key,
                /// The insurance fund's books.
                insurance: Key,
                /// The loss ledger.
                ledger: Key,
                /// Pyth receiver whose price updates count. Two are live, so it is a parameter.
                receiver: Key,
                /// Program that owns Pyth push accounts.
                push_oracle: Key,
                /// Parameters.
                params: ExchangeParams,
                /// Sum of all classes in the collateral vault, atoms: the vault holds at least this (I1).
                collateral_booked: u64,
                /// What has left lately.
                outflow: Outflow,
                /// What has tripped for all markets.
                breaker: Breaker,
                /// Paused action classes.
                pauses: Pauses,
                /// How often the guardian has paused this week.
                guardian_week: GuardianWeek,
                /// When anything may be frozen.
                freeze_clock: FreezeClock,
                /// How far proposals have been pushed back.
                exit_hold: ExitHold,
                /// Whom the authority is offered to accepts it before, unix seconds.
                offer_lapses_at: i64,
                /// Proposals made so far: the next one's number.
                proposal_count: u64,
                /// Kinds of collateral accepted besides USDC: their accounts, in the order they were listed; all zero: none yet.
                collaterals: [Key; 3],
                /// Markets listed so far: the next one's number.
                market_count: u16,
                /// Bump of its own address.
                bump: u8,
                /// Bump of the vault authority.
                vault_authority_bump: u8,
                /// Kinds of collateral listed.
                collateral_count: u8,
                /// Padding.
                reserved: [u8; 3],
            }
        }
    };
}
exchange_fields!(declare);
