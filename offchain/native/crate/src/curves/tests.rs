use super::*;
use crate::fields::{Field, Fq, Fq2, FrModulus, Modulus};
use crate::testing::Draws;

fn obeys_the_group_law<F: Curve>(points: [Affine<F>; 3]) {
    let [p, q, s] = points;
    let [jp, jq] = [p, q].map(Xyzz::from);
    assert!(p.is_in_group() && q.is_in_group());
    assert_eq!(jp.add(&jq), jq.add(&jp));
    assert_eq!(jp.add(&jq).add_affine(&s), jp.add(&jq.add_affine(&s)));
    assert_eq!(jp.add(&jp), jp.double());
    assert_eq!(jp.add_affine(&p), jp.double());
    assert!(jp.add(&-jp).is_infinity());
    assert!(jp.add_affine(&-p).is_infinity());
    assert_eq!(jp.multiply(&[5]), jp.double().double().add(&jp));
    assert!(jp.multiply(&FrModulus::P).is_infinity());
    assert!(jp.add(&jq).to_affine().is_on_curve());
    assert_eq!(
        to_affine_all(&[jp.add(&jq), Xyzz::INFINITY, jp.double()]),
        [jp.add(&jq).to_affine(), Affine::INFINITY, jp.double().to_affine()]
    );
}

#[test]
fn both_groups_obey_the_group_law() {
    let mut draws = Draws::new(5);
    obeys_the_group_law([draws.g1(), draws.g1(), draws.g1()]);
    obeys_the_group_law([draws.g2(), draws.g2(), draws.g2()]);
}

#[test]
fn a_point_of_the_twist_outside_the_subgroup_is_refused() {
    // The first x = n + u whose right side is a square gives a point of the curve; its order is a multiple of the
    // cofactor's factors but for a chance of 2^-254.
    let point = (1u64..).find_map(|n| {
        let x = Fq2::new(Fq::from_u64(n), Fq::ONE);
        square_root(x.square() * x + Fq2::b()).map(|y| Affine::new(x, y))
    });
    let point = point.expect("every second x has a point");
    assert!(point.is_on_curve());
    assert!(!point.is_in_group());
}

/// By the norm: `c0 + c1 u = (a + b u)^2` has `a^2 = (c0 ± sqrt(c0^2 + c1^2)) / 2`.
fn square_root(value: Fq2) -> Option<Fq2> {
    let half = Fq::from_u64(2).inverse()?;
    let norm = root_of_base(value.c0.square() + value.c1.square())?;
    [norm, -norm].into_iter().find_map(|it| {
        let a = root_of_base((value.c0 + it) * half)?;
        let root = Fq2::new(a, value.c1 * half * a.inverse()?);
        (root.square() == value).then_some(root)
    })
}

/// `q = 3 mod 4`: the power `(q + 1) / 4`.
fn root_of_base(value: Fq) -> Option<Fq> {
    let [a, b, c, d] = crate::fields::FqModulus::P;
    let plus = [a + 1, b, c, d];
    let quarter: [u64; 4] =
        core::array::from_fn(|i| plus[i] >> 2 | if i < 3 { plus[i + 1] << 62 } else { 0 });
    let root = value.power(&quarter);
    (root.square() == value).then_some(root)
}

#[test]
fn points_survive_their_encoding_and_coordinates_above_q_are_refused() {
    let mut draws = Draws::new(6);
    let point = draws.g2();
    let mut bytes = [0; 128];
    point.write(&mut bytes);
    assert_eq!(G2Affine::read(&bytes), Some(point));
    bytes[95] = 0xff;
    assert_eq!(G2Affine::read(&bytes), None);
    assert_eq!(G1Affine::read(&[0; 64]), Some(G1Affine::INFINITY));
}
