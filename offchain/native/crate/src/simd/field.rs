use core::marker::PhantomData;

use super::vector::{LOW_52, U64x8};
use crate::fields::{Modulus, Montgomery};

/// Eight integers modulo p, each as five digits of 52 bits. `mul` divides by 2^260.
///
/// Redundant: operations say below which multiple of p they want and leave their values. *Weak* means below
/// `p · (1 + 2^-38)`: what `sub`, `add` and `pack` leave.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Wide<M>([U64x8; 5], PhantomData<M>);

const fn digits([a, b, c, d]: [u64; 4]) -> [u64; 5] {
    [
        a & LOW_52,
        (a >> 52 | b << 12) & LOW_52,
        (b >> 40 | c << 24) & LOW_52,
        (c >> 28 | d << 36) & LOW_52,
        d >> 16,
    ]
}

const fn times(a: [u64; 5], factor: u64) -> [u64; 5] {
    let mut product = [0; 5];
    let mut carry = 0;
    let mut i = 0;
    while i < 5 {
        let it = a[i] * factor + carry;
        product[i] = if i < 4 { it & LOW_52 } else { it };
        carry = it >> 52;
        i += 1;
    }
    product
}

/// An array of what the expression is at 0, 1, ... 4. A closure would stand alone, without AVX-512.
macro_rules! five {
    ($i:ident => $value:expr) => {
        [
            {
                const $i: usize = 0;
                $value
            },
            {
                const $i: usize = 1;
                $value
            },
            {
                const $i: usize = 2;
                $value
            },
            {
                const $i: usize = 3;
                $value
            },
            {
                const $i: usize = 4;
                $value
            },
        ]
    };
}

/// What `Wide` knows of its modulus, at compile time.
struct Constants<M>(PhantomData<M>);

impl<M: Modulus> Constants<M> {
    const P: [u64; 5] = digits(M::P);
    const P2: [u64; 5] = times(Self::P, 2);
    const P4: [u64; 5] = times(Self::P, 4);
    /// -p^-1 mod 2^52.
    const FACTOR: u64 = {
        let mut inverse = 1u64;
        let mut i = 0;
        while i < 6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(M::P[0].wrapping_mul(inverse)));
            i += 1;
        }
        inverse.wrapping_neg() & LOW_52
    };
    /// Digit i of 0p, 1p, ... 15p.
    const MULTIPLES: [[u64; 16]; 5] = {
        let mut table = [[0; 16]; 5];
        let mut k = 0;
        while k < 16 {
            let multiple = times(Self::P, k);
            let mut i = 0;
            while i < 5 {
                table[i][k as usize] = multiple[i];
                i += 1;
            }
            k += 1;
        }
        table
    };
    /// `2^92 / (top digit of p + 3)`: with the top digit of a number gives how often p fits, never too often, though that
    /// digit may still lack or owe a carry.
    const QUOTIENT: u64 = ((1u128 << 92) / (Self::P[4] as u128 + 3)) as u64;
}

impl<M: Modulus> Wide<M> {
    const fn new(digits: [U64x8; 5]) -> Self {
        Self(digits, PhantomData)
    }

    /// Digits of 52 bits of an integer.
    pub fn digits_of(limbs: [u64; 4]) -> [u64; 5] {
        digits(limbs)
    }

    #[inline(always)]
    pub fn splat_digits(digits: [u64; 5]) -> Self {
        Self::new(five!(I => U64x8::splat(digits[I])))
    }

    /// The same integer in all lanes.
    #[inline(always)]
    pub fn splat(limbs: [u64; 4]) -> Self {
        Self::splat_digits(digits(limbs))
    }

    /// The integers of all lanes, reduced; they are below 2^256.
    #[inline(always)]
    pub fn to_lanes(self) -> [[u64; 4]; 8] {
        let [a, b, c, d] = self.pack();
        let [a, b, c, d] = [a.to_array(), b.to_array(), c.to_array(), d.to_array()];
        let mut lanes = [[0; 4]; 8];
        for (lane, it) in lanes.iter_mut().enumerate() {
            *it = reduce([a[lane], b[lane], c[lane], d[lane]], M::P);
        }
        lanes
    }

    #[inline(always)]
    pub fn from_lanes(lanes: &[[u64; 4]; 8]) -> Self {
        let mut words = [[0; 8]; 4];
        for (lane, limbs) in lanes.iter().enumerate() {
            for (word, limb) in words.iter_mut().zip(limbs) {
                word[lane] = *limb;
            }
        }
        let [a, b, c, d] = words;
        Self::unpack([
            U64x8::from_array(a),
            U64x8::from_array(b),
            U64x8::from_array(c),
            U64x8::from_array(d),
        ])
    }

