use crate::curves::{Curve, Encoded};

/// Most lanes that there are.
pub const MAX_WIDTH: usize = 8;

/// A few coordinates that are worked on at once. What a lane holds may be redundant; `store` gives the one value below q.
///
/// All methods are inlined into functions that are compiled for the instructions that the lanes use.
pub trait Lanes: Copy {
    type F: Curve;
    /// Lanes; a power of two, at most `MAX_WIDTH`.
    const WIDTH: usize;
    /// `chord` wants inverses multiplied by this.
    const INVERSE_SCALE: u64;

    fn splat(value: Self::F) -> Self;
    /// Writes `WIDTH` values.
    fn store(self, values: &mut [Self::F]);
    /// Reads `WIDTH` values.
    fn load(values: &[Self::F]) -> Self;

    /// Has the points of the entries fetched into the cache.
    fn prefetch(_: Encoded<Self::F>, _: &[u32]) {}

    /// Coordinates of `WIDTH` points, each negated where the lowest bit of its entry is set; the rest of the entry is its
    /// index.
    fn gather(points: Encoded<Self::F>, entries: &[u32]) -> (Self, Self);
    /// Their x only.
    fn gather_x(points: Encoded<Self::F>, entries: &[u32]) -> Self;
    /// Writes `WIDTH` points; coordinates are below 2q.
    fn scatter(x: Self, y: Self, points: &mut [crate::curves::Affine<Self::F>]);

    /// A product for the shared inversion: up to a power of two that cancels out.
    fn product(self, other: Self) -> Self;
    fn difference(self, other: Self) -> Self;
    /// One bit for each lane that may hold `x1 = 0`, `x2 = 0` or `x2 - x1 = 0` (`delta`); others surely do not.
    fn suspects(x1: &Self, x2: &Self, delta: &Self) -> u32;
    /// The third point on the line through two, reflected: `inverse` is that of `x2 - x1` times `INVERSE_SCALE`, `rise`
    /// is `y2 - y1`.
    fn chord(x1: Self, y1: Self, x2: Self, rise: Self, inverse: Self) -> (Self, Self);

    /// Into and out of the form in which `mul` and `square` are exact.
    fn enter(self) -> Self;
    fn leave(self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn square(self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn double(self) -> Self;
    /// `a · b - c · d`.
    fn mul_sub(a: Self, b: Self, c: Self, d: Self) -> Self;
    /// One bit for each lane that may hold 0.
    fn zeros(&self) -> u32;
    /// Lanes of `other` where the mask has a bit.
    fn select(self, mask: u32, other: Self) -> Self;
}
