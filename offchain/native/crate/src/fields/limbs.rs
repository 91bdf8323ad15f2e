//! Integers of four 64-bit limbs, least significant first.

pub type Limbs = [u64; 4];

/// `a + b · c + carry`: low word, high word.
#[inline(always)]
pub const fn mac(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let t = a as u128 + b as u128 * c as u128 + carry as u128;
    (t as u64, (t >> 64) as u64)
}

/// `a + b` and the carry.
#[inline(always)]
pub const fn add(a: Limbs, b: Limbs) -> (Limbs, bool) {
    let mut sum = [0; 4];
    let mut carry = false;
    let mut i = 0;
    while i < 4 {
        let (s, c1) = a[i].overflowing_add(b[i]);
        let (s, c2) = s.overflowing_add(carry as u64);
        sum[i] = s;
        carry = c1 | c2;
        i += 1;
    }
    (sum, carry)
}

/// `a - b` and the borrow.
#[inline(always)]
pub const fn sub(a: Limbs, b: Limbs) -> (Limbs, bool) {
    let mut difference = [0; 4];
    let mut borrow = false;
    let mut i = 0;
    while i < 4 {
        let (d, b1) = a[i].overflowing_sub(b[i]);
        let (d, b2) = d.overflowing_sub(borrow as u64);
        difference[i] = d;
        borrow = b1 | b2;
        i += 1;
    }
    (difference, borrow)
}

/// Whether `a < b`.
#[inline(always)]
pub const fn less(a: Limbs, b: Limbs) -> bool {
    sub(a, b).1
}

/// `a mod m` for `a < 2m`.
#[inline(always)]
pub const fn reduce_once(a: Limbs, m: Limbs) -> Limbs {
    let (d, borrow) = sub(a, m);
    if borrow { a } else { d }
}

/// `2a mod m` for `a < m < 2^255`.
pub const fn double_mod(a: Limbs, m: Limbs) -> Limbs {
    reduce_once(add(a, a).0, m)
}

/// `2^exponent mod m`.
pub const fn power_of_two_mod(exponent: u32, m: Limbs) -> Limbs {
    let mut power = [1, 0, 0, 0];
    let mut i = 0;
    while i < exponent {
        power = double_mod(power, m);
        i += 1;
    }
    power
}

/// `-m^-1 mod 2^64` of an odd m, by Newton's iteration.
pub const fn negated_inverse(m: u64) -> u64 {
    let mut inverse = 1u64;
    let mut i = 0;
    while i < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(m.wrapping_mul(inverse)));
        i += 1;
    }
    inverse.wrapping_neg()
}

/// Little-endian; `bytes` has 32.
pub fn read(bytes: &[u8]) -> Limbs {
    assert_eq!(bytes.len(), 32);
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_le_bytes(*chunk);
    }
    limbs
}

/// Little-endian; `bytes` has 32.
pub fn write(limbs: Limbs, bytes: &mut [u8]) {
    assert_eq!(bytes.len(), 32);
    for (limb, chunk) in limbs.iter().zip(bytes.as_chunks_mut::<8>().0) {
        *chunk = limb.to_le_bytes();
    }
}
