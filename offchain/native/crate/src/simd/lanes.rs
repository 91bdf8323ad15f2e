use super::field::Wide;
use super::field2::Wide2;
use super::points::{gather_half, gather_row, prefetch, scatter_row, signs};
use crate::curves::{Affine, Encoded};
use crate::fields::{Fq, Fq2, FqModulus};
use crate::msm::Lanes;

type Wide1 = Wide<FqModulus>;

/// 2^264 mod q: from the file's form to that with radix 2^260.
const ENTER: [u64; 4] = crate::fields::power_of_two::<FqModulus>(264);
/// 2^256 mod q: back.
const LEAVE: [u64; 4] = crate::fields::power_of_two::<FqModulus>(256);
/// Products are divided by 2^260 where the form wants 2^256. Inverses that are `2^6` larger than Montgomery's make the
/// slope 2^258 times itself, so that its square is right and its product with four times the run.
const SCALE: u64 = 64;

impl Lanes for Wide1 {
    type F = Fq;
    const WIDTH: usize = 8;
    const INVERSE_SCALE: u64 = SCALE;

    #[inline(always)]
    fn splat(value: Fq) -> Self {
        Wide::from_element(value)
    }

    #[inline(always)]
    fn store(self, values: &mut [Fq]) {
        for (value, limbs) in values.iter_mut().zip(self.to_lanes()) {
            *value = Fq::from_raw(limbs);
        }
    }

    #[inline(always)]
    fn load(values: &[Fq]) -> Self {
        let mut lanes = [[0; 4]; 8];
        for (limbs, value) in lanes.iter_mut().zip(values) {
            *limbs = value.raw();
        }
        Self::from_lanes(&lanes)
    }

    #[inline(always)]
    fn prefetch(points: Encoded<Fq>, entries: &[u32]) {
        prefetch(points, entries);
    }

    #[inline(always)]
    fn gather(points: Encoded<Fq>, entries: &[u32]) -> (Self, Self) {
        let [a, b, c, d, e, f, g, h] = gather_row(points, entries, 0);
        let y = Wide::unpack([e, f, g, h]);
        (Wide::unpack([a, b, c, d]), y.negate_lanes(signs(entries)))
    }

    #[inline(always)]
    fn gather_x(points: Encoded<Fq>, entries: &[u32]) -> Self {
        Wide::unpack(gather_half(points, entries))
    }

    #[inline(always)]
    fn scatter(x: Self, y: Self, points: &mut [Affine<Fq>]) {
        let ([a, b, c, d], [e, f, g, h]) = (x.pack(), y.pack());
        scatter_row([a, b, c, d, e, f, g, h], points, 0);
    }

    #[inline(always)]
    fn product(self, other: Self) -> Self {
        Wide::mul(self, other)
    }

    #[inline(always)]
    fn difference(self, other: Self) -> Self {
        self.sub_lazy(other)
    }

    #[inline(always)]
    fn suspects(x1: &Self, x2: &Self, delta: &Self) -> u32 {
        x1.maybe_zero() | x2.maybe_zero() | delta.maybe_multiple()
    }

    #[inline(always)]
    fn chord(x1: Self, y1: Self, x2: Self, rise: Self, inverse: Self) -> (Self, Self) {
        let slope = Wide::mul(rise, inverse);
        let x = Wide::square(slope).sub_both(x1, x2);
        (x, Wide::sub(Wide::mul(slope, x1.sub_times_4(x)), y1))
    }

    #[inline(always)]
    fn enter(self) -> Self {
        Wide::mul(self, Wide::splat(ENTER))
    }

    #[inline(always)]
    fn leave(self) -> Self {
        Wide::mul(self, Wide::splat(LEAVE))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Wide::mul(self, other)
    }

    #[inline(always)]
    fn square(self) -> Self {
        Wide::square(self)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Wide::sub(self, other)
    }

    #[inline(always)]
    fn double(self) -> Self {
        Wide::add(self, self)
    }

    #[inline(always)]
    fn mul_sub(a: Self, b: Self, c: Self, d: Self) -> Self {
        Wide::mul_add(a, b, c.negate_lazy(), d)
    }

    #[inline(always)]
    fn zeros(&self) -> u32 {
        self.maybe_zero()
    }

    #[inline(always)]
    fn select(self, mask: u32, other: Self) -> Self {
        Wide::select(self, mask, other)
    }
}

impl Lanes for Wide2 {
    type F = Fq2;
    const WIDTH: usize = 8;
    const INVERSE_SCALE: u64 = SCALE;

