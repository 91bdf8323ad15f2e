use core::sync::atomic::AtomicBool;

use super::qap::Qap;
use super::r1cs::R1cs;
use super::*;
use crate::curves::{Affine, Curve, Xyzz, generator1, generator2};
use crate::fields::{Field, Fr};
use crate::groth16::{ProvingKey, commit, commit_weights, prove};
use crate::testing::{Circuit, Draws};

fn times<F: Curve>(point: Affine<F>, scalar: Fr) -> Affine<F> {
    Xyzz::from(point).multiply(&scalar.to_canonical()).to_affine()
}

fn secrets(draws: &mut Draws) -> Secrets {
    let [tau, alpha, beta, delta, sigma] = core::array::from_fn(|_| draws.fr());
    Secrets { tau, alpha, beta, delta, sigma }
}

#[test]
fn multiples_of_the_generators_agree_with_doubling_and_adding() {
    let never = AtomicBool::new(false);
    let mut draws = Draws::new(12);
    let mut scalars: Vec<Fr> = (0..1100).map(|_| draws.fr()).collect();
    scalars[..4].copy_from_slice(&[Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from_u64(255)]);
    let limbs: Vec<_> = scalars.iter().map(|it| it.to_canonical()).collect();
    let ones = multiply_all(generator1(), &limbs, 2, &never).expect("not cancelled");
    let twos = multiply_all(generator2(), &limbs[..20], 1, &never).expect("not cancelled");
    for i in (0..20).chain(1090..1100) {
        assert_eq!(ones[i], times(generator1(), scalars[i]));
    }
    for i in 0..20 {
        assert_eq!(twos[i], times(generator2(), scalars[i]));
    }
}

/// Checks the verifier's equation on discrete logarithms, which the secrets give.
fn proves(rows: usize, committed: bool, draws: &mut Draws) {
    let never = AtomicBool::new(false);
    let circuit = Circuit::draw(draws, rows);
    let secrets = secrets(draws);
    let first = circuit.public_signals + 1;
    let groups = [first..first + 2, first + 2..first + 6];
    let key = development_setup(&circuit.r1cs, committed.then_some(&groups), &secrets, 2, &never);
    let key = ProvingKey::parse(key.expect("a key")).expect("a key");
    let witness = circuit.witness_bytes();
    let (r, s) = (draws.fr(), draws.fr());
    let proof = prove(&key, &witness, r, s, 2, &never).expect("a proof");

    let parsed = R1cs::parse(&circuit.r1cs).expect("an r1cs");
    let power = parsed.rows().next_power_of_two().trailing_zeros();
    let qap = Qap::evaluate(&parsed, power, &secrets).expect("drawn secrets");
    let dot = |values: &[Fr], from: usize, to: usize| {
        (from..to).fold(Fr::ZERO, |sum, i| sum + values[i] * circuit.witness[i])
    };
    let Secrets { alpha, beta, delta, sigma, .. } = secrets;
    let a = alpha + dot(&qap.a, 0, circuit.wires) + r * delta;
    let b = beta + dot(&qap.b, 0, circuit.wires) + s * delta;
    let bound = if committed { groups[1].end } else { first };
    let rest = a * b - alpha * beta - dot(&qap.combined, 0, bound);
    let c = rest * delta.inverse().expect("not zero");
    assert_eq!(proof.a, times(generator1(), a));
    assert_eq!(proof.b, times(generator2(), b));
    assert_eq!(proof.c, times(generator1(), c));

    let wires = |range: &core::ops::Range<usize>| &witness[32 * range.start..32 * range.end];
    if committed {
        let [weights, advice] = &groups;
        let d = dot(&qap.combined, advice.start, advice.end);
        let made = commit(&key, wires(advice), 1, &never).expect("a commitment");
        assert_eq!(made.d, times(generator1(), d));
        assert_eq!(made.q, times(generator1(), d * sigma));
        let d = dot(&qap.combined, weights.start, weights.end);
        let made = commit_weights(&key, wires(weights), 1, &never);
        assert_eq!(made, Ok(times(generator1(), d)));
        assert_eq!(key.verifying_key().sigma, Some(times(generator2(), sigma)));
    } else {
        assert!(commit(&key, &[], 1, &never).is_err());
    }
}

#[test]
fn proofs_satisfy_the_equation() {
    let mut draws = Draws::new(13);
    for rows in [1, 4, 28, 60, 61, 300, 5000] {
        proves(rows, false, &mut draws);
    }
}

#[test]
fn proofs_with_commitments_satisfy_the_equation() {
    let mut draws = Draws::new(14);
    for rows in [5, 60, 300] {
        proves(rows, true, &mut draws);
    }
}

#[test]
fn a_witness_that_breaks_a_constraint_gives_no_valid_proof() {
    let never = AtomicBool::new(false);
    let mut draws = Draws::new(15);
    let circuit = Circuit::draw(&mut draws, 40);
    let secrets = secrets(&mut draws);
    let key = development_setup(&circuit.r1cs, None, &secrets, 1, &never).expect("a key");
    let key = ProvingKey::parse(key).expect("a key");
    let mut witness = circuit.witness_bytes();
    let good = prove(&key, &witness, Fr::ONE, Fr::ONE, 1, &never).expect("a proof");
    let last = witness.len() - 32;
    witness[last] ^= 1;
    let bad = prove(&key, &witness, Fr::ONE, Fr::ONE, 1, &never).expect("a proof");
    // The quotient is no polynomial: C, as A and B and the equation want it, is another point.
    assert_ne!(good.c, bad.c);
}

#[test]
fn wrong_inputs_are_refused() {
    let never = AtomicBool::new(false);
    let mut draws = Draws::new(16);
    let circuit = Circuit::draw(&mut draws, 10);
    let good = secrets(&mut draws);
    let make = |r1cs: &[u8], groups: Option<&[core::ops::Range<usize>; 2]>, secrets: &Secrets| {
        development_setup(r1cs, groups, secrets, 1, &never).err()
    };
    assert_eq!(make(&circuit.r1cs[..90], None, &good), Some(SetupError::R1cs));
    assert_eq!(make(&circuit.r1cs, Some(&[5..6, 6..7]), &good), Some(SetupError::Groups));
    assert_eq!(make(&circuit.r1cs, Some(&[4..5, 5..5]), &good), Some(SetupError::Groups));
    assert_eq!(make(&circuit.r1cs, Some(&[4..5, 5..99]), &good), Some(SetupError::Groups));
    let in_domain = Secrets { tau: -Fr::ONE, ..secrets(&mut draws) };
    assert_eq!(make(&circuit.r1cs, None, &in_domain), Some(SetupError::Secrets));
    let cancelled = AtomicBool::new(true);
    let result = development_setup(&circuit.r1cs, None, &good, 1, &cancelled);
    assert_eq!(result.err(), Some(SetupError::Cancelled));
}

#[test]
fn counts_that_a_file_has_no_room_for_are_refused() {
    let Circuit { r1cs, wires, .. } = Circuit::draw(&mut Draws::new(47), 5);
    let header = r1cs.windows(4).rposition(|it| it == 32u32.to_le_bytes()).expect("a header");
    let parsed = |at: usize, count: u32| {
        let mut file = r1cs.clone();
        file[header + at..header + at + 4].copy_from_slice(&count.to_le_bytes());
        R1cs::parse(&file).err()
    };
    assert_eq!(parsed(36, wires as u32), None);
    for (at, count) in [(36, u32::MAX), (60, 1 << 27)] {
        assert_eq!(parsed(at, count), Some(SetupError::R1cs));
    }
}
