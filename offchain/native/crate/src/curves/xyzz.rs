use super::affine::Affine;
use super::group::Curve;
use crate::fields::invert_all;
use core::ops::Neg;

/// A point `(x / zz, y / zzz)` with `zz^3 = zzz^2`; infinity has `zz = 0`.
/// Formulas: Explicit-Formulas Database, short Weierstrass curves with a = 0, "xyzz".
#[derive(Clone, Copy, Debug)]
pub struct Xyzz<F> {
    pub x: F,
    pub y: F,
    pub zz: F,
    pub zzz: F,
}

impl<F: Curve> Xyzz<F> {
    pub const INFINITY: Self = Self { x: F::ONE, y: F::ONE, zz: F::ZERO, zzz: F::ZERO };

    #[inline(always)]
    pub fn is_infinity(&self) -> bool {
        self.zz.is_zero()
    }

    pub fn double(&self) -> Self {
        if self.is_infinity() {
            return *self;
        }
        let u = self.y.double();
        let v = u.square();
        let w = u * v;
        let s = self.x * v;
        let square = self.x.square();
        let m = square.double() + square;
        let x = m.square() - s.double();
        Self { x, y: m * (s - x) - w * self.y, zz: v * self.zz, zzz: w * self.zzz }
    }

    pub fn add(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let u1 = self.x * other.zz;
        let s1 = self.y * other.zzz;
        let p = other.x * self.zz - u1;
        let r = other.y * self.zzz - s1;
        if p.is_zero() {
            return if r.is_zero() { self.double() } else { Self::INFINITY };
        }
        let pp = p.square();
        let ppp = p * pp;
        let q = u1 * pp;
        let x = r.square() - ppp - q.double();
        Self {
            x,
            y: r * (q - x) - s1 * ppp,
            zz: self.zz * other.zz * pp,
            zzz: self.zzz * other.zzz * ppp,
        }
    }

    pub fn add_affine(&self, other: &Affine<F>) -> Self {
        if other.is_infinity() {
            return *self;
        }
        if self.is_infinity() {
            return Self::from(*other);
        }
        let p = other.x * self.zz - self.x;
        let r = other.y * self.zzz - self.y;
        if p.is_zero() {
            return if r.is_zero() { self.double() } else { Self::INFINITY };
        }
        let pp = p.square();
        let ppp = p * pp;
        let q = self.x * pp;
        let x = r.square() - ppp - q.double();
        Self { x, y: r * (q - x) - self.y * ppp, zz: self.zz * pp, zzz: self.zzz * ppp }
    }

    /// `scalar · self`; the scalar's limbs are least significant first, and it need not be below r.
    pub fn multiply(&self, scalar: &[u64]) -> Self {
        let mut sum = Self::INFINITY;
        for &limb in scalar.iter().rev() {
            for bit in (0..64).rev() {
                sum = sum.double();
                if limb >> bit & 1 == 1 {
                    sum = sum.add(self);
                }
            }
        }
        sum
    }

    pub fn to_affine(&self) -> Affine<F> {
        let inverse = (self.zz * self.zzz).inverse();
        match inverse {
            Some(it) => Affine::new(self.x * it * self.zzz, self.y * it * self.zz),
            None => Affine::INFINITY,
        }
    }
}

impl<F: Curve> From<Affine<F>> for Xyzz<F> {
    fn from(point: Affine<F>) -> Self {
        if point.is_infinity() {
            return Self::INFINITY;
        }
        Self { x: point.x, y: point.y, zz: F::ONE, zzz: F::ONE }
    }
}

impl<F: Curve> Neg for Xyzz<F> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { y: -self.y, ..self }
    }
}

impl<F: Curve> PartialEq for Xyzz<F> {
    /// Equality of points, whatever their coordinates.
    fn eq(&self, other: &Self) -> bool {
        if self.is_infinity() || other.is_infinity() {
            return self.is_infinity() == other.is_infinity();
        }
        self.x * other.zz == other.x * self.zz && self.y * other.zzz == other.y * self.zzz
    }
}

/// Affine coordinates of all points with one inversion.
pub fn to_affine_all<F: Curve>(points: &[Xyzz<F>]) -> Vec<Affine<F>> {
    let mut inverses: Vec<F> = points.iter().map(|it| it.zz * it.zzz).collect();
    invert_all(&mut inverses);
    let affine = |(it, &inverse): (&Xyzz<F>, &F)| {
        if it.is_infinity() {
            return Affine::INFINITY;
        }
        Affine::new(it.x * inverse * it.zzz, it.y * inverse * it.zz)
    };
    points.iter().zip(&inverses).map(affine).collect()
}
