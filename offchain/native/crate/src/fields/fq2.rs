use core::ops::{Add, Mul, Neg, Sub};

use super::field::Field;
use super::montgomery::Fq;

/// `c0 + c1 · u` with `u^2 = -1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Fq2 {
    pub c0: Fq,
    pub c1: Fq,
}

impl Fq2 {
    pub const fn new(c0: Fq, c1: Fq) -> Self {
        Self { c0, c1 }
    }

    /// `c0 - c1 · u`, which is also the q-th power.
    pub fn conjugate(self) -> Self {
        Self::new(self.c0, -self.c1)
    }

    /// The product with an element of the base field.
    pub fn scale(self, factor: Fq) -> Self {
        Self::new(self.c0 * factor, self.c1 * factor)
    }
}

impl Add for Fq2 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1)
    }
}

impl Sub for Fq2 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1)
    }
}

impl Neg for Fq2 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.c0, -self.c1)
    }
}

impl Mul for Fq2 {
    type Output = Self;
    /// Karatsuba: three products of the base field.
    #[inline]
    fn mul(self, other: Self) -> Self {
        let low = self.c0 * other.c0;
        let high = self.c1 * other.c1;
        let cross = (self.c0 + self.c1) * (other.c0 + other.c1);
        Self::new(low - high, cross - low - high)
    }
}

impl Field for Fq2 {
    const ZERO: Self = Self::new(Fq::ZERO, Fq::ZERO);
    const ONE: Self = Self::new(Fq::ONE, Fq::ZERO);
    const BYTES: usize = 64;

    #[inline]
    fn square(self) -> Self {
        let product = self.c0 * self.c1;
        Self::new((self.c0 + self.c1) * (self.c0 - self.c1), product.double())
    }

    #[inline(always)]
    fn double(self) -> Self {
        self + self
    }

    fn inverse(self) -> Option<Self> {
        let norm = self.c0.square() + self.c1.square();
        norm.inverse().map(|it| self.conjugate().scale(it))
    }

    fn read_montgomery(bytes: &[u8]) -> Option<Self> {
        assert_eq!(bytes.len(), Self::BYTES);
        let (c0, c1) = bytes.split_at(Fq::BYTES);
        Some(Self::new(Fq::read_montgomery(c0)?, Fq::read_montgomery(c1)?))
    }

    #[inline]
    fn reduce_montgomery(bytes: &[u8]) -> Self {
        assert_eq!(bytes.len(), Self::BYTES);
        let (c0, c1) = bytes.split_at(Fq::BYTES);
        Self::new(Fq::reduce_montgomery(c0), Fq::reduce_montgomery(c1))
    }

    fn write_montgomery(self, bytes: &mut [u8]) {
        assert_eq!(bytes.len(), Self::BYTES);
        let (c0, c1) = bytes.split_at_mut(Fq::BYTES);
        self.c0.write_montgomery(c0);
        self.c1.write_montgomery(c1);
    }
}
