//! Values of wires that JavaScript passes: a copy, overwritten when it goes.

use crate::failure::Failure;
use crate::scope::Scope;

/// Section 2 of a `.wtns` file has the values.
const VALUES: u32 = 2;
const MAX_SECTIONS: u32 = 8;

pub struct Wires(Vec<u8>);

impl Wires {
    pub fn copy(scope: &Scope, index: usize) -> Result<Self, Failure> {
        scope.bytes(index).map(Self)
    }

    pub fn all(&self) -> &[u8] {
        &self.0
    }

    /// The two values that these are, 32 bytes each.
    pub fn pair(&self) -> Option<(&[u8; 32], &[u8; 32])> {
        let (first, rest) = self.0.split_first_chunk::<32>()?;
        Some((first, rest.try_into().ok()?))
    }

    /// The values of a `.wtns` file; `None` unless it is one, whole.
    pub fn section(&self) -> Option<&[u8]> {
        let mut left = self.0.strip_prefix(b"wtns")?;
        let (_version, count) = (take(&mut left)?, take(&mut left)?);
        for _ in 0..count.min(MAX_SECTIONS) {
            let (id, low, high) = (take(&mut left)?, take(&mut left)?, take(&mut left)?);
            let length = usize::try_from(u64::from(high) << 32 | u64::from(low)).ok()?;
            let (content, rest) = left.split_at_checked(length)?;
            if id == VALUES {
                return Some(content);
            }
            left = rest;
        }
        None
    }
}

/// A little-endian word off the front.
pub fn take(left: &mut &[u8]) -> Option<u32> {
    let (bytes, rest) = left.split_first_chunk::<4>()?;
    *left = rest;
    Some(u32::from_le_bytes(*bytes))
}

impl Drop for Wires {
    fn drop(&mut self) {
        self.0.fill(0);
        // The compiler may not leave it out as something that nobody reads.
        std::hint::black_box(&self.0);
    }
}
