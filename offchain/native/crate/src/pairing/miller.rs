use super::X;
use super::fq12::{Fq12, Line};
use super::frobenius::frobenius;
use crate::curves::{G1Affine, G2Affine};
use crate::fields::{Field, Fq2, invert_all};

/// The product of the Miller functions `f_{6x+2, b}(a)` and of the two last lines (Vercauteren, "Optimal pairings", 2010).
/// All pairs are finite. Points stay affine: one inversion a step serves all pairs.
pub fn miller_loop(pairs: &[(G1Affine, G2Affine)]) -> Fq12 {
    let mut points: Vec<G2Affine> = pairs.iter().map(|(_, b)| *b).collect();
    let mut f = Fq12::ONE;
    for digit in signed_digits(6 * u128::from(X) + 2).into_iter().rev().skip(1) {
        f = f.square();
        f = double_all(f, &mut points, pairs);
        if digit != 0 {
            let addend = |b: G2Affine| if digit > 0 { b } else { -b };
            f = add_all(f, &mut points, pairs, addend);
        }
    }
    f = add_all(f, &mut points, pairs, frobenius);
    add_all(f, &mut points, pairs, |b| -frobenius(frobenius(b)))
}

fn double_all(mut f: Fq12, points: &mut [G2Affine], pairs: &[(G1Affine, G2Affine)]) -> Fq12 {
    // No point of odd order has y = 0.
    let mut slopes: Vec<Fq2> = points.iter().map(|it| it.y.double()).collect();
    invert_all(&mut slopes);
    for ((point, (a, _)), inverse) in points.iter_mut().zip(pairs).zip(slopes) {
        let square = point.x.square();
        let slope = (square.double() + square) * inverse;
        f = f.times_line(&line(slope, point, a));
        *point = third(slope, point, point.x);
    }
    f
}

/// Adds to every point what `addend` makes of its pair's point; the two are never equal up to sign in the loop.
fn add_all(
    mut f: Fq12,
    points: &mut [G2Affine],
    pairs: &[(G1Affine, G2Affine)],
    addend: impl Fn(G2Affine) -> G2Affine,
) -> Fq12 {
    let addends: Vec<G2Affine> = pairs.iter().map(|(_, b)| addend(*b)).collect();
    let mut slopes: Vec<Fq2> = points.iter().zip(&addends).map(|(p, q)| q.x - p.x).collect();
    invert_all(&mut slopes);
    for (((point, (a, _)), other), inverse) in points.iter_mut().zip(pairs).zip(addends).zip(slopes)
    {
        let slope = (other.y - point.y) * inverse;
        f = f.times_line(&line(slope, point, a));
        *point = third(slope, point, other.x);
    }
    f
}

/// The line through `point` with this slope at `a`. On the curve over Fq12 the point is `(x w^2, y w^3)` and the slope
/// `slope · w`, so it is `a.y - slope a.x w + (slope x - y) w^3`.
fn line(slope: Fq2, point: &G2Affine, a: &G1Affine) -> Line {
    Line { constant: a.y, linear: -slope.scale(a.x), cubic: slope * point.x - point.y }
}

/// Minus the third point of the line, whose second point has this x.
fn third(slope: Fq2, point: &G2Affine, other_x: Fq2) -> G2Affine {
    let x = slope.square() - point.x - other_x;
    G2Affine::new(x, slope * (point.x - x) - point.y)
}

/// Digits -1, 0, 1 of a number, least significant first, no two neighbours other than 0; the last is 1.
fn signed_digits(mut value: u128) -> Vec<i8> {
    let mut digits = Vec::new();
    while value > 0 {
        let digit = match value & 3 {
            1 => 1,
            3 => -1,
            _ => 0,
        };
        value = if digit < 0 { value + 1 } else { value - digit as u128 };
        digits.push(digit);
        value >>= 1;
    }
    digits
}
