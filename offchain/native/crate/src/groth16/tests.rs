use core::sync::atomic::AtomicBool;

use super::*;
use crate::fields::{Fr, FrModulus, Modulus};
use crate::setup::{Secrets, development_setup};
use crate::testing::{Circuit, Draws};

fn key(committed: bool) -> (Circuit, Vec<u8>) {
    let mut draws = Draws::new(17);
    let circuit = Circuit::draw(&mut draws, 50);
    let [tau, alpha, beta, delta, sigma] = core::array::from_fn(|_| draws.fr());
    let secrets = Secrets { tau, alpha, beta, delta, sigma };
    let groups = [4..6, 6..9];
    let groups = committed.then_some(&groups);
    let never = AtomicBool::new(false);
    let key = development_setup(&circuit.r1cs, groups, &secrets, 1, &never);
    (circuit, key.expect("a key"))
}

/// Where the content of a section begins, and its length.
fn section(key: &[u8], id: u32) -> (usize, usize) {
    let mut at = 12;
    loop {
        let word = |at: usize| read_u32(key, at).expect("in the file");
        let length = word(at + 4) as usize;
        if word(at) == id {
            return (at + 12, length);
        }
        at += 12 + length;
    }
}

fn refusal(mut key: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Option<KeyError> {
    change(&mut key);
    ProvingKey::parse(key).err()
}

#[test]
fn a_key_that_is_cut_anywhere_is_refused() {
    let (_, key) = key(true);
    for length in (0..key.len()).step_by(7).chain([key.len() - 1]) {
        assert!(ProvingKey::parse(key[..length].to_vec()).is_err(), "cut to {length}");
    }
}

#[test]
fn forged_headers_are_refused_by_name() {
    let (_, key) = key(true);
    let put = |id: u32, offset: usize, value: u32| {
        let at = section(&key, id).0 + offset;
        refusal(key.clone(), |it| it[at..at + 4].copy_from_slice(&value.to_le_bytes()))
    };
    assert_eq!(refusal(key.clone(), |it| it[0] = b'x'), Some(KeyError::Format));
    assert_eq!(refusal(key.clone(), |it| it[4] = 2), Some(KeyError::Format));
    assert_eq!(refusal(key.clone(), |it| it[11] = 1), Some(KeyError::Format));
    assert_eq!(put(1, 0, 2), Some(KeyError::Protocol(2)));
    assert_eq!(put(2, 4, 1), Some(KeyError::Curve));
    assert_eq!(put(2, 40, 1), Some(KeyError::Curve));
    assert_eq!(put(2, 76, 1 << 30), Some(KeyError::Counts));
    assert_eq!(put(2, 80, 65), Some(KeyError::Counts));
    assert_eq!(put(2, 80, 0), Some(KeyError::Counts));
    assert_eq!(put(2, 80, 1 << 31), Some(KeyError::Counts));
    assert!(matches!(put(2, 72, u32::MAX), Some(KeyError::SectionLength { section: 5, .. })));
    assert!(matches!(put(4, 0, u32::MAX), Some(KeyError::SectionLength { section: 4, .. })));
    assert_eq!(put(4, 4, 2), Some(KeyError::Coefficient { entry: 0 }));
    assert_eq!(put(4, 8, 64), Some(KeyError::Coefficient { entry: 0 }));
    assert_eq!(put(4, 12, 1 << 20), Some(KeyError::Coefficient { entry: 0 }));
    assert_eq!(put(11, 0, 3), Some(KeyError::Groups));
    assert_eq!(put(11, 4, 5), Some(KeyError::Groups));
    assert_eq!(put(11, 8, u32::MAX), Some(KeyError::Groups));
    assert_eq!(put(2, 84, 1), Some(KeyError::Point { section: 2 }));
    assert_eq!(put(14, 0, 1), Some(KeyError::Point { section: 14 }));
    let at = section(&key, 13).0 - 12;
    assert_eq!(refusal(key.clone(), |it| it[at] = 12), Some(KeyError::SectionTwice(12)));
    assert_eq!(refusal(key.clone(), |it| it[at] = 99), Some(KeyError::SectionMissing(13)));
    let at = section(&key, 14);
    let refused = refusal(key.clone(), |it| it[at.0..at.0 + at.1].fill(0));
    assert_eq!(refused, Some(KeyError::Point { section: 14 }));
}

#[test]
fn forged_points_give_wrong_proofs_and_nothing_worse() {
    let never = AtomicBool::new(false);
    let (circuit, key) = key(false);
    let good = ProvingKey::parse(key.clone()).expect("a key");
    let witness = circuit.witness_bytes();
    let one = Fr::from_u64(1);
    let expected = prove(&good, &witness, one, one, 1, &never).expect("a proof");
    for id in [5, 6, 7, 8, 9] {
        let (at, length) = section(&key, id);
        let mut forged = key.clone();
        forged[at..at + length].fill(0xff);
        let forged = ProvingKey::parse(forged).expect("points are not checked");
        let proof = prove(&forged, &witness, one, one, 1, &never).expect("a proof");
        assert_ne!(proof, expected);
    }
}

#[test]
fn wrong_witnesses_are_refused() {
    let never = AtomicBool::new(false);
    let (circuit, key) = key(true);
    let key = ProvingKey::parse(key).expect("a key");
    let one = Fr::from_u64(1);
    let refusal = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut witness = circuit.witness_bytes();
        change(&mut witness);
        prove(&key, &witness, one, one, 1, &never).err()
    };
    let length = 32 * circuit.wires;
    assert_eq!(
        refusal(&|it| it.truncate(40)),
        Some(ProveError::WitnessLength { expected: length, found: 40 })
    );
    assert_eq!(refusal(&|it| it[0] = 2), Some(ProveError::WitnessConstant));
    let prime = FrModulus::P.map(u64::to_le_bytes);
    assert_eq!(
        refusal(&|it| it[96..128].copy_from_slice(prime.as_flattened())),
        Some(ProveError::WitnessValue { wire: 3 })
    );
    assert_eq!(
        commit(&key, &[0; 64], 1, &never).err(),
        Some(ProveError::WitnessLength { expected: 96, found: 64 })
    );
    let cancelled = AtomicBool::new(true);
    let result = prove(&key, &circuit.witness_bytes(), one, one, 2, &cancelled);
    assert_eq!(result, Err(ProveError::Cancelled));
}
