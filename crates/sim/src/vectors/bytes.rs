//! Reports as they lie in the WebAssembly module's memory: field after field, little endian, without padding.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use breakwater_engine::assess::{self, Flag, Refusal};
use breakwater_engine::units::{Atoms, Bps, Lots, Price};
use breakwater_engine::wide::{I128, U128};

/// What a report is made of.
pub trait Bytes {
    /// Appends its bytes.
    fn write(&self, out: &mut Vec<u8>);
}

macro_rules! integer {
    ($($type:ty),+) => {$(
        impl Bytes for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }
        }
    )+};
}
integer!(u32, u64, i64);

macro_rules! wrapper {
    ($($type:ty),+) => {$(
        impl Bytes for $type {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
        }
    )+};
}
wrapper!(Atoms, Bps, Lots, Price, Flag, Refusal, I128, U128);

impl<T: Bytes, const N: usize> Bytes for [T; N] {
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|item| item.write(out));
    }
}

macro_rules! report {
    ($(
        $(#[$meta:meta])*
        $kind:ident $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }
    )+) => {$(
        impl Bytes for assess::$name {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)+
            }
        }
    )+};
}
breakwater_engine::report_fields!(report);

/// A report's bytes in base64.
#[must_use]
pub fn encoded(report: &impl Bytes) -> String {
    let mut bytes = Vec::with_capacity(4_096);
    report.write(&mut bytes);
    STANDARD.encode(bytes)
}
