//! The optimal ate pairing of BN254, for verifying: plain formulas, nothing secret goes in.

mod final_exponentiation;
mod fq12;
mod fq6;
mod frobenius;
mod miller;

#[cfg(test)]
mod tests;

use crate::curves::{G1Affine, G2Affine};
use final_exponentiation::final_exponentiation;
use fq12::Fq12;
use miller::miller_loop;

/// The parameter of the curve: `q` and `r` are polynomials in it.
const X: u64 = 4_965_661_367_192_848_881;

/// Whether the product of `e(a, b)` over all pairs is one. Pairs with infinity count as one.
///
/// The points must be in their groups: see `Affine::is_in_group`.
pub fn is_product_one(pairs: &[(G1Affine, G2Affine)]) -> bool {
    let finite: Vec<_> =
        pairs.iter().copied().filter(|(a, b)| !a.is_infinity() && !b.is_infinity()).collect();
    final_exponentiation(miller_loop(&finite)) == Fq12::ONE
}