    /// From four words of 64 bits.
    #[inline(always)]
    pub fn unpack([a, b, c, d]: [U64x8; 4]) -> Self {
        let mask = U64x8::splat(LOW_52);
        Self::new([
            a.and(mask),
            a.shift_right::<52>().or(b.shift_left::<12>()).and(mask),
            b.shift_right::<40>().or(c.shift_left::<24>()).and(mask),
            c.shift_right::<28>().or(d.shift_left::<36>()).and(mask),
            d.shift_right::<16>(),
        ])
    }

    /// To four words of 64 bits; below 2^256.
    #[inline(always)]
    pub fn pack(self) -> [U64x8; 4] {
        let [a, b, c, d, e] = self.0;
        [
            a.or(b.shift_left::<52>()),
            b.shift_right::<12>().or(c.shift_left::<40>()),
            c.shift_right::<24>().or(d.shift_left::<28>()),
            d.shift_right::<36>().or(e.shift_left::<16>()),
        ]
    }

    #[inline(always)]
    pub fn digits(self) -> [U64x8; 5] {
        self.0
    }

    #[inline(always)]
    pub fn from_digits(digits: [U64x8; 5]) -> Self {
        Self::new(digits)
    }

    /// Digits between 0 and 2^52 again, for a number that is not negative.
    #[inline(always)]
    fn carry(mut t: [U64x8; 5]) -> Self {
        let mask = U64x8::splat(LOW_52);
        for i in 0..4 {
            t[i + 1] = t[i + 1].add(t[i].shift_right_signed::<52>());
            t[i] = t[i].and(mask);
        }
        Self::new(t)
    }

    /// Weak, from a number that is not negative and below 16p, in digits that may lack or owe carries.
    #[inline(always)]
    fn weaken(t: [U64x8; 5]) -> Self {
        let quotient = U64x8::splat(0)
            .add_high(t[4], U64x8::splat(Constants::<M>::QUOTIENT))
            .shift_right::<40>();
        let mut t = t;
        for i in 0..5 {
            t[i] = t[i].sub(U64x8::look_up(&Constants::<M>::MULTIPLES[i], quotient));
        }
        Self::carry(t)
    }

    #[inline(always)]
    fn plus(self, constant: [u64; 5]) -> [U64x8; 5] {
        five!(I => self.0[I].add(U64x8::splat(constant[I])))
    }

    #[inline(always)]
    fn minus(t: [U64x8; 5], other: Self) -> [U64x8; 5] {
        five!(I => t[I].sub(other.0[I]))
    }

    /// Weak, of numbers below 8p.
    #[inline(always)]
    pub fn add(self, other: Self) -> Self {
        Self::weaken(five!(I => self.0[I].add(other.0[I])))
    }

    /// Not reduced.
    #[inline(always)]
    pub fn add_lazy(self, other: Self) -> Self {
        Self::carry(five!(I => self.0[I].add(other.0[I])))
    }

    /// Weak, of numbers below 2p.
    #[inline(always)]
    pub fn sub(self, other: Self) -> Self {
        Self::weaken(Self::minus(self.plus(Constants::<M>::P2), other))
    }

    /// `self - other + 2p`, of an `other` below 2p.
    #[inline(always)]
    pub fn sub_lazy(self, other: Self) -> Self {
        Self::carry(Self::minus(self.plus(Constants::<M>::P2), other))
    }

    /// `4p - self`.
    #[inline(always)]
    pub fn negate_lazy(self) -> Self {
        Self::carry(Self::minus(Self::splat_digits(Constants::<M>::P4).0, self))
    }

    /// `2p - self` in the lanes of the mask.
    #[inline(always)]
    pub fn negate_lanes(self, mask: u32) -> Self {
        let negated = Self::carry(Self::minus(Self::splat_digits(Constants::<M>::P2).0, self));
        self.select(mask, negated)
    }

    /// Weak `self - a - b`, of numbers below 2p.
    #[inline(always)]
    pub fn sub_both(self, a: Self, b: Self) -> Self {
        Self::weaken(Self::minus(Self::minus(self.plus(Constants::<M>::P4), a), b))
    }

    /// `4 · (self - other + 2p)`, of an `other` below 2p.
    #[inline(always)]
    pub fn sub_times_4(self, other: Self) -> Self {
        let t = Self::minus(self.plus(Constants::<M>::P2), other);
        Self::carry(five!(I => t[I].shift_left::<2>()))
    }

