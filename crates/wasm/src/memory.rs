//! Memory for inputs and reports: handed out in order, taken back all at once. It grows to what the largest call needs and
//! stays there.

use core::arch::wasm32::{memory_grow, memory_size};
use core::sync::atomic::{AtomicUsize, Ordering};

const PAGE: usize = 65_536;
/// Account data is aligned to eight bytes.
const ALIGN: usize = 8;

extern "C" {
    /// Where the linker's own data ends.
    static __heap_base: u8;
}

/// The next byte that is free; zero: nothing has been handed out.
static NEXT: AtomicUsize = AtomicUsize::new(0);

fn base() -> usize {
    (&raw const __heap_base).addr().next_multiple_of(ALIGN)
}

/// Hands out so many bytes; zero where there is no more memory.
#[no_mangle]
pub extern "C" fn reserve(bytes: usize) -> usize {
    let start = NEXT.load(Ordering::Relaxed).max(base());
    let Some(end) = start.checked_add(bytes).and_then(|end| end.checked_next_multiple_of(ALIGN)) else { return 0 };
    let held = memory_size(0).saturating_mul(PAGE);
    if end > held && memory_grow(0, end.saturating_sub(held).div_ceil(PAGE)) == usize::MAX {
        return 0;
    }
    NEXT.store(end, Ordering::Relaxed);
    start
}

/// What has been handed out so far: [`release`] takes it back to there.
#[no_mangle]
pub extern "C" fn reserved() -> usize {
    NEXT.load(Ordering::Relaxed).max(base())
}

/// Takes back everything that was handed out since [`reserved`] said `mark`.
#[no_mangle]
pub extern "C" fn release(mark: usize) {
    NEXT.store(mark, Ordering::Relaxed);
}
