use super::lanes::Lanes;
use crate::curves::{Affine, Curve, Encoded, Xyzz};
use crate::fields::Field;

/// `sum of (i + 1) · buckets[i]`.
#[inline(always)]
pub fn reduce<L: Lanes>(buckets: &[Affine<L::F>]) -> Xyzz<L::F> {
    if buckets.len() < 4 * L::WIDTH || !buckets.len().is_multiple_of(L::WIDTH) {
        return reduce_one(buckets);
    }
    // Lane k has the k-th stretch: its plain sum, and its sum weighted from 1 within the stretch.
    let length = buckets.len() / L::WIDTH;
    let points = Encoded::from_points(buckets);
    let mut plain = Sum::<L>::infinity();
    let mut weighted = Sum::<L>::infinity();
    let mut entries = [0u32; 16];
    for i in (0..length).rev() {
        for (lane, entry) in entries[..L::WIDTH].iter_mut().enumerate() {
            *entry = ((lane * length + i) << 1) as u32;
        }
        let (x, y) = L::gather(points, &entries[..L::WIDTH]);
        plain.add_affine(x.enter(), y.enter());
        weighted.add(&plain);
    }
    let mut total = Xyzz::INFINITY;
    for lane in (0..L::WIDTH).rev() {
        // Bucket i of a stretch counts as many more as lie below the stretch.
        let part = plain.get(lane).multiply(&[(lane * length) as u64]);
        total = total.add(&weighted.get(lane)).add(&part);
    }
    total
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
    fn infinity() -> Self {
        let one = L::splat(L::F::ONE).enter();
        Self { x: one, y: one, zz: one, zzz: one, infinite: (1 << L::WIDTH) - 1 }
    }

    fn get(&self, lane: usize) -> Xyzz<L::F> {
        if self.infinite >> lane & 1 == 1 {
            return Xyzz::INFINITY;
        }
        let [x, y, zz, zzz] = [self.x, self.y, self.zz, self.zzz].map(|it| it.leave().get(lane));
        Xyzz { x, y, zz, zzz }
    }

    fn set(&mut self, lane: usize, point: Xyzz<L::F>) {
        self.infinite &= !(1 << lane);
        if point.is_infinity() {
            self.infinite |= 1 << lane;
        }
        let parts = [point.x, point.y, point.zz, point.zzz];
        for (into, value) in
            [&mut self.x, &mut self.y, &mut self.zz, &mut self.zzz].into_iter().zip(parts)
        {
            *into = into.select(1 << lane, L::splat(value).enter());
        }
    }

    /// Adds points whose x is 0 where they are infinity.
    #[inline(always)]
    fn add_affine(&mut self, x: L, y: L) {
        let mut absent = 0;
        let mut suspects = x.zeros();
        while suspects != 0 {
            let lane = suspects.trailing_zeros() as usize;
            suspects &= suspects - 1;
            absent |= u32::from(x.get(lane).is_zero()) << lane;
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
        let mut equal = p.zeros() & !self.infinite & !other.infinite;
        let mut repaired = [(0, Xyzz::INFINITY); 16];
        let mut count = 0;
        while equal != 0 {
            let lane = equal.trailing_zeros() as usize;
            equal &= equal - 1;
            repaired[count] = (lane, self.get(lane).add(&other.get(lane)));
            count += 1;
        }
        let old = *self;
        let absent = other.infinite;
        let pick = |sum: L, ours: L, theirs: L| {
            if absent | old.infinite == 0 {
                return sum;
            }
            sum.select(absent, ours).select(old.infinite & !absent, theirs)
        };
        *self = Self {
            x: pick(sum.x, old.x, other.x),
            y: pick(sum.y, old.y, other.y),
            zz: pick(sum.zz, old.zz, other.zz),
            zzz: pick(sum.zzz, old.zzz, other.zzz),
            infinite: old.infinite & absent,
        };
        for &(lane, point) in &repaired[..count] {
            self.set(lane, point);
        }
    }
}
