use core::sync::atomic::AtomicBool;

use super::*;
use crate::fields::{Field, Fr};
use crate::testing::Draws;

/// Value at `x` of the polynomial through `values` on the domain, by Lagrange's formula.
fn interpolate(values: &[Fr], root: Fr, x: Fr) -> Fr {
    let size = values.len() as u64;
    let vanishing = x.power(&[size]) - Fr::ONE;
    let mut point = Fr::ONE;
    let mut sum = Fr::ZERO;
    for &value in values {
        let denominator = Fr::from_u64(size) * (x - point);
        sum += value * point * vanishing * denominator.inverse().expect("x is not in the domain");
        point *= root;
    }
    sum
}

#[test]
fn quotients_agree_with_interpolation() {
    let never = AtomicBool::new(false);
    let mut draws = Draws::new(9);
    for power in [0, 1, 2, 3, 5, 6, 7, 9, 13] {
        let size = 1usize << power;
        let natural: [Vec<Fr>; 3] =
            core::array::from_fn(|_| (0..size).map(|_| draws.fr()).collect());
        let values = natural.each_ref().map(Vec::as_slice);
        let result = Domain::new(power).quotient(values, 2, &never).expect("not cancelled");
        assert_eq!(Ok(&result), Domain::portable(power).quotient(values, 1, &never).as_ref());
        let (root, doubled) = (root_of_unity(power), root_of_unity(power + 1));
        for i in (0..size).step_by(1 + size / 16) {
            let x = doubled.power(&[2 * i as u64 + 1]);
            let [a, b, c] = natural.each_ref().map(|it| interpolate(it, root, x));
            assert_eq!(result[bit_reverse(i, power)], (a * b - c).to_canonical());
        }
    }
}

#[test]
fn roots_have_their_order() {
    for power in [1, 2, 17, 28] {
        assert_eq!(root_of_unity(power).power(&[1 << (power - 1)]), -Fr::ONE);
    }
}
