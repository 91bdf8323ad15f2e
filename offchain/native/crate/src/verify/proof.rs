use super::key::VerifyingKey;
use super::words::Words;
use crate::curves::{G1Affine, G2Affine, Xyzz};
use crate::fields::Fq;
use crate::pairing::is_product_one;

/// A, B and C.
const PLAIN_WORDS: usize = 8;
/// And D and Q.
const COMMITTED_WORDS: usize = 12;

/// Whether `e(A, B) = e(alpha, beta) · e(vk_x, gamma) · e(C, delta)` (Groth, EUROCRYPT 2016). Proof and signals are
/// big-endian words; whatever is not canonical, on its curve and in its group makes it false.
pub fn verify(key: &VerifyingKey, proof: &[u8], signals: &[u8]) -> bool {
    check(key, proof, signals).unwrap_or(false)
}

/// Whether a commit-and-prove proof `A, B, C, D, Q` holds: `e(A, B) = e(alpha, beta) · e(vk_x + weights + D, H) · e(C, delta)`
/// and `e(D, S) = e(Q, H)`. `weights` is the commitment to them, two words, both zero where they are constants of the circuit.
///
/// The signals' challenge is the caller's to derive anew from weights, D and the statement.
pub fn verify_committed(key: &VerifyingKey, proof: &[u8], weights: &[u8], signals: &[u8]) -> bool {
    check_committed(key, proof, weights, signals).unwrap_or(false)
}

fn check(key: &VerifyingKey, proof: &[u8], signals: &[u8]) -> Option<bool> {
    let mut words = Words::new(proof);
    if key.sigma.is_some() || words.count()? != PLAIN_WORDS {
        return None;
    }
    let (a, b, c) = (words.g1()?, words.g2()?, words.g1()?);
    Some(holds(key, (a, b, c), public_part(key, signals)?))
}

fn check_committed(
    key: &VerifyingKey,
    proof: &[u8],
    weights: &[u8],
    signals: &[u8],
) -> Option<bool> {
    let sigma = key.sigma?;
    let mut words = Words::new(proof);
    let mut weights = Words::new(weights);
    if words.count()? != COMMITTED_WORDS || weights.count()? != 2 {
        return None;
    }
    let (a, b, c) = (words.g1()?, words.g2()?, words.g1()?);
    let (d, q) = (words.g1()?, words.g1()?);
    if d.is_infinity() {
        return None;
    }
    let public = public_part(key, signals)?.add_affine(&weights.g1()?).add_affine(&d);
    Some(holds(key, (a, b, c), public) && is_product_one(&[(d, sigma), (-q, key.gamma)]))
}

fn holds(key: &VerifyingKey, (a, b, c): (G1Affine, G2Affine, G1Affine), public: Xyzz<Fq>) -> bool {
    is_product_one(&[
        (-a, b),
        (key.alpha, key.beta),
        (public.to_affine(), key.gamma),
        (c, key.delta),
    ])
}

/// `IC_0 + sum of signal_i · IC_i`; `None` for another number of signals, or one that is not below r.
fn public_part(key: &VerifyingKey, signals: &[u8]) -> Option<Xyzz<Fq>> {
    let (constant, bases) = key.ic.split_first()?;
    let mut words = Words::new(signals);
    if words.count()? != bases.len() {
        return None;
    }
    bases.iter().try_fold(Xyzz::from(*constant), |sum, base| {
        let signal = words.scalar()?;
        Some(sum.add(&Xyzz::from(*base).multiply(&signal.to_canonical())))
    })
}
