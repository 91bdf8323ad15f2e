use super::lanes::Lanes;
use crate::curves::{Affine, Curve, Encoded};

/// One coordinate at a time, for any processor.
#[derive(Clone, Copy)]
pub struct One<F>(F);

impl<F: Curve> Lanes for One<F> {
    type F = F;
    const WIDTH: usize = 1;
    const INVERSE_SCALE: u64 = 1;

    #[inline(always)]
    fn splat(value: F) -> Self {
        Self(value)
    }

    #[inline(always)]
    fn store(self, values: &mut [F]) {
        values[0] = self.0;
    }

    #[inline(always)]
    fn load(values: &[F]) -> Self {
        Self(values[0])
    }

    #[inline(always)]
    fn gather(points: Encoded<F>, entries: &[u32]) -> (Self, Self) {
        let point = points.get((entries[0] >> 1) as usize);
        let y = if entries[0] & 1 == 1 { -point.y } else { point.y };
        (Self(point.x), Self(y))
    }

    #[inline(always)]
    fn gather_x(points: Encoded<F>, entries: &[u32]) -> Self {
        Self(points.get((entries[0] >> 1) as usize).x)
    }

    #[inline(always)]
    fn scatter(x: Self, y: Self, points: &mut [Affine<F>]) {
        points[0] = Affine::new(x.0, y.0);
    }

    #[inline(always)]
    fn product(self, other: Self) -> Self {
        self.mul(other)
    }

    #[inline(always)]
    fn difference(self, other: Self) -> Self {
        self.sub(other)
    }

    #[inline(always)]
    fn suspects(x1: &Self, x2: &Self, delta: &Self) -> u32 {
        u32::from(x1.0.is_zero() || x2.0.is_zero() || delta.0.is_zero())
    }

    #[inline(always)]
    fn chord(x1: Self, y1: Self, x2: Self, rise: Self, inverse: Self) -> (Self, Self) {
        let slope = rise.0 * inverse.0;
        let x = slope.square() - x1.0 - x2.0;
        (Self(x), Self(slope * (x1.0 - x) - y1.0))
    }

    #[inline(always)]
    fn enter(self) -> Self {
        self
    }

    #[inline(always)]
    fn leave(self) -> Self {
        self
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }

    #[inline(always)]
    fn square(self) -> Self {
        Self(self.0.square())
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    fn double(self) -> Self {
        Self(self.0.double())
    }

    #[inline(always)]
    fn mul_sub(a: Self, b: Self, c: Self, d: Self) -> Self {
        Self(a.0 * b.0 - c.0 * d.0)
    }

    #[inline(always)]
    fn zeros(&self) -> u32 {
        u32::from(self.0.is_zero())
    }

    #[inline(always)]
    fn select(self, mask: u32, other: Self) -> Self {
        if mask & 1 == 1 { other } else { self }
    }
}
