use core::fmt::{self, Debug};
use core::marker::PhantomData;
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::field::Field;
use super::inverse::invert_odd;
use super::limbs::{self, Limbs};

/// A prime below 2^254.
pub trait Modulus: Copy + Eq + Send + Sync + 'static {
    const P: Limbs;
}

/// An integer modulo a prime, `x` kept as `x · 2^256 mod p`, always below p.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Montgomery<M: Modulus>(Limbs, PhantomData<M>);

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FqModulus;

impl Modulus for FqModulus {
    const P: Limbs = [
        0x3c20_8c16_d87c_fd47,
        0x9781_6a91_6871_ca8d,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FrModulus;

impl Modulus for FrModulus {
    const P: Limbs = [
        0x43e1_f593_f000_0001,
        0x2833_e848_79b9_7091,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

/// The base field of BN254.
pub type Fq = Montgomery<FqModulus>;
/// The scalar field of BN254: the order of its groups.
pub type Fr = Montgomery<FrModulus>;

impl<M: Modulus> Montgomery<M> {
    const NEGATED_INVERSE: u64 = limbs::negated_inverse(M::P[0]);
    const R: Limbs = limbs::power_of_two_mod(256, M::P);
    const R2: Limbs = limbs::power_of_two_mod(512, M::P);

    /// The element whose Montgomery form is `limbs`, which are below p.
    pub(crate) const fn from_raw(limbs: Limbs) -> Self {
        Self(limbs, PhantomData)
    }

    /// The Montgomery form.
    pub(crate) const fn raw(self) -> Limbs {
        self.0
    }

    pub fn from_u64(value: u64) -> Self {
        Self::from_raw([value, 0, 0, 0]) * Self::from_raw(Self::R2)
    }

    /// `None` unless `value < p`.
    pub fn from_canonical(value: Limbs) -> Option<Self> {
        limbs::less(value, M::P).then(|| Self::from_raw(value) * Self::from_raw(Self::R2))
    }

    /// The integer in `0..p`.
    pub fn to_canonical(self) -> Limbs {
        multiply::<M>(self.0, [1, 0, 0, 0])
    }

    /// Little-endian; `None` unless it is below p.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        Self::from_canonical(limbs::read(bytes))
    }

    /// Little-endian.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        limbs::write(self.to_canonical(), &mut bytes);
        bytes
    }

    /// `self^exponent`; the exponent's limbs are least significant first.
    pub fn power(self, exponent: &[u64]) -> Self {
        let mut result = Self::ONE;
        for &limb in exponent.iter().rev() {
            for bit in (0..64).rev() {
                result = result.square();
                if limb >> bit & 1 == 1 {
                    result *= self;
                }
            }
        }
        result
    }
}

/// `x · y / 2^256 mod p`. Interleaved reduction (Koç, Acar, Kaliski 1996); p < 2^254 leaves out the carries above.
#[inline(always)]
fn multiply<M: Modulus>(x: Limbs, y: Limbs) -> Limbs {
    let mut t = [0u64; 4];
    for &word in &y {
        let (low, mut high) = limbs::mac(t[0], x[0], word, 0);
        let factor = low.wrapping_mul(Montgomery::<M>::NEGATED_INVERSE);
        let (_, mut carry) = limbs::mac(low, factor, M::P[0], 0);
        for j in 1..4 {
            let (sum, next) = limbs::mac(t[j], x[j], word, high);
            high = next;
            let (sum, next) = limbs::mac(sum, factor, M::P[j], carry);
            carry = next;
            t[j - 1] = sum;
        }
        t[3] = high + carry;
    }
    limbs::reduce_once(t, M::P)
}

impl<M: Modulus> Add for Montgomery<M> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::from_raw(limbs::reduce_once(limbs::add(self.0, other.0).0, M::P))
    }
}

impl<M: Modulus> Sub for Montgomery<M> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = limbs::sub(self.0, other.0);
        let correction = if borrow { M::P } else { [0; 4] };
        Self::from_raw(limbs::add(difference, correction).0)
    }
}

impl<M: Modulus> Mul for Montgomery<M> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::from_raw(multiply::<M>(self.0, other.0))
    }
}

impl<M: Modulus> Neg for Montgomery<M> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl<M: Modulus> AddAssign for Montgomery<M> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<M: Modulus> SubAssign for Montgomery<M> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<M: Modulus> MulAssign for Montgomery<M> {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl<M: Modulus> Field for Montgomery<M> {
    const ZERO: Self = Self::from_raw([0; 4]);
    const ONE: Self = Self::from_raw(Self::R);
    const BYTES: usize = 32;

    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    #[inline(always)]
    fn double(self) -> Self {
        self + self
    }

    fn inverse(self) -> Option<Self> {
        // (xR)^-1 · R^2 / R · R^2 / R = x^-1 R
        let r2 = Self::from_raw(Self::R2);
        invert_odd(self.0, M::P).map(|it| Self::from_raw(it) * r2 * r2)
    }

    fn read_montgomery(bytes: &[u8]) -> Option<Self> {
        let raw = limbs::read(bytes);
        limbs::less(raw, M::P).then(|| Self::from_raw(raw))
    }

    #[inline]
    fn reduce_montgomery(bytes: &[u8]) -> Self {
        let mut raw = limbs::read(bytes);
        while !limbs::less(raw, M::P) {
            raw = limbs::sub(raw, M::P).0;
        }
        Self::from_raw(raw)
    }

    fn write_montgomery(self, bytes: &mut [u8]) {
        limbs::write(self.0, bytes);
    }
}

impl<M: Modulus> Debug for Montgomery<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.to_canonical();
        write!(f, "0x{d:016x}{c:016x}{b:016x}{a:016x}")
    }
}
