//! Seeded draws for tests.

use crate::curves::{Affine, Curve, G1Affine, G2Affine, Xyzz, generator1, generator2};
use crate::fields::{Fq, Fq2, Fr};

/// SplitMix64 (Steele, Lea, Flood, 2014).
pub struct Draws(u64);

impl Draws {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.word() % limit
    }

    /// An integer below r, hence below q.
    pub fn limbs(&mut self) -> [u64; 4] {
        [self.word(), self.word(), self.word(), self.word() >> 3]
    }

    pub fn fr(&mut self) -> Fr {
        Fr::from_canonical(self.limbs()).expect("below 2^253")
    }

    pub fn fq(&mut self) -> Fq {
        Fq::from_canonical(self.limbs()).expect("below 2^253")
    }

    pub fn fq2(&mut self) -> Fq2 {
        Fq2::new(self.fq(), self.fq())
    }

    pub fn g1(&mut self) -> G1Affine {
        multiple(generator1(), self)
    }

    pub fn g2(&mut self) -> G2Affine {
        multiple(generator2(), self)
    }
}

fn multiple<F: Curve>(generator: Affine<F>, draws: &mut Draws) -> Affine<F> {
    Xyzz::from(generator).multiply(&draws.limbs()).to_affine()
}
