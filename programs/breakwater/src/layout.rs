//! The one place where bytes of accounts become values of the engine. Nothing is converted: both are the same bytes.
//!
//! The engine declares what accounts hold as lists of fields (`breakwater_engine::state`). [`mirror`] expands a list to structs
//! that Anchor can put into the IDL and bytemuck can vouch for, and the compiler checks, on the host and for the SVM alike,
//! that each has the size and the offsets of the engine's; that is all a cast between the two relies on.
#![allow(unsafe_code)]

use anchor_lang::prelude::*;
use breakwater_engine::wide::U128;
use bytemuck::Pod;

/// A 128-bit number as two words, low first: account data is 8-aligned and `i128` is not. Signed where the engine says so.
#[zero_copy]
#[derive(PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Wide {
    /// Low word, high word.
    pub words: [u64; 2],
}

impl From<u128> for Wide {
    fn from(value: u128) -> Wide {
        Wide { words: U128::new(value).0 }
    }
}

/// A struct of this crate with the bytes of one of the engine's.
///
/// # Safety
/// Both must be plain data of the same size and alignment, without padding, and every bit pattern valid in both. [`mirror`]
/// expands both from one list, in which only integers and wrappers of integers occur.
pub unsafe trait Mirror: Pod {
    /// The engine's struct.
    type Books;
}

/// Reads a mirror as what the engine calls it.
pub fn books<M: Mirror>(mirror: &M) -> &M::Books {
    // SAFETY: `Mirror` promises the same size, alignment and valid bit patterns.
    unsafe { &*std::ptr::from_ref(mirror).cast() }
}

/// Hands a mirror to the engine to change in place.
pub fn books_mut<M: Mirror>(mirror: &mut M) -> &mut M::Books {
    // SAFETY: as for `books`; the borrow is exclusive for as long as the result lives.
    unsafe { &mut *std::ptr::from_mut(mirror).cast() }
}

/// Expands a list of the engine's to this crate's structs, and proves each to be a mirror.
macro_rules! mirror {
    ($(
        $(#[$meta:meta])*
        $kind:ident $name:ident $(= $discriminator:tt)? {
            $($(#[$field_meta:meta])* $field:ident: $type:tt,)+
        }
    )+) => {$(
        $crate::layout::fields! {
            [$kind [$(#[$meta])*] $name [$($discriminator)?]]
            $($(#[$field_meta])* $field: $type,)+
        }

        const _: () = {
            type Books = breakwater_engine::state::$name;
            assert!(size_of::<$name>() == size_of::<Books>());
            assert!(align_of::<$name>() == align_of::<Books>());
            $(assert!(core::mem::offset_of!($name, $field) == core::mem::offset_of!(Books, $field));)+
        };

        // SAFETY: the same list of the same leaves, at the same offsets, whose last byte is the struct's: no padding.
        #[allow(unsafe_code)]
        unsafe impl $crate::layout::Mirror for $name {
            type Books = breakwater_engine::state::$name;
        }
    )+};
}

/// Replaces the engine's types by what Anchor's IDL knows, field by field, then writes the struct.
macro_rules! fields {
    ([$($head:tt)+] $($rest:tt)+) => { $crate::layout::fields!(@ [$($head)+] [] $($rest)+); };
    (@ $head:tt [$($done:tt)*] $(#[$meta:meta])* $field:ident: [$type:tt; $count:tt], $($rest:tt)*) => {
        $crate::layout::fields!(@array $type $head [$($done)* $(#[$meta])* pub $field:] $count $($rest)*);
    };
    (@ $head:tt [$($done:tt)*] $(#[$meta:meta])* $field:ident: $type:tt, $($rest:tt)*) => {
        $crate::layout::fields!(@leaf $type $head [$($done)* $(#[$meta])* pub $field:] $($rest)*);
    };
    (@leaf Atoms $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* u64,] $($rest)*); };
    (@leaf Lots $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* u64,] $($rest)*); };
    (@leaf Price $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* u64,] $($rest)*); };
    (@leaf Bps $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* u32,] $($rest)*); };
    (@leaf I128 $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* Wide,] $($rest)*); };
    (@leaf U128 $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* Wide,] $($rest)*); };
    (@leaf Key $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* Pubkey,] $($rest)*); };
    (@leaf $type:tt $head:tt [$($done:tt)*] $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* $type,] $($rest)*); };
    (@array Atoms $head:tt [$($done:tt)*] $n:tt $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* [u64; $n],] $($rest)*); };
    (@array I128 $head:tt [$($done:tt)*] $n:tt $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* [Wide; $n],] $($rest)*); };
    (@array Key $head:tt [$($done:tt)*] $n:tt $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* [Pubkey; $n],] $($rest)*); };
    (@array $type:tt $head:tt [$($done:tt)*] $n:tt $($rest:tt)*) => { $crate::layout::fields!(@ $head [$($done)* [$type; $n],] $($rest)*); };
    (@ [account [$($meta:tt)*] $name:ident [$discriminator:tt]] [$($fields:tt)*]) => {
        $($meta)*
        #[account(zero_copy, discriminator = $discriminator)]
        pub struct $name { $($fields)* }
    };
    (@ [argument [$($meta:tt)*] $name:ident []] [$($fields:tt)*]) => {
        $($meta)*
        #[zero_copy]
        #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
        pub struct $name { $($fields)* }
    };
    (@ [$kind:ident [$($meta:tt)*] $name:ident []] [$($fields:tt)*]) => {
        $($meta)*
        #[zero_copy]
        pub struct $name { $($fields)* }
    };
}
pub(crate) use {fields, mirror};
