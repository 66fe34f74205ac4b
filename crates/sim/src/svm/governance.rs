//! Instructions of those who govern an exchange.

use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::system_program;
use breakwater::state::{kind, Change};
use breakwater::{accounts, instruction, seeds};
use breakwater_engine::pause::{AUTHORITY_SECONDS_MAX, FREEZE_SECONDS_MAX};
use breakwater_engine::permission::PauseBits;
use solana_pubkey::Pubkey;

use super::instructions::{assemble, Build, INSTRUCTIONS};
use super::keys::MarketKeys;

/// A change of a market's parameter.
#[must_use]
pub fn market_parameter(market: u64, parameter: u16, to: u64) -> Change {
    Change { kind: kind::MARKET_PARAMETER, market, field: parameter.into(), to, ..Change::default() }
}

/// A change of the exchange's parameter.
#[must_use]
pub fn exchange_parameter(parameter: u16, to: u64) -> Change {
    Change { kind: kind::EXCHANGE_PARAMETER, field: parameter.into(), to, ..Change::default() }
}

/// A change of an address: its kind, which one, to what.
#[must_use]
pub fn address_change(kind: u64, field: u64, key: Pubkey) -> Change {
    Change { kind, field, key, ..Change::default() }
}

/// The account a change names, where instructions must be passed it.
#[must_use]
pub fn named(change: &Change) -> Option<Pubkey> {
    [kind::FEE_ACCOUNT, kind::ORACLE].contains(&change.kind).then_some(change.key)
}

impl Build {
    /// Address of a proposal.
    #[must_use]
    pub fn proposal(&self, id: u64) -> Pubkey {
        let seeds = [seeds::PROPOSAL, self.keys.exchange.as_ref(), &id.to_le_bytes()];
        Pubkey::find_program_address(&seeds, &breakwater::ID).0
    }

    /// Sets the authority's pause bits of the exchange, or of a market, for as long as it may.
    #[must_use]
    pub fn set_pause_bits(&self, market: Option<&MarketKeys>, bits: u64) -> Instruction {
        let freezes = PauseBits(bits).meets(PauseBits::FREEZE);
        self.pause_for(market, bits, if freezes { FREEZE_SECONDS_MAX } else { AUTHORITY_SECONDS_MAX })
    }

    /// The same for so many seconds.
    #[must_use]
    pub fn pause_for(&self, market: Option<&MarketKeys>, bits: u64, seconds: u64) -> Instruction {
        let accounts = accounts::SetPauseBits {
            authority: self.keys.authority,
            exchange: self.keys.exchange,
            market: market.map(|keys| keys.market),
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::SetPauseBits { bits, seconds })
    }

    /// Adds to the guardian's pause bits.
    #[must_use]
    pub fn guardian_pause(&self, market: Option<&MarketKeys>, bits: u64, seconds: u64) -> Instruction {
        let accounts = accounts::GuardianPause {
            guardian: self.keys.guardian,
            exchange: self.keys.exchange,
            market: market.map(|keys| keys.market),
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::GuardianPause { bits, seconds })
    }

    /// Takes pauses that have run out off the books.
    #[must_use]
    pub fn clear_pauses(&self, market: Option<&MarketKeys>) -> Instruction {
        let accounts = accounts::ClearPauses {
            exchange: self.keys.exchange,
            market: market.map(|keys| keys.market),
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::ClearPauses {})
    }

    fn proposing(&self, id: u64, market: Option<&MarketKeys>, named: Option<Pubkey>) -> accounts::ProposeChange {
        accounts::ProposeChange {
            authority: self.keys.authority,
            exchange: self.keys.exchange,
            market: market.map(|keys| keys.market),
            named,
            proposal: self.proposal(id),
            instructions: INSTRUCTIONS,
            system_program: system_program::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        }
    }

    /// Proposes a change.
    #[must_use]
    pub fn propose_change(&self, id: u64, market: Option<&MarketKeys>, change: Change) -> Instruction {
        assemble(self.proposing(id, market, named(&change)), instruction::ProposeChange { id, change })
    }

    /// Proposes to hand the authority over.
    #[must_use]
    pub fn offer_authority(&self, id: u64, next: Pubkey) -> Instruction {
        assemble(self.proposing(id, None, None), instruction::OfferAuthority { id, next })
    }

    /// Makes a proposed change that names no account.
    #[must_use]
    pub fn execute_change(&self, id: u64, market: Option<&MarketKeys>) -> Instruction {
        self.execute_naming(id, market, None)
    }

    /// Makes a proposed change, passing the account it names.
    #[must_use]
    pub fn execute_naming(&self, id: u64, market: Option<&MarketKeys>, named: Option<Pubkey>) -> Instruction {
        let accounts = accounts::ExecuteChange {
            authority: self.keys.authority,
            exchange: self.keys.exchange,
            market: market.map(|keys| keys.market),
            named,
            proposal: self.proposal(id),
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::ExecuteChange {})
    }

    /// Takes a proposal back.
    #[must_use]
    pub fn cancel_change(&self, signer: Pubkey, id: u64) -> Instruction {
        let accounts = accounts::CancelChange {
            signer,
            exchange: self.keys.exchange,
            proposal: self.proposal(id),
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::CancelChange {})
    }

    /// Changes a parameter of the exchange, or of a market, at once.
    #[must_use]
    pub fn tighten(&self, market: Option<&MarketKeys>, parameter: u16, to: u64) -> Instruction {
        let accounts = accounts::Tighten {
            authority: self.keys.authority,
            exchange: self.keys.exchange,
            market: market.map(|keys| keys.market),
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::Tighten { parameter, to })
    }

    /// Takes back a market that has not opened.
    #[must_use]
    pub fn cancel_listing(&self, signer: Pubkey, market: &MarketKeys) -> Instruction {
        let accounts = accounts::CancelListing {
            signer,
            exchange: self.keys.exchange,
            market: market.market,
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::CancelListing {})
    }

    /// Takes the authority over.
    #[must_use]
    pub fn accept_authority(&self, next: Pubkey) -> Instruction {
        let accounts = accounts::AcceptAuthority {
            next,
            exchange: self.keys.exchange,
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::AcceptAuthority {})
    }

    /// Takes an offer of the authority back.
    #[must_use]
    pub fn revoke_offer(&self, signer: Pubkey) -> Instruction {
        let accounts = accounts::RevokeOffer {
            signer,
            exchange: self.keys.exchange,
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::RevokeOffer {})
    }
}
