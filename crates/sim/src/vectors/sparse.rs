//! Account data with its long runs of zeros left out: a ladder is 203 kB, nearly all of it empty.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use serde::Serialize;

/// Zeros that are worth a new part.
const RUN: usize = 64;

/// Account data.
#[derive(Debug, Serialize)]
pub struct Sparse {
    /// Bytes in all.
    pub size: usize,
    /// Where a part begins, and its bytes in base64; everything else is zero.
    pub parts: Vec<(usize, String)>,
}

impl Sparse {
    /// Of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Sparse {
        let mut parts: Vec<(usize, String)> = Vec::new();
        let mut at = 0;
        while let Some(start) = bytes[at..].iter().position(|byte| *byte != 0).map(|skip| at + skip) {
            let mut end = start + 1;
            let mut next = end;
            while next < bytes.len() && next - end < RUN {
                next += 1;
                if bytes[next - 1] != 0 {
                    end = next;
                }
            }
            parts.push((start, STANDARD.encode(&bytes[start..end])));
            at = end;
        }
        Sparse { size: bytes.len(), parts }
    }
}
