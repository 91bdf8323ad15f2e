use super::error::ProveError;
use crate::fields::{FrModulus, Modulus};

/// Values of wires as in section 2 of a `.wtns` file: 32 bytes each, little-endian, below r.
#[derive(Clone, Copy)]
pub struct Witness<'a>(&'a [[u8; 32]]);

impl<'a> Witness<'a> {
    pub fn parse(bytes: &'a [u8], wires: usize) -> Result<Self, ProveError> {
        let (values, rest) = bytes.as_chunks::<32>();
        if values.len() != wires || !rest.is_empty() {
            return Err(ProveError::WitnessLength { expected: 32 * wires, found: bytes.len() });
        }
        let own = Self(values);
        let below = |wire: &usize| own.get(*wire).iter().rev().lt(FrModulus::P.iter().rev());
        match (0..wires).find(|it| !below(it)) {
            Some(wire) => Err(ProveError::WitnessValue { wire }),
            None => Ok(own),
        }
    }

    #[inline(always)]
    pub fn get(&self, wire: usize) -> [u64; 4] {
        let bytes = &self.0[wire];
        core::array::from_fn(|i| u64::from_le_bytes(core::array::from_fn(|k| bytes[8 * i + k])))
    }
}
