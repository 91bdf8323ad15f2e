use super::fq6::Fq6;
use super::frobenius::xi_powers;
use crate::fields::{Fq, Fq2};
use core::ops::Mul;

/// `c0 + c1 · w` over Fq6, with `w^2 = v`, so that `w^6 = 9 + u`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fq12 {
    pub c0: Fq6,
    pub c1: Fq6,
}

/// A line through points of the curve, at a point of G1: `constant + linear · w + cubic · w^3`.
pub struct Line {
    pub constant: Fq,
    pub linear: Fq2,
    pub cubic: Fq2,
}

impl Fq12 {
    pub const ONE: Self = Self { c0: Fq6::ONE, c1: Fq6::ZERO };

    /// `c0 - c1 · w`, which is also the q^6-th power, and the inverse in the group of order `q^6 + 1`.
    pub fn conjugate(self) -> Self {
        Self { c0: self.c0, c1: -self.c1 }
    }

    pub fn square(self) -> Self {
        let product = self.c0 * self.c1;
        let c0 = (self.c0 + self.c1) * (self.c0 + self.c1.times_v()) - product - product.times_v();
        Self { c0, c1: product + product }
    }

    /// `None` for zero.
    pub fn inverse(self) -> Option<Self> {
        let norm = self.c0 * self.c0 - (self.c1 * self.c1).times_v();
        norm.inverse().map(|it| Self { c0: self.c0 * it, c1: -(self.c1 * it) })
    }

    pub fn times_line(self, line: &Line) -> Self {
        let low = self.c0.scale(line.constant);
        let high = self.c1.times_pair(line.linear, line.cubic);
        let first = Fq2::new(line.linear.c0 + line.constant, line.linear.c1);
        let both = (self.c0 + self.c1).times_pair(first, line.cubic);
        Self { c0: low + high.times_v(), c1: both - low - high }
    }

    /// The q-th power: coefficients of `w^i` are conjugated and multiplied by `xi^(i (q - 1) / 6)`.
    pub fn frobenius(self) -> Self {
        let xi = xi_powers();
        let at = |it: Fq2, i: usize| it.conjugate() * xi[i];
        let Self { c0: a, c1: b } = self;
        Self {
            c0: Fq6::new(at(a.c0, 0), at(a.c1, 2), at(a.c2, 4)),
            c1: Fq6::new(at(b.c0, 1), at(b.c1, 3), at(b.c2, 5)),
        }
    }

    /// The exponent's limbs are least significant first.
    pub fn power(self, exponent: &[u64]) -> Self {
        let mut result = Self::ONE;
        for &limb in exponent.iter().rev() {
            for bit in (0..64).rev() {
                result = result.square();
                if limb >> bit & 1 == 1 {
                    result = result * self;
                }
            }
        }
        result
    }
}

impl Mul for Fq12 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let low = self.c0 * other.c0;
        let high = self.c1 * other.c1;
        let both = (self.c0 + self.c1) * (other.c0 + other.c1);
        Self { c0: low + high.times_v(), c1: both - low - high }
    }
}
