use super::field::Wide;
use crate::fields::FqModulus;

/// Eight elements of Fq2; bounds as in `Wide`, of both parts.
#[derive(Clone, Copy)]
pub struct Wide2 {
    pub c0: Wide<FqModulus>,
    pub c1: Wide<FqModulus>,
}

impl Wide2 {
    #[inline(always)]
    pub fn new(c0: Wide<FqModulus>, c1: Wide<FqModulus>) -> Self {
        Self { c0, c1 }
    }

    /// `self` below 4p, and below 84p²/(4p + self) whatever it multiplies.
    #[inline(always)]
    pub fn mul(self, other: Self) -> Self {
        let negated = self.c1.negate_lazy();
        Self::new(
            Wide::mul_add(self.c0, other.c0, negated, other.c1),
            Wide::mul_add(self.c0, other.c1, self.c1, other.c0),
        )
    }

    /// Of parts below 2p.
    #[inline(always)]
    pub fn square(self) -> Self {
        let sum = self.c0.add_lazy(self.c1);
        let twice = self.c0.add_lazy(self.c0);
        Self::new(sum.mul(self.c0.sub_lazy(self.c1)), twice.mul(self.c1))
    }
}
