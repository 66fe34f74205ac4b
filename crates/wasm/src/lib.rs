//! The engine for TypeScript. Inputs are bytes of accounts as the chain holds them, at addresses in the module's memory that
//! [`memory::reserve`] hands out; outputs are the engine's reports, written to such an address, and a refusal's number (zero:
//! there was none). Nothing is computed here.
//!
//! The module imports nothing, keeps nothing between calls but the memory it once needed, and has no allocator.
#![no_std]

pub mod accounts;
#[cfg(target_arch = "wasm32")]
mod memory;
#[cfg(target_arch = "wasm32")]
mod module;

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
