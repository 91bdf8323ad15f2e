use super::fq6::times_xi;
use crate::curves::G2Affine;
use crate::fields::{Field, Fq2, FqModulus, Modulus};
use std::sync::OnceLock;

/// `xi^(i (q - 1) / 6)` for i from 0 to 5, with `xi = 9 + u`.
pub fn xi_powers() -> &'static [Fq2; 6] {
    static POWERS: OnceLock<[Fq2; 6]> = OnceLock::new();
    POWERS.get_or_init(|| {
        let base = power(times_xi(Fq2::ONE), sixth());
        let mut powers = [Fq2::ONE; 6];
        for i in 1..6 {
            powers[i] = powers[i - 1] * base;
        }
        powers
    })
}

/// The q-th power on the curve over Fq12, seen from the twist: an endomorphism of G2.
pub fn frobenius(point: G2Affine) -> G2Affine {
    let xi = xi_powers();
    G2Affine::new(point.x.conjugate() * xi[2], point.y.conjugate() * xi[3])
}

/// `(q - 1) / 6`, by long division from the top.
fn sixth() -> [u64; 4] {
    let mut limbs = FqModulus::P;
    limbs[0] -= 1; // q is odd
    let mut remainder = 0u128;
    for limb in limbs.iter_mut().rev() {
        let value = remainder << 64 | u128::from(*limb);
        *limb = (value / 6) as u64; // the remainder is below 6, so the quotient fits
        remainder = value % 6;
    }
    limbs
}

fn power(base: Fq2, exponent: [u64; 4]) -> Fq2 {
    let mut result = Fq2::ONE;
    for limb in exponent.into_iter().rev() {
        for bit in (0..64).rev() {
            result = result.square();
            if limb >> bit & 1 == 1 {
                result = result * base;
            }
        }
    }
    result
}
