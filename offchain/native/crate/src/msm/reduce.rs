use super::lanes::{Lanes, MAX_WIDTH};
use crate::curves::{Affine, Curve, Encoded, Xyzz};
use crate::fields::Field;

/// `sum of (i + 1) · buckets[i]`.
#[inline(always)]
pub fn reduce<L: Lanes>(buckets: &[Affine<L::F>]) -> Xyzz<L::F> {
    if buckets.len() < 4 * L::WIDTH || !buckets.len().is_power_of_two() {
        return reduce_one(buckets);
    }
    // Lane k has the k-th stretch: its plain sum, and its sum weighted from 1 within the stretch.
    let length = buckets.len() / L::WIDTH;
    let points = Encoded::from_points(buckets);
    let mut plain = Sum::<L>::infinity();
    let mut weighted = Sum::<L>::infinity();
    let mut entries = [0u32; MAX_WIDTH];
    for i in (0..length).rev() {
        for (lane, entry) in entries[..L::WIDTH].iter_mut().enumerate() {
            *entry = ((lane * length + i) << 1) as u32;
        }
        let (x, y) = L::gather(points, &entries[..L::WIDTH]);
        plain.add_affine(x.enter(), y.enter());
        weighted.add(&plain);
    }
    // Bucket i of a stretch counts as many more as lie below the stretch: `lane · length`.
    let (plain, weighted) = (plain.to_points(), weighted.to_points());
    let mut total = Xyzz::INFINITY;
    let mut above = Xyzz::INFINITY;
    for lane in (1..L::WIDTH).rev() {
        above = above.add(&plain[lane]);
        total = total.add(&above);
    }
    for _ in 0..length.trailing_zeros() {
        total = total.double();
    }
    weighted[..L::WIDTH].iter().fold(total, |sum, it| sum.add(it))
}

fn reduce_one<F: Curve>(buckets: &[Affine<F>]) -> Xyzz<F> {
    let mut plain = Xyzz::INFINITY;
    let mut weighted = Xyzz::INFINITY;
    for bucket in buckets.iter().rev() {
        plain = plain.add_affine(bucket);
        weighted = weighted.add(&plain);
    }
    weighted
}

/// A point in each lane, as `Xyzz`; `infinite` has a bit for each lane at infinity.
#[derive(Clone, Copy)]
struct Sum<L> {
    x: L,
    y: L,
    zz: L,
    zzz: L,
    infinite: u32,
}

impl<L: Lanes> Sum<L> {
    #[inline(always)]
    fn infinity() -> Self {
        let one = L::splat(L::F::ONE).enter();
        Self { x: one, y: one, zz: one, zzz: one, infinite: (1 << L::WIDTH) - 1 }
    }

    #[inline(always)]
    fn to_points(self) -> [Xyzz<L::F>; MAX_WIDTH] {
        let mut parts = [[L::F::ZERO; MAX_WIDTH]; 4];
        self.x.leave().store(&mut parts[0][..L::WIDTH]);
        self.y.leave().store(&mut parts[1][..L::WIDTH]);
        self.zz.leave().store(&mut parts[2][..L::WIDTH]);
        self.zzz.leave().store(&mut parts[3][..L::WIDTH]);
        let mut points = [Xyzz::INFINITY; MAX_WIDTH];
        for (lane, point) in points[..L::WIDTH].iter_mut().enumerate() {
            if self.infinite >> lane & 1 == 0 {
                let [x, y, zz, zzz] =
                    [parts[0][lane], parts[1][lane], parts[2][lane], parts[3][lane]];
                *point = Xyzz { x, y, zz, zzz };
            }
        }
        points
    }

    #[inline(always)]
    fn from_points(points: &[Xyzz<L::F>; MAX_WIDTH]) -> Self {
        let mut parts = [[L::F::ZERO; MAX_WIDTH]; 4];
        let mut infinite = 0;
        for (lane, point) in points[..L::WIDTH].iter().enumerate() {
            infinite |= u32::from(point.is_infinity()) << lane;
            [parts[0][lane], parts[1][lane], parts[2][lane], parts[3][lane]] =
                [point.x, point.y, point.zz, point.zzz];
        }
        Self {
            x: L::load(&parts[0][..L::WIDTH]).enter(),
            y: L::load(&parts[1][..L::WIDTH]).enter(),
            zz: L::load(&parts[2][..L::WIDTH]).enter(),
            zzz: L::load(&parts[3][..L::WIDTH]).enter(),
            infinite,
        }
    }

    /// Adds points whose x is 0 where they are infinity.
    #[inline(always)]
    fn add_affine(&mut self, x: L, y: L) {
        let mut absent = x.zeros();
        if absent != 0 {
            let mut values = [L::F::ZERO; MAX_WIDTH];
            x.store(&mut values[..L::WIDTH]);
            for (lane, it) in values[..L::WIDTH].iter().enumerate() {
                absent &= !(u32::from(!it.is_zero()) << lane);
            }
        }
        let p = x.mul(self.zz).sub(self.x);
        let r = y.mul(self.zzz).sub(self.y);
        let pp = p.square();
        let ppp = p.mul(pp);
        let q = self.x.mul(pp);
        let x3 = r.square().sub(ppp).sub(q.double());
        let y3 = L::mul_sub(r, q.sub(x3), self.y, ppp);
        let sum = Self { x: x3, y: y3, zz: self.zz.mul(pp), zzz: self.zzz.mul(ppp), infinite: 0 };
        let one = L::splat(L::F::ONE).enter();
        let other = Self { x, y, zz: one, zzz: one, infinite: absent };
        self.settle(sum, other, p);
    }

    #[inline(always)]
    fn add(&mut self, other: &Self) {
        let u = self.x.mul(other.zz);
        let s = self.y.mul(other.zzz);
        let p = other.x.mul(self.zz).sub(u);
        let r = other.y.mul(self.zzz).sub(s);
        let pp = p.square();
        let ppp = p.mul(pp);
        let q = u.mul(pp);
        let x = r.square().sub(ppp).sub(q.double());
        let y = L::mul_sub(r, q.sub(x), s, ppp);
        let zz = self.zz.mul(other.zz).mul(pp);
        let zzz = self.zzz.mul(other.zzz).mul(ppp);
        self.settle(Self { x, y, zz, zzz, infinite: 0 }, *other, p);
    }

    /// Takes in each lane what is right: the sum, or a summand where the other is infinity, or what `Xyzz` finds where
    /// `p`, the difference of the x, is zero.
    #[inline(always)]
    fn settle(&mut self, sum: Self, other: Self, p: L) {
        let equal = p.zeros() & !self.infinite & !other.infinite;
        let mut repaired = [Xyzz::INFINITY; MAX_WIDTH];
        let repair = equal != 0;
        if repair {
            let (ours, theirs) = (self.to_points(), other.to_points());
            repaired = ours;
            for (lane, it) in repaired.iter_mut().enumerate() {
                *it = it.add(&theirs[lane]);
            }
        }
        let old = *self;
        let absent = other.infinite;
        let ours = absent;
        let theirs = old.infinite & !absent;
        *self = sum;
        self.infinite = old.infinite & absent;
        if ours | theirs != 0 {
            self.x = self.x.select(ours, old.x).select(theirs, other.x);
            self.y = self.y.select(ours, old.y).select(theirs, other.y);
            self.zz = self.zz.select(ours, old.zz).select(theirs, other.zz);
            self.zzz = self.zzz.select(ours, old.zzz).select(theirs, other.zzz);
        }
        if repair {
            *self = Self::from_points(&repaired);
        }
    }
}