    /// `self · other / 2^260`, below `p + (self / p) · (other / p) · p / 84`; that product of quotients must stay below 84.
    #[inline(always)]
    pub fn mul(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        let zero = U64x8::splat(0);
        let mut t = [zero; 5];
        for word in b {
            for j in 0..5 {
                t[j] = t[j].add_low(a[j], word);
            }
            let factor = zero.add_low(t[0], U64x8::splat(Constants::<M>::FACTOR));
            t = Self::reduce_digit(t, factor);
            for j in 0..5 {
                t[j] = t[j].add_high(a[j], word);
            }
        }
        Self::carry(t)
    }

    /// `self · self / 2^260`, with the bound of `mul`: products of unlike digits are taken once and doubled.
    #[inline(always)]
    pub fn square(self) -> Self {
        let a = self.0;
        let mut t = [U64x8::splat(0); 10];
        for i in 0..4 {
            for j in i + 1..5 {
                t[i + j] = t[i + j].add_low(a[i], a[j]);
                t[i + j + 1] = t[i + j + 1].add_high(a[i], a[j]);
            }
        }
        for i in 0..5 {
            t[2 * i] = t[2 * i].add(t[2 * i]).add_low(a[i], a[i]);
            t[2 * i + 1] = t[2 * i + 1].add(t[2 * i + 1]).add_high(a[i], a[i]);
        }
        let p = Self::splat_digits(Constants::<M>::P).0;
        for i in 0..5 {
            let factor = U64x8::splat(0).add_low(t[i], U64x8::splat(Constants::<M>::FACTOR));
            for j in 0..5 {
                t[i + j] = t[i + j].add_low(factor, p[j]);
                t[i + j + 1] = t[i + j + 1].add_high(factor, p[j]);
            }
            t[i + 1] = t[i + 1].add(t[i].shift_right::<52>());
        }
        Self::carry([t[5], t[6], t[7], t[8], t[9]])
    }

    /// `(a · b + c · d) / 2^260`, with the bound of `mul` for the sum of both products.
    #[inline(always)]
    pub fn mul_add(a: Self, b: Self, c: Self, d: Self) -> Self {
        let zero = U64x8::splat(0);
        let mut t = [zero; 5];
        for i in 0..5 {
            for j in 0..5 {
                t[j] = t[j].add_low(a.0[j], b.0[i]).add_low(c.0[j], d.0[i]);
            }
            let factor = zero.add_low(t[0], U64x8::splat(Constants::<M>::FACTOR));
            t = Self::reduce_digit(t, factor);
            for j in 0..5 {
                t[j] = t[j].add_high(a.0[j], b.0[i]).add_high(c.0[j], d.0[i]);
            }
        }
        Self::carry(t)
    }

    /// Adds `factor · p`, which clears the lowest digit, and moves all digits down by one.
    #[inline(always)]
    fn reduce_digit(t: [U64x8; 5], factor: U64x8) -> [U64x8; 5] {
        let p = Self::splat_digits(Constants::<M>::P).0;
        let low = five!(J => t[J].add_low(factor, p[J]));
        let mut next = [low[1], low[2], low[3], low[4], U64x8::splat(0)];
        next[0] = next[0].add(low[0].shift_right::<52>());
        five!(J => next[J].add_high(factor, p[J]))
    }

    /// Lanes of `other` where the mask has a bit.
    #[inline(always)]
    pub fn select(self, mask: u32, other: Self) -> Self {
        Self::new(five!(I => self.0[I].select(mask, other.0[I])))
    }

    /// Lanes that may be 0 or p, told by the lowest digit.
    #[inline(always)]
    pub fn maybe_zero(&self) -> u32 {
        self.0[0].equal(U64x8::splat(0)) | self.0[0].equal(U64x8::splat(Constants::<M>::P[0]))
    }

    /// Lanes that may be p, 2p or 3p, told by the lowest digit.
    #[inline(always)]
    pub fn maybe_multiple(&self) -> u32 {
        let mut mask = 0;
        for k in 1..4 {
            mask |= self.0[0].equal(U64x8::splat(Constants::<M>::MULTIPLES[0][k]));
        }
        mask
    }
}

fn reduce(mut value: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    while !crate::fields::less(value, p) {
        value = crate::fields::subtract(value, p);
    }
    value
}

impl<M: Modulus> Wide<M> {
    /// Montgomery forms with radix 2^256, as they are.
    #[inline(always)]
    pub fn from_element(element: Montgomery<M>) -> Self {
        Self::splat(element.raw())
    }
}
