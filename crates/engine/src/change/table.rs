//! What a table of parameters is made of.

use crate::error::{Error, Result};
use crate::units::{Atoms, Bps, Lots};

/// A parameter as one number.
pub(crate) trait Field: Copy {
    /// As a number; signed ones as their two's complement.
    fn number(self) -> u64;
    /// From a number; `Overflow` where it does not fit.
    fn from_number(number: u64) -> Result<Self>;
}

impl Field for u64 {
    fn number(self) -> u64 {
        self
    }
    fn from_number(number: u64) -> Result<u64> {
        Ok(number)
    }
}

impl Field for u32 {
    fn number(self) -> u64 {
        u64::from(self)
    }
    fn from_number(number: u64) -> Result<u32> {
        u32::try_from(number).map_err(|_| Error::Overflow)
    }
}

impl Field for i32 {
    fn number(self) -> u64 {
        i64::from(self).cast_unsigned()
    }
    fn from_number(number: u64) -> Result<i32> {
        i32::try_from(number.cast_signed()).map_err(|_| Error::Overflow)
    }
}

macro_rules! wrapped {
    ($($name:ident)+) => {$(
        impl Field for $name {
            fn number(self) -> u64 {
                self.0.number()
            }
            fn from_number(number: u64) -> Result<$name> {
                Field::from_number(number).map($name)
            }
        }
    )+};
}
wrapped!(Atoms Bps Lots);

/// Declares the parameters of `$params`: number, name, field, what waits, step, band, error of the band.
macro_rules! table {
    ($params:ident, $numbers:ident; $($number:literal $name:ident ($($field:tt)+) $waits:ident $step:expr, $band:expr, $error:ident;)+) => {
        /// Every parameter's number. Append only.
        pub const $numbers: &[u16] = &[$($number),+];

        pub(super) fn rule(number: u16) -> Result<Rule> {
            Ok(match number {
                $($number => Rule {
                    name: stringify!($name),
                    waits: Waits::$waits,
                    step: $step,
                    band: $band,
                    error: Error::$error,
                },)+
                _ => return Err(Error::UnknownParameter),
            })
        }

        pub(super) fn get(params: &$params, number: u16) -> Result<u64> {
            Ok(match number {
                $($number => params.$($field)+.number(),)+
                _ => return Err(Error::UnknownParameter),
            })
        }

        pub(super) fn set(params: &mut $params, number: u16, value: u64) -> Result<()> {
            match number {
                $($number => params.$($field)+ = Field::from_number(value)?,)+
                _ => return Err(Error::UnknownParameter),
            }
            Ok(())
        }
    };
}
pub(crate) use table;
