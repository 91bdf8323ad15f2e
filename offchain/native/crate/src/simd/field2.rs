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
        // SAFETY: a vector exists, so the processor has these instructions.
        unsafe { multiply(&self, &other) }
    }

    /// Of parts below 2p.
    #[inline(always)]
    pub fn square(self) -> Self {
        // SAFETY: a vector exists, so the processor has these instructions.
        unsafe { square(&self) }
    }
}

// Functions of their own: inlined everywhere they would not fit into the instruction cache.

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn multiply(a: &Wide2, b: &Wide2) -> Wide2 {
    let negated = a.c1.negate_lazy();
    Wide2::new(Wide::mul_add(a.c0, b.c0, negated, b.c1), Wide::mul_add(a.c0, b.c1, a.c1, b.c0))
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn square(a: &Wide2) -> Wide2 {
    let sum = a.c0.add_lazy(a.c1);
    let twice = a.c0.add_lazy(a.c0);
    Wide2::new(sum.mul(a.c0.sub_lazy(a.c1)), twice.mul(a.c1))
}
