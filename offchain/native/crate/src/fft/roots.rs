use crate::fields::{Field, Fr, FrModulus, Modulus};

/// `2^28` divides `r - 1`.
pub const TWO_ADICITY: u32 = 28;

/// The root of unity of order `2^power` that snarkjs uses: a power of `5^((r - 1) / 2^28)`, 5 being no square.
///
/// # Panics
/// If `power > 28`.
pub fn root_of_unity(power: u32) -> Fr {
    assert!(power <= TWO_ADICITY);
    let [a, b, c, d] = FrModulus::P; // r - 1 without its 28 zeros
    let odd = [a >> 28 | b << 36, b >> 28 | c << 36, c >> 28 | d << 36, d >> 28];
    (power..TWO_ADICITY).fold(Fr::from_u64(5).power(&odd), |root, _| root.square())
}

/// The lowest `power` bits of `index`, reversed.
#[inline(always)]
pub const fn bit_reverse(index: usize, power: u32) -> usize {
    if power == 0 { 0 } else { index.reverse_bits() >> (usize::BITS - power) }
}

/// `zetas[k] = root^bitreverse(k)` for k below `2^power`, root of order `2^(power + 1)`. In the tree of factors of
/// `x^N - 1`, where `x^2h - zeta^2` splits into `x^h - zeta` and `x^h + zeta`, the k-th node of any level has zeta_k.
pub fn zetas(root: Fr, power: u32) -> Vec<Fr> {
    let mut table = Vec::with_capacity(1 << power);
    table.push(Fr::ONE);
    // Node k + 2^j has zeta_k times the root of order 2^(j + 2).
    for j in 0..power {
        let step = (j + 2..power + 1).fold(root, |it, _| it.square());
        for k in 0..1 << j {
            table.push(table[k] * step);
        }
    }
    table
}
