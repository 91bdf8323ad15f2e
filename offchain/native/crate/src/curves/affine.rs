use super::group::Curve;
use super::xyzz::Xyzz;
use crate::fields::{Fq, Fq2, FrModulus, Modulus};
use core::ops::Neg;

/// A point in affine coordinates; infinity is (0, 0), which is on neither curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Affine<F> {
    pub x: F,
    pub y: F,
}

pub type G1Affine = Affine<Fq>;
pub type G2Affine = Affine<Fq2>;

impl<F: Curve> Affine<F> {
    pub const INFINITY: Self = Self { x: F::ZERO, y: F::ZERO };
    /// Bytes of an encoded point: 64 in G1, 128 in G2.
    pub const BYTES: usize = 2 * F::BYTES;

    pub const fn new(x: F, y: F) -> Self {
        Self { x, y }
    }

    #[inline(always)]
    pub fn is_infinity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    /// Whether it satisfies `y^2 = x^3 + b` or is infinity.
    pub fn is_on_curve(&self) -> bool {
        self.is_infinity() || self.y.square() == self.x.square() * self.x + F::b()
    }

    /// Whether it is on the curve and in the subgroup of prime order r. All of G1 is; G2's curve has a cofactor.
    pub fn is_in_group(&self) -> bool {
        self.is_on_curve()
            && (F::IS_PRIME_ORDER || Xyzz::from(*self).multiply(&FrModulus::P).is_infinity())
    }

    /// Reads snarkjs's encoding: affine, Montgomery, little-endian, infinity as zeros. Refuses (`None`) coordinates that
    /// are not below q; says nothing about the curve.
    ///
    /// # Panics
    /// Unless there are `BYTES` bytes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        assert_eq!(bytes.len(), Self::BYTES);
        let (x, y) = bytes.split_at(F::BYTES);
        Some(Self::new(F::read_montgomery(x)?, F::read_montgomery(y)?))
    }

    /// # Panics
    /// Unless there are `BYTES` bytes.
    pub fn write(&self, bytes: &mut [u8]) {
        assert_eq!(bytes.len(), Self::BYTES);
        let (x, y) = bytes.split_at_mut(F::BYTES);
        self.x.write_montgomery(x);
        self.y.write_montgomery(y);
    }
}

impl<F: Curve> Neg for Affine<F> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(self.x, -self.y)
    }
}
