use core::sync::atomic::AtomicBool;

use super::error::ProveError;
use super::key::ProvingKey;
use super::witness::Witness;
use crate::curves::{G1Affine, G2Affine, Xyzz};
use crate::fft::bit_reverse;
use crate::fields::{Fq, Fq2, Fr};
use crate::msm::{Bases, Digits, Msm, Scratch, horner};
use crate::parallel::{Cancelled, map};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Proof {
    pub a: G1Affine,
    pub b: G2Affine,
    pub c: G1Affine,
}

/// Commitment to the advice, and the proof that its opening is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Commitment {
    pub d: G1Affine,
    pub q: G1Affine,
}

/// Makes a proof. `witness` has the values of all wires, 32 bytes each, little-endian, below r; `r` and `s` are drawn
/// fresh and uniform for each proof, or it tells the witness.
///
/// A witness that does not satisfy the circuit gives a proof that does not verify.
pub fn prove(
    key: &ProvingKey,
    witness: &[u8],
    r: Fr,
    s: Fr,
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Proof, ProveError> {
    let witness = Witness::parse(witness, key.wires)?;
    if witness.get(0) != [1, 0, 0, 0] {
        return Err(ProveError::WitnessConstant);
    }
    let quotient = {
        let wire = |i: usize| witness.get(i);
        let section = key.coefficient_section();
        let [a, b, c] = key.coefficients.evaluate(section, wire, threads, cancel)?;
        key.domain.quotient([&a, &b, &c], threads, cancel)?
    };
    let rows = key.domain.size();
    let power = key.domain.power();
    let quotient = Digits::new(rows, |i| quotient[bit_reverse(i, power)], threads, cancel)?;
    let digits = Digits::new(key.wires, |i| witness.get(i), threads, cancel)?;

    let (live_a, live_b) = (Some(&*key.live_a), Some(&*key.live_b));
    let sums = sum_all(
        [
            (Bases { points: key.a(), offset: 0, live: live_a }, &digits),
            (Bases { points: key.b1(), offset: 0, live: live_b }, &digits),
            (Bases { points: key.c(), offset: key.first_in_c(), live: None }, &digits),
            (Bases { points: key.h(), offset: 0, live: None }, &quotient),
        ],
        (Bases { points: key.b2(), offset: 0, live: live_b }, &digits),
        threads,
        cancel,
    )?;
    let ([a, b1, c, h], b2) = sums;

    let points = &key.points;
    let (r_limbs, s_limbs) = (r.to_canonical(), s.to_canonical());
    let delta = Xyzz::from(points.delta1);
    let a = a.add_affine(&points.alpha1).add(&delta.multiply(&r_limbs));
    let b = b2.add_affine(&points.beta2).add(&Xyzz::from(points.delta2).multiply(&s_limbs));
    let b1 = b1.add_affine(&points.beta1).add(&delta.multiply(&s_limbs));
    let c = c
        .add(&h)
        .add(&a.multiply(&s_limbs))
        .add(&b1.multiply(&r_limbs))
        .add(&-delta.multiply(&(r * s).to_canonical()));
    Ok(Proof { a: a.to_affine(), b: b.to_affine(), c: c.to_affine() })
}

/// Commits to the advice of a commit-and-prove key: its values, the blind last, as in a witness.
pub fn commit(
    key: &ProvingKey,
    advice: &[u8],
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Commitment, ProveError> {
    let groups = key.groups().ok_or(ProveError::NothingCommitted)?;
    let values = Witness::parse(advice, groups.advice.len())?;
    let digits = Digits::new(groups.advice.len(), |i| values.get(i), threads, cancel)?;
    let bytes = &key.committed().bytes()[64 * groups.weights.len()..];
    let d = Bases::whole(bytes).sum(&digits, threads, cancel)?;
    let q = Bases::whole(key.knowledge().bytes()).sum(&digits, threads, cancel)?;
    Ok(Commitment { d: d.to_affine(), q: q.to_affine() })
}

/// Commits to the weights of a commit-and-prove key: their values, the blind last, as in a witness.
pub fn commit_weights(
    key: &ProvingKey,
    weights: &[u8],
    threads: usize,
    cancel: &AtomicBool,
) -> Result<G1Affine, ProveError> {
    let groups = key.groups().ok_or(ProveError::NothingCommitted)?;
    let count = groups.weights.len();
    if count == 0 {
        return Err(ProveError::NothingCommitted);
    }
    let values = Witness::parse(weights, count)?;
    let digits = Digits::new(count, |i| values.get(i), threads, cancel)?;
    let bytes = &key.committed().bytes()[..64 * count];
    Ok(Bases::whole(bytes).sum(&digits, threads, cancel)?.to_affine())
}

type Term<'a, F> = (Bases<'a, F>, &'a Digits);

/// One window of one class of one sum.
#[derive(Clone, Copy)]
struct Task {
    /// Of the four in G1, or 4 for that in G2.
    sum: usize,
    class: usize,
    window: usize,
    cost: usize,
}

enum Part {
    One(Xyzz<Fq>),
    Two(Xyzz<Fq2>),
}

/// Four sums in G1 and one in G2, all windows of all at once so that no thread is idle for long.
fn sum_all(
    ones: [Term<Fq>; 4],
    two: Term<Fq2>,
    threads: usize,
    cancel: &AtomicBool,
) -> Result<([Xyzz<Fq>; 4], Xyzz<Fq2>), Cancelled> {
    let digits: [&Digits; 5] = core::array::from_fn(|i| if i < 4 { ones[i].1 } else { two.1 });
    let mut tasks = Vec::new();
    for (sum, digits) in digits.iter().enumerate() {
        for (class, it) in digits.classes.iter().enumerate() {
            let cost = it.indices.len() * if sum == 4 { 3 } else { 1 };
            tasks.extend((0..it.windows).map(|window| Task { sum, class, window, cost }));
        }
    }
    tasks.sort_by_key(|it| core::cmp::Reverse(it.cost));
    let scratch = || (Scratch::<Fq>::new(), Scratch::<Fq2>::new());
    let parts = map(threads, tasks.len(), cancel, scratch, |(one, second), i| {
        let Task { sum, class, window, .. } = tasks[i];
        let class = &digits[sum].classes[class];
        Ok(match ones.get(sum) {
            Some((bases, _)) => Part::One(Fq::sum_window(bases, class, window, one, cancel)?),
            None => Part::Two(Fq2::sum_window(&two.0, class, window, second, cancel)?),
        })
    })?;
    let mut windows1: [Vec<Vec<Xyzz<Fq>>>; 4] = core::array::from_fn(|i| empty(digits[i]));
    let mut windows2: Vec<Vec<Xyzz<Fq2>>> = empty(digits[4]);
    for (task, part) in tasks.iter().zip(parts) {
        match part {
            Part::One(it) => windows1[task.sum][task.class][task.window] = it,
            Part::Two(it) => windows2[task.class][task.window] = it,
        }
    }
    Ok((core::array::from_fn(|i| join(&windows1[i], digits[i])), join(&windows2, digits[4])))
}

fn empty<F: Msm>(digits: &Digits) -> Vec<Vec<Xyzz<F>>> {
    digits.classes.iter().map(|it| vec![Xyzz::INFINITY; it.windows]).collect()
}

fn join<F: Msm>(windows: &[Vec<Xyzz<F>>], digits: &Digits) -> Xyzz<F> {
    windows
        .iter()
        .zip(&digits.classes)
        .fold(Xyzz::INFINITY, |sum, (parts, class)| sum.add(&horner(parts, class.window)))
}