    #[inline(always)]
    fn splat(value: Fq2) -> Self {
        Self::new(Wide::from_element(value.c0), Wide::from_element(value.c1))
    }

    #[inline(always)]
    fn store(self, values: &mut [Fq2]) {
        let (low, high) = (self.c0.to_lanes(), self.c1.to_lanes());
        for (lane, value) in values.iter_mut().enumerate() {
            *value = Fq2::new(Fq::from_raw(low[lane]), Fq::from_raw(high[lane]));
        }
    }

    #[inline(always)]
    fn load(values: &[Fq2]) -> Self {
        let (mut low, mut high) = ([[0; 4]; 8], [[0; 4]; 8]);
        for (lane, value) in values.iter().enumerate() {
            low[lane] = value.c0.raw();
            high[lane] = value.c1.raw();
        }
        Self::new(Wide::from_lanes(&low), Wide::from_lanes(&high))
    }

    #[inline(always)]
    fn prefetch(points: Encoded<Fq2>, entries: &[u32]) {
        prefetch(points, entries);
    }

    #[inline(always)]
    fn gather(points: Encoded<Fq2>, entries: &[u32]) -> (Self, Self) {
        let [a, b, c, d, e, f, g, h] = gather_row(points, entries, 1);
        let signs = signs(entries);
        let y = Self::new(
            Wide::unpack([a, b, c, d]).negate_lanes(signs),
            Wide::unpack([e, f, g, h]).negate_lanes(signs),
        );
        (Self::gather_x(points, entries), y)
    }

    #[inline(always)]
    fn gather_x(points: Encoded<Fq2>, entries: &[u32]) -> Self {
        let [a, b, c, d, e, f, g, h] = gather_row(points, entries, 0);
        Self::new(Wide::unpack([a, b, c, d]), Wide::unpack([e, f, g, h]))
    }

    #[inline(always)]
    fn scatter(x: Self, y: Self, points: &mut [Affine<Fq2>]) {
        for (i, it) in [x, y].into_iter().enumerate() {
            let ([a, b, c, d], [e, f, g, h]) = (it.c0.pack(), it.c1.pack());
            scatter_row([a, b, c, d, e, f, g, h], points, i);
        }
    }

    #[inline(always)]
    fn product(self, other: Self) -> Self {
        Wide2::mul(self, other)
    }

    #[inline(always)]
    fn difference(self, other: Self) -> Self {
        Self::new(self.c0.sub_lazy(other.c0), self.c1.sub_lazy(other.c1))
    }

    #[inline(always)]
    fn suspects(x1: &Self, x2: &Self, delta: &Self) -> u32 {
        x1.c0.maybe_zero() & x1.c1.maybe_zero()
            | x2.c0.maybe_zero() & x2.c1.maybe_zero()
            | delta.c0.maybe_multiple() & delta.c1.maybe_multiple()
    }

    #[inline(always)]
    fn chord(x1: Self, y1: Self, x2: Self, rise: Self, inverse: Self) -> (Self, Self) {
        let slope = Wide2::mul(inverse, rise);
        let square = Wide2::square(slope);
        let x = Self::new(square.c0.sub_both(x1.c0, x2.c0), square.c1.sub_both(x1.c1, x2.c1));
        let run = Self::new(x1.c0.sub_times_4(x.c0), x1.c1.sub_times_4(x.c1));
        let y = Wide2::mul(slope, run);
        (x, Self::new(Wide::sub(y.c0, y1.c0), Wide::sub(y.c1, y1.c1)))
    }

    #[inline(always)]
    fn enter(self) -> Self {
        Self::new(self.c0.enter(), self.c1.enter())
    }

    #[inline(always)]
    fn leave(self) -> Self {
        Self::new(self.c0.leave(), self.c1.leave())
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Wide2::mul(self, other)
    }

    #[inline(always)]
    fn square(self) -> Self {
        Wide2::square(self)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::new(Wide::sub(self.c0, other.c0), Wide::sub(self.c1, other.c1))
    }

    #[inline(always)]
    fn double(self) -> Self {
        Self::new(self.c0.add(self.c0), self.c1.add(self.c1))
    }

    #[inline(always)]
    fn mul_sub(a: Self, b: Self, c: Self, d: Self) -> Self {
        Lanes::sub(Wide2::mul(a, b), Wide2::mul(c, d))
    }

    #[inline(always)]
    fn zeros(&self) -> u32 {
        self.c0.maybe_zero() & self.c1.maybe_zero()
    }

    #[inline(always)]
    fn select(self, mask: u32, other: Self) -> Self {
        Self::new(self.c0.select(mask, other.c0), self.c1.select(mask, other.c1))
    }
}
