use crate::fields::{Field, Fq, Fq2};
use core::ops::{Add, Mul, Neg, Sub};

/// `c0 + c1 · v + c2 · v^2` over Fq2, with `v^3 = 9 + u`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fq6 {
    pub c0: Fq2,
    pub c1: Fq2,
    pub c2: Fq2,
}

/// The product with `9 + u`, which has neither a square nor a cube root in Fq2.
pub fn times_xi(a: Fq2) -> Fq2 {
    let eight = |it: Fq| it.double().double().double();
    Fq2::new(eight(a.c0) + a.c0 - a.c1, eight(a.c1) + a.c1 + a.c0)
}

impl Fq6 {
    pub const ZERO: Self = Self { c0: Fq2::ZERO, c1: Fq2::ZERO, c2: Fq2::ZERO };
    pub const ONE: Self = Self { c0: Fq2::ONE, c1: Fq2::ZERO, c2: Fq2::ZERO };

    pub const fn new(c0: Fq2, c1: Fq2, c2: Fq2) -> Self {
        Self { c0, c1, c2 }
    }

    pub fn times_v(self) -> Self {
        Self::new(times_xi(self.c2), self.c0, self.c1)
    }

    pub fn scale(self, factor: Fq) -> Self {
        Self::new(self.c0.scale(factor), self.c1.scale(factor), self.c2.scale(factor))
    }

    /// The product with `b0 + b1 · v`.
    pub fn times_pair(self, b0: Fq2, b1: Fq2) -> Self {
        let low = self.c0 * b0;
        let high = self.c1 * b1;
        let cross = (self.c0 + self.c1) * (b0 + b1) - low - high;
        Self::new(low + times_xi(self.c2 * b1), cross, high + self.c2 * b0)
    }

    /// `None` for zero. The norm to Fq2 is `c0^3 + xi c1^3 + xi^2 c2^3 - 3 xi c0 c1 c2`.
    pub fn inverse(self) -> Option<Self> {
        let Self { c0, c1, c2 } = self;
        let t0 = c0.square() - times_xi(c1 * c2);
        let t1 = times_xi(c2.square()) - c0 * c1;
        let t2 = c1.square() - c0 * c2;
        let norm = c0 * t0 + times_xi(c2 * t1 + c1 * t2);
        norm.inverse().map(|it| Self::new(t0 * it, t1 * it, t2 * it))
    }
}

impl Add for Fq6 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1, self.c2 + other.c2)
    }
}

impl Sub for Fq6 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1, self.c2 - other.c2)
    }
}

impl Neg for Fq6 {
    type Output = Self;
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Fq6 {
    type Output = Self;
    /// Karatsuba over three coefficients: six products of Fq2.
    fn mul(self, other: Self) -> Self {
        let (a, b) = (self, other);
        let v0 = a.c0 * b.c0;
        let v1 = a.c1 * b.c1;
        let v2 = a.c2 * b.c2;
        let c12 = (a.c1 + a.c2) * (b.c1 + b.c2) - v1 - v2;
        let c01 = (a.c0 + a.c1) * (b.c0 + b.c1) - v0 - v1;
        let c02 = (a.c0 + a.c2) * (b.c0 + b.c2) - v0 - v2;
        Self::new(v0 + times_xi(c12), c01 + times_xi(v2), c02 + v1)
    }
}
