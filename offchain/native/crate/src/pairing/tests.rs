use super::final_exponentiation::{final_exponentiation, hard_part};
use super::fq6::Fq6;
use super::fq12::Fq12;
use super::frobenius::{frobenius, xi_powers};
use super::*;
use crate::curves::{Xyzz, generator1, generator2};
use crate::fields::{Field, Fq, Fq2, FqModulus, FrModulus, Modulus};
use crate::testing::Draws;

fn draw(draws: &mut Draws) -> Fq12 {
    let mut fq = || Fq::from_canonical(draws.limbs()).expect("below p");
    let mut fq2 = || Fq2::new(fq(), fq());
    let mut fq6 = || Fq6::new(fq2(), fq2(), fq2());
    Fq12 { c0: fq6(), c1: fq6() }
}

fn pairing(a: G1Affine, b: G2Affine) -> Fq12 {
    final_exponentiation(miller_loop(&[(a, b)]))
}

#[test]
fn the_tower_is_a_field() {
    let mut draws = Draws::new(11);
    let (a, b, c) = (draw(&mut draws), draw(&mut draws), draw(&mut draws));
    assert_eq!(a * b, b * a);
    assert_eq!((a * b) * c, a * (b * c));
    assert_eq!(a.square(), a * a);
    assert_eq!(a * a.inverse().expect("not zero"), Fq12::ONE);
    let w = Fq12 { c0: Fq6::ZERO, c1: Fq6::ONE };
    let xi = Fq2::new(Fq::from_u64(9), Fq::from_u64(1));
    assert_eq!(w.power(&[6]).c0, Fq6::new(xi, Fq2::ZERO, Fq2::ZERO));
}

#[test]
fn frobenius_is_the_power_of_q() {
    let a = draw(&mut Draws::new(12));
    assert_eq!(a.frobenius(), a.power(&FqModulus::P));
    assert_eq!(xi_powers()[1].square() * xi_powers()[4], xi_powers()[3].square());
    let b = generator2();
    assert!(frobenius(b).is_in_group());
}

#[test]
fn the_hard_part_is_the_power_that_it_stands_for() {
    let f = draw(&mut Draws::new(13));
    let first = f.conjugate() * f.inverse().expect("not zero");
    let g = first.frobenius().frobenius() * first;
    let h = hard_part(g);
    assert_eq!(h.power(&FrModulus::P), Fq12::ONE);
    assert_eq!(h, g.power(&HARD_EXPONENT));
}

/// `(q^4 - q^2 + 1) / r`.
const HARD_EXPONENT: [u64; 12] = [
    0xe81bb482ccdf42b1,
    0x5abf5cc4f49c36d4,
    0xf1154e7e1da014fd,
    0xdcc7b44c87cdbacf,
    0xaaa441e3954bcf8a,
    0x6b887d56d5095f23,
    0x79581e16f3fd90c6,
    0x3b1b1355d189227d,
    0x4e529a5861876f6b,
    0x6c0eb522d5b12278,
    0x331ec15183177faf,
    0x01baaa710b0759ad,
];

#[test]
fn the_pairing_is_bilinear_and_not_degenerate() {
    let (g, h) = (generator1(), generator2());
    let e = pairing(g, h);
    assert_ne!(e, Fq12::ONE);
    assert_eq!(e.power(&FrModulus::P), Fq12::ONE);
    let (ga, hb) = (Xyzz::from(g).multiply(&[77]), Xyzz::from(h).multiply(&[1001]));
    assert_eq!(pairing(ga.to_affine(), hb.to_affine()), e.power(&[77 * 1001]));
    assert!(is_product_one(&[
        (ga.to_affine(), h),
        (-g, Xyzz::from(h).multiply(&[77]).to_affine())
    ]));
    assert!(!is_product_one(&[
        (ga.to_affine(), h),
        (-g, Xyzz::from(h).multiply(&[78]).to_affine())
    ]));
}

#[test]
fn infinity_counts_as_one() {
    assert!(is_product_one(&[]));
    assert!(is_product_one(&[(G1Affine::INFINITY, generator2())]));
    assert!(!is_product_one(&[(G1Affine::INFINITY, generator2()), (generator1(), generator2())]));
}
