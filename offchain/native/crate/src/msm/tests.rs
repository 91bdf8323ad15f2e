use core::sync::atomic::AtomicBool;

use super::*;
use crate::curves::{Affine, Curve, Encoded, Xyzz, to_affine_all};
use crate::fields::{FrModulus, Modulus};
use crate::parallel::Cancelled;
use crate::testing::Draws;

type Limbs = [u64; 4];

/// Scalars as witnesses have them: zeros, ones, minus ones, bytes, words, full ones, and the edges.
fn scalars(count: usize, draws: &mut Draws) -> Vec<Limbs> {
    let below = |n: u64| crate::fields::Fr::from_u64(n);
    let mut values: Vec<Limbs> = (0..count)
        .map(|_| match draws.below(8) {
            0 => [0; 4],
            1 | 2 => [1, 0, 0, 0],
            3 => (-below(1)).to_canonical(),
            4 => [draws.below(256), 0, 0, 0],
            5 => (-below(draws.below(1 << 20))).to_canonical(),
            6 => [draws.word(), 0, 0, 0],
            _ => draws.limbs(),
        })
        .collect();
    let [a, b, c, d] = FrModulus::P;
    values[0] = [a - 1, b, c, d];
    values[1] = [a >> 1 | b << 63, b >> 1 | c << 63, c >> 1 | d << 63, d >> 1];
    values[2] = [u64::MAX, u64::MAX, u64::MAX, d - 1];
    values
}

/// Points with repetitions, opposites and infinity among them.
fn points<F: Curve>(seed: Affine<F>, count: usize, draws: &mut Draws) -> Vec<Affine<F>> {
    let mut sum = Xyzz::from(seed);
    let chain: Vec<Xyzz<F>> = (0..count)
        .map(|_| {
            sum = match draws.below(4) {
                0 => sum,
                1 => -sum,
                _ => sum.double().add_affine(&seed),
            };
            if draws.below(16) == 0 { Xyzz::INFINITY } else { sum }
        })
        .collect();
    to_affine_all(&chain)
}

fn naive<F: Curve>(points: &[Affine<F>], scalars: &[Limbs]) -> Xyzz<F> {
    points
        .iter()
        .zip(scalars)
        .fold(Xyzz::INFINITY, |sum, (point, scalar)| sum.add(&Xyzz::from(*point).multiply(scalar)))
}

fn agrees<F: Msm>(seed: Affine<F>, count: usize, draws: &mut Draws) {
    let never = AtomicBool::new(false);
    let scalars = scalars(count, draws);
    let all = points(seed, count, draws);
    let digits = Digits::new(count, |i| scalars[i], 2, &never).expect("not cancelled");
    let bases = Bases { points: Encoded::from_points(&all), offset: 0, live: None };
    let expected = Ok(naive(&all, &scalars));
    assert_eq!(bases.sum(&digits, 2, &never), expected);
    assert_eq!(bases.sum_with(Scratch::portable, &digits, 2, &never), expected);

    // As the C side of a key: from the third scalar on, and some points left out.
    let mut live = vec![0u64; count.div_ceil(64)];
    let mut kept = scalars.clone();
    for (i, scalar) in kept.iter_mut().enumerate() {
        if i % 3 == 0 {
            *scalar = [0; 4];
        } else {
            live[i / 64] |= 1 << (i % 64);
        }
    }
    let bases = Bases { points: Encoded::from_points(&all[3..]), offset: 3, live: Some(&live) };
    assert_eq!(bases.sum(&digits, 1, &never), Ok(naive(&all[3..], &kept[3..])));
}

#[test]
fn sums_agree_with_naive_ones() {
    let mut draws = Draws::new(7);
    for count in [3, 8, 33, 700] {
        agrees(draws.g1(), count, &mut draws);
        agrees(draws.g2(), count.min(300), &mut draws);
    }
}

#[test]
fn a_bucket_of_many_chunks_is_summed() {
    let never = AtomicBool::new(false);
    let mut draws = Draws::new(8);
    let all = points(draws.g1(), 10_000, &mut draws);
    let digits = Digits::new(all.len(), |_| [1, 0, 0, 0], 1, &never).expect("not cancelled");
    let bases = Bases { points: Encoded::from_points(&all), offset: 0, live: None };
    let expected = all.iter().fold(Xyzz::INFINITY, |sum, it| sum.add_affine(it));
    assert_eq!(bases.sum(&digits, 1, &never), Ok(expected));
}

#[test]
fn a_cancelled_sum_says_so() {
    let cancelled = AtomicBool::new(true);
    assert!(matches!(Digits::new(5, |_| [1, 0, 0, 0], 1, &cancelled), Err(Cancelled)));
}
