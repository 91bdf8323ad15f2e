use super::limbs::{Limbs, less};

/// Bits that one round takes off, all decided from the low words.
const STEPS: u32 = 62;
const MASK: u64 = (1 << STEPS) - 1;
/// A signed integer: four digits of 62 bits and a signed one above.
type Digits = [i64; 5];

/// `value^-1 mod modulus` for an odd modulus below 2^255; `None` for zero.
///
/// Variable time "safegcd" (Bernstein and Yang, TCHES 2019): 62 division steps at a time are decided from the low words
/// alone and applied as one 2x2 matrix. `value` must be below the modulus and coprime to it unless it is zero.
pub fn invert_odd(value: Limbs, modulus: Limbs) -> Option<Limbs> {
    if value == [0; 4] {
        return None;
    }
    let modulus_digits = to_digits(modulus);
    let inverse = inverse_mod_62(modulus[0]);
    let (mut f, mut g) = (modulus_digits, to_digits(value));
    let (mut d, mut e): (Digits, Digits) = ([0; 5], [1, 0, 0, 0, 0]);
    let mut eta = -1i64;
    while g != [0; 5] {
        let (next, matrix) = divide_steps(eta, f[0] as u64, g[0] as u64);
        eta = next;
        (f, g) = apply(&matrix, &f, &g);
        (d, e) = apply_mod(&matrix, &d, &e, &modulus_digits, inverse);
    }
    // f is now 1 or -1, and d · value = f.
    if f[4] < 0 {
        d = negate(&d);
    }
    Some(normalise(d, &modulus_digits, modulus))
}

type Matrix = [i64; 4];

/// Steps on the low words until 62 bits are gone: the new eta and the matrix, scaled by 2^62.
fn divide_steps(mut eta: i64, f0: u64, g0: u64) -> (i64, Matrix) {
    let (mut f, mut g) = (f0, g0);
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = STEPS;
    loop {
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        if eta < 0 {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // Cancels as many low bits of g as eta and the steps left allow, by a multiple of f.
        let limit = (eta + 1).min(i64::from(left)) as u32;
        let mask = (u64::MAX >> (64 - limit)) & 63;
        let inverse = f.wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)); // -1/f mod 2^6
        let w = g.wrapping_mul(inverse) & mask;
        g = g.wrapping_add(f.wrapping_mul(w));
        q = q.wrapping_add(u.wrapping_mul(w));
        r = r.wrapping_add(v.wrapping_mul(w));
    }
    (eta, [u as i64, v as i64, q as i64, r as i64])
}

fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// `matrix · (f, g) / 2^62`, which is exact.
fn apply(&[u, v, q, r]: &Matrix, f: &Digits, g: &Digits) -> (Digits, Digits) {
    let (mut next_f, mut next_g) = ([0; 5], [0; 5]);
    let mut cf = (wide(u, f[0]) + wide(v, g[0])) >> STEPS;
    let mut cg = (wide(q, f[0]) + wide(r, g[0])) >> STEPS;
    for i in 1..5 {
        cf += wide(u, f[i]) + wide(v, g[i]);
        cg += wide(q, f[i]) + wide(r, g[i]);
        next_f[i - 1] = (cf as u64 & MASK) as i64;
        next_g[i - 1] = (cg as u64 & MASK) as i64;
        cf >>= STEPS;
        cg >>= STEPS;
    }
    next_f[4] = cf as i64;
    next_g[4] = cg as i64;
    (next_f, next_g)
}

/// `matrix · (d, e) / 2^62` modulo the modulus; inputs and outputs lie in `(-2m, m)`.
fn apply_mod(
    &[u, v, q, r]: &Matrix,
    d: &Digits,
    e: &Digits,
    modulus: &Digits,
    inverse: u64,
) -> (Digits, Digits) {
    let (sign_d, sign_e) = (d[4] >> 63, e[4] >> 63);
    let mut md = (u & sign_d) + (v & sign_e);
    let mut me = (q & sign_d) + (r & sign_e);
    let mut cd = wide(u, d[0]) + wide(v, e[0]);
    let mut ce = wide(q, d[0]) + wide(r, e[0]);
    md -= (inverse.wrapping_mul(cd as u64).wrapping_add(md as u64) & MASK) as i64;
    me -= (inverse.wrapping_mul(ce as u64).wrapping_add(me as u64) & MASK) as i64;
    cd = (cd + wide(modulus[0], md)) >> STEPS;
    ce = (ce + wide(modulus[0], me)) >> STEPS;
    let (mut next_d, mut next_e) = ([0; 5], [0; 5]);
    for i in 1..5 {
        cd += wide(u, d[i]) + wide(v, e[i]) + wide(modulus[i], md);
        ce += wide(q, d[i]) + wide(r, e[i]) + wide(modulus[i], me);
        next_d[i - 1] = (cd as u64 & MASK) as i64;
        next_e[i - 1] = (ce as u64 & MASK) as i64;
        cd >>= STEPS;
        ce >>= STEPS;
    }
    next_d[4] = cd as i64;
    next_e[4] = ce as i64;
    (next_d, next_e)
}

fn to_digits([a, b, c, d]: Limbs) -> Digits {
    let digit = |it: u64| (it & MASK) as i64;
    [
        digit(a),
        digit(a >> 62 | b << 2),
        digit(b >> 60 | c << 4),
        digit(c >> 58 | d << 6),
        (d >> 56) as i64,
    ]
}

fn carry(mut digits: Digits) -> Digits {
    for i in 0..4 {
        digits[i + 1] += digits[i] >> STEPS;
        digits[i] = (digits[i] as u64 & MASK) as i64;
    }
    digits
}

fn negate(digits: &Digits) -> Digits {
    carry(digits.map(|it| -it))
}

/// Brings a number in `(-2m, 2m)` into `0..m`.
fn normalise(mut digits: Digits, modulus_digits: &Digits, modulus: Limbs) -> Limbs {
    while digits[4] < 0 {
        for (digit, m) in digits.iter_mut().zip(modulus_digits) {
            *digit += m;
        }
        digits = carry(digits);
    }
    let [a, b, c, d, e] = digits.map(|it| it as u64);
    let mut limbs = [a | b << 62, b >> 2 | c << 60, c >> 4 | d << 58, d >> 6 | e << 56];
    while !less(limbs, modulus) {
        limbs = super::limbs::sub(limbs, modulus).0;
    }
    limbs
}

/// `m^-1 mod 2^62` of an odd m.
fn inverse_mod_62(m: u64) -> u64 {
    super::limbs::negated_inverse(m).wrapping_neg() & MASK
}
