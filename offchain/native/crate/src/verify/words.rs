use crate::curves::{G1Affine, G2Affine};
use crate::fields::{Fq, Fq2, Fr};

/// Big-endian words of 32 bytes, read one after the other; points as the precompiled contracts of EIP-196 and EIP-197 have
/// them, (0, 0) being infinity. Everything is `None` that is not canonical, not on the curve or not in the group.
pub struct Words<'a> {
    left: &'a [u8],
}

impl<'a> Words<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// Words that are left; `None` where the bytes end within one.
    pub fn count(&self) -> Option<usize> {
        self.left.len().is_multiple_of(32).then_some(self.left.len() / 32)
    }

    pub fn scalar(&mut self) -> Option<Fr> {
        Fr::from_bytes(&self.little_endian()?)
    }

    pub fn g1(&mut self) -> Option<G1Affine> {
        let (x, y) = (self.coordinate()?, self.coordinate()?);
        Some(G1Affine::new(x, y)).filter(G1Affine::is_in_group)
    }

    pub fn g2(&mut self) -> Option<G2Affine> {
        let (x, y) = (self.extension()?, self.extension()?);
        Some(G2Affine::new(x, y)).filter(G2Affine::is_in_group)
    }

    fn coordinate(&mut self) -> Option<Fq> {
        Fq::from_bytes(&self.little_endian()?)
    }

    /// The imaginary part is first.
    fn extension(&mut self) -> Option<Fq2> {
        let (c1, c0) = (self.coordinate()?, self.coordinate()?);
        Some(Fq2::new(c0, c1))
    }

    fn little_endian(&mut self) -> Option<[u8; 32]> {
        let (word, left) = self.left.split_first_chunk::<32>()?;
        self.left = left;
        let mut bytes = *word;
        bytes.reverse();
        Some(bytes)
    }
}
