//! Memory routines. Up to 16 bytes are moved without a loop, by loads that may
//! overlap, all of them before the first store; longer runs go through the runtime's
//! syscalls, which cost 10 compute units up to 2,500 bytes and beat any loop here.

/// The longest run that four loads and stores move.
const SHORT: usize = 16;
/// A public key, what programs compare most.
const KEY: usize = 32;

unsafe extern "C" {
    fn sol_memcpy_(dst: *mut u8, src: *const u8, n: u64);
    fn sol_memmove_(dst: *mut u8, src: *const u8, n: u64);
    fn sol_memset_(dst: *mut u8, byte: u8, n: u64);
    fn sol_memcmp_(a: *const u8, b: *const u8, n: u64, result: *mut i32);
}

#[inline(always)]
unsafe fn read<T>(at: *const u8, offset: usize) -> T {
    // SAFETY: the callers stay within the run.
    unsafe { at.add(offset).cast::<T>().read_unaligned() }
}

#[inline(always)]
unsafe fn write<T>(at: *mut u8, offset: usize, value: T) {
    // SAFETY: the callers stay within the run.
    unsafe { at.add(offset).cast::<T>().write_unaligned(value) }
}

/// The first and the last `T` of a run at least that long and at most twice.
#[inline(always)]
unsafe fn move_ends<T>(dst: *mut u8, src: *const u8, n: usize) {
    let last = n.wrapping_sub(size_of::<T>());
    // SAFETY: both ends lie within the run.
    unsafe {
        let (head, tail) = (read::<T>(src, 0), read::<T>(src, last));
        write(dst, 0, head);
        write(dst, last, tail);
    }
}

/// Moves up to `SHORT` bytes; the runs may overlap.
#[inline(always)]
unsafe fn move_short(dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: the callers' runs are `n` bytes long.
    unsafe {
        match n {
            8.. => move_ends::<u64>(dst, src, n),
            4.. => move_ends::<u32>(dst, src, n),
            2.. => move_ends::<u16>(dst, src, n),
            1 => write::<u8>(dst, 0, read(src, 0)),
            0 => {}
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(dst: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    // SAFETY: C's contract of memcpy.
    unsafe {
        if n > SHORT {
            sol_memcpy_(dst, src, n as u64);
        } else {
            move_short(dst, src, n);
        }
    }
    dst
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(dst: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    // SAFETY: C's contract of memmove.
    unsafe {
        if n > SHORT {
            sol_memmove_(dst, src, n as u64);
        } else {
            move_short(dst, src, n);
        }
    }
    dst
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memset(dst: *mut u8, byte: i32, n: usize) -> *mut u8 {
    let word = u64::from(byte as u8).wrapping_mul(0x0101_0101_0101_0101);
    // SAFETY: C's contract of memset; the source of a short run is the word, twice.
    unsafe {
        match n {
            17.. => sol_memset_(dst, byte as u8, n as u64),
            8.. => {
                write(dst, 0, word);
                write(dst, n.wrapping_sub(8), word);
            }
            4.. => {
                write(dst, 0, word as u32);
                write(dst, n.wrapping_sub(4), word as u32);
            }
            2.. => {
                write(dst, 0, word as u16);
                write(dst, n.wrapping_sub(2), word as u16);
            }
            1 => write(dst, 0, word as u8),
            0 => {}
        }
    }
    dst
}

/// The difference of the first bytes that differ in two words, read in memory order.
#[inline(always)]
fn order(a: u64, b: u64) -> i32 {
    let differing = (a ^ b) & (a ^ b).wrapping_neg(); // the lowest bit that differs
    let mut shift = 0;
    while differing >> shift > 0xff {
        shift += 8;
    }
    (a >> shift & 0xff) as i32 - (b >> shift & 0xff) as i32
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: C's contract of memcmp.
    unsafe {
        if n == KEY {
            for at in [0, 8, 16, 24] {
                let (x, y) = (read::<u64>(a, at), read::<u64>(b, at));
                if x != y {
                    return order(x, y);
                }
            }
            return 0;
        }
        if n > SHORT {
            let mut result = 0;
            sol_memcmp_(a, b, n as u64, &mut result);
            return result;
        }
        let mut at = 0;
        while at + 8 <= n {
            let (x, y) = (read::<u64>(a, at), read::<u64>(b, at));
            if x != y {
                return order(x, y);
            }
            at += 8;
        }
        while at < n {
            let (x, y) = (read::<u8>(a, at), read::<u8>(b, at));
            if x != y {
                return x as i32 - y as i32;
            }
            at += 1;
        }
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: the contract is that of memcmp.
    unsafe { memcmp(a, b, n) }
}
