use super::words::Words;
use super::*;
use crate::curves::{Affine, Curve, G1Affine, G2Affine, Xyzz, generator1, generator2};
use crate::fields::{Field, FqModulus, Fr, FrModulus, Modulus};
use crate::testing::Draws;

/// A key and a proof that are made of known logarithms, so that proving needs no circuit.
struct Known {
    key: Vec<u8>,
    proof: Vec<u8>,
    weights: Vec<u8>,
    signals: Vec<u8>,
}

fn times<F: Curve>(generator: Affine<F>, scalar: Fr) -> Affine<F> {
    Xyzz::from(generator).multiply(&scalar.to_canonical()).to_affine()
}

fn word(limbs: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.rchunks_exact_mut(8).zip(limbs) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

fn g1(scalar: Fr) -> Vec<u8> {
    let point: G1Affine = times(generator1(), scalar);
    [point.x, point.y].map(|it| word(it.to_canonical())).concat()
}

fn g2(scalar: Fr) -> Vec<u8> {
    let point: G2Affine = times(generator2(), scalar);
    [point.x.c1, point.x.c0, point.y.c1, point.y.c0].map(|it| word(it.to_canonical())).concat()
}

/// `C = (a b - alpha beta - (ic0 + signal ic1 + d + weights) gamma) / delta`.
fn known(is_committed: bool) -> Known {
    let mut draws = Draws::new(21);
    let [alpha, beta, delta, sigma, ic0, ic1, a, b, d, w, signal] =
        core::array::from_fn(|_| draws.fr());
    let gamma = if is_committed { Fr::ONE } else { draws.fr() };
    let committed = if is_committed { d + w } else { Fr::ZERO };
    let public = ic0 + signal * ic1 + committed;
    let c = (a * b - alpha * beta - public * gamma) * delta.inverse().expect("not zero");
    let mut key = [g1(alpha), g2(beta), g2(gamma), g2(delta)].concat();
    let mut proof = [g1(a), g2(b), g1(c)].concat();
    if is_committed {
        key.extend(g2(sigma));
        proof.extend([g1(d), g1(sigma * d)].concat());
    }
    key.extend([g1(ic0), g1(ic1)].concat());
    Known { key, proof, weights: g1(w), signals: word(signal.to_canonical()).to_vec() }
}

#[test]
fn a_proof_holds_and_none_with_another_word_does() {
    let Known { key, proof, signals, .. } = known(false);
    let key = VerifyingKey::read(&key).expect("a key");
    assert!(verify(&key, &proof, &signals));
    for at in 0..proof.len() / 32 {
        let mut other = proof.clone();
        other[at * 32 + 31] ^= 1;
        assert!(!verify(&key, &other, &signals), "word {at}");
    }
    let mut other = signals.clone();
    other[31] ^= 1;
    assert!(!verify(&key, &proof, &other));
    assert!(!verify(&key, &proof, &[]));
    assert!(!verify(&key, &proof[32..], &signals));
    assert!(!verify_committed(&key, &proof, &[0; 64], &signals));
}

#[test]
fn words_that_are_not_canonical_are_refused() {
    let Known { key, proof, signals, .. } = known(false);
    let key = VerifyingKey::read(&key).expect("a key");
    let plus = |bytes: &[u8], at: usize, modulus: [u64; 4]| {
        let mut carry = 0u16;
        let mut other = bytes.to_vec();
        for (byte, add) in other[at * 32..][..32].iter_mut().zip(word(modulus)).rev() {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = (sum as u8, sum >> 8);
        }
        other
    };
    for at in 0..8 {
        assert!(!verify(&key, &plus(&proof, at, FqModulus::P), &signals), "word {at}");
    }
    assert!(!verify(&key, &proof, &plus(&signals, 0, FrModulus::P)));
}

#[test]
fn a_committed_proof_holds_with_its_commitment_and_its_weights_only() {
    let Known { key, proof, weights, signals } = known(true);
    let key = VerifyingKey::read_committed(&key).expect("a key");
    assert!(verify_committed(&key, &proof, &weights, &signals));
    assert!(!verify_committed(&key, &proof, &[0; 64], &signals));
    assert!(!verify_committed(&key, &proof, &g1(Fr::ONE), &signals));
    assert!(!verify(&key, &proof, &signals));
    // Q of another commitment, and D moved into the weights' place with Q for what is left.
    let mut other = proof.clone();
    other[320..].copy_from_slice(&g1(Fr::ONE));
    assert!(!verify_committed(&key, &other, &weights, &signals));
    let mut other = proof.clone();
    other[256..].fill(0);
    assert!(!verify_committed(&key, &other, &weights, &signals));
}

#[test]
fn a_key_by_which_anyone_can_forge_is_refused() {
    let Known { key, .. } = known(false);
    let at = |index: usize| 64 + index * 128..64 + (index + 1) * 128;
    for (from, to) in [(0, 1), (0, 2), (1, 2)] {
        let mut other = key.clone();
        other.copy_within(at(from), at(to).start);
        assert_eq!(VerifyingKey::read(&other).err(), Some(KeyError::Forgeable));
    }
    let mut other = key.clone();
    other[..64].fill(0);
    assert_eq!(VerifyingKey::read(&other).err(), Some(KeyError::Point));
    assert_eq!(VerifyingKey::read(&key[..key.len() - 1]).err(), Some(KeyError::Length));
    assert_eq!(VerifyingKey::read(&key[..key.len() - 32]).err(), Some(KeyError::Length));
    assert_eq!(VerifyingKey::read(&key[..14 * 32]).err(), Some(KeyError::Length));
}

#[test]
fn a_committed_key_whose_sigma_is_another_secret_is_refused() {
    let Known { key, .. } = known(true);
    let at = |index: usize| 64 + index * 128..64 + (index + 1) * 128;
    let negated = |bytes: &[u8]| {
        let point = Words::new(bytes).g2().expect("a point");
        let y = -point.y;
        let mut other = bytes.to_vec();
        other[64..].copy_from_slice(&[y.c1, y.c0].map(|it| word(it.to_canonical())).concat());
        other
    };
    for from in 0..3 {
        for point in [key[at(from)].to_vec(), negated(&key[at(from)])] {
            let mut other = key.clone();
            other[at(3)].copy_from_slice(&point);
            assert_eq!(VerifyingKey::read_committed(&other).err(), Some(KeyError::Forgeable));
        }
    }
}
