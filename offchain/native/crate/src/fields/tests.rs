use super::limbs;
use super::*;
use crate::testing::Draws;

/// `x · y mod p` bit by bit.
fn slow_product<M: Modulus>(x: [u64; 4], y: [u64; 4]) -> [u64; 4] {
    let mut sum = [0; 4];
    for i in (0..256).rev() {
        sum = limbs::double_mod(sum, M::P);
        if y[i / 64] >> (i % 64) & 1 == 1 {
            sum = limbs::reduce_once(limbs::add(sum, x).0, M::P);
        }
    }
    sum
}

fn edges<M: Modulus>() -> Vec<[u64; 4]> {
    let minus = |n| limbs::sub(M::P, [n, 0, 0, 0]).0;
    vec![[0; 4], [1, 0, 0, 0], [2, 0, 0, 0], minus(1), minus(2), [u64::MAX, u64::MAX, u64::MAX, 0]]
}

fn agrees_with_the_slow_product<M: Modulus>() {
    let mut draws = Draws::new(1);
    let mut values = edges::<M>();
    values.extend((0..40).map(|_| draws.limbs()));
    for &a in &values {
        for &b in &values {
            let [x, y] = [a, b].map(|it| Montgomery::<M>::from_canonical(it).expect("below p"));
            assert_eq!((x * y).to_canonical(), slow_product::<M>(a, b));
            assert_eq!((x + y - y).to_canonical(), a);
            assert_eq!((x + y).to_canonical(), limbs::reduce_once(limbs::add(a, b).0, M::P));
            assert_eq!(-x + x, Montgomery::ZERO);
        }
    }
}

#[test]
fn products_and_sums_agree_with_bit_by_bit_ones() {
    agrees_with_the_slow_product::<FqModulus>();
    agrees_with_the_slow_product::<FrModulus>();
}

fn inverts<M: Modulus>() {
    let mut draws = Draws::new(2);
    let mut values = edges::<M>();
    values.extend((0..500).map(|_| draws.limbs()));
    values.extend((0..254).map(|i| {
        let mut power = [0; 4];
        power[i / 64] = 1 << (i % 64);
        limbs::reduce_once(power, M::P)
    }));
    for value in values {
        let x = Montgomery::<M>::from_canonical(value).expect("below p");
        match x.inverse() {
            Some(it) => assert_eq!(it * x, Montgomery::ONE),
            None => assert!(x.is_zero()),
        }
        let exponent = limbs::sub(M::P, [2, 0, 0, 0]).0;
        assert_eq!(x.inverse().unwrap_or(Montgomery::ZERO), x.power(&exponent));
    }
}

#[test]
fn inverses_agree_with_fermat() {
    inverts::<FqModulus>();
    inverts::<FrModulus>();
}

#[test]
fn bytes_at_or_above_the_modulus_are_refused() {
    let mut bytes = [0; 32];
    limbs::write(FrModulus::P, &mut bytes);
    assert_eq!(Fr::from_bytes(&bytes), None);
    assert_eq!(Fr::read_montgomery(&bytes), None);
    bytes[0] -= 1;
    assert_eq!(Fr::from_bytes(&bytes).map(Fr::to_bytes), Some(bytes));
    assert_eq!(Fr::from_bytes(&[0xff; 32]), None);
    assert_eq!(Fq::from_bytes(&[0xff; 32]), None);
}

#[test]
fn one_inversion_inverts_all_and_keeps_zeros() {
    let mut draws = Draws::new(3);
    let mut values: Vec<Fq2> = (0..20).map(|_| draws.fq2()).collect();
    values[0] = Fq2::ZERO;
    values[7] = Fq2::ZERO;
    let before = values.clone();
    invert_all(&mut values);
    for (it, inverse) in before.iter().zip(&values) {
        assert_eq!(*inverse, it.inverse().unwrap_or(Fq2::ZERO));
    }
}

#[test]
fn fq2_is_a_field_with_u_squared_minus_one() {
    let u = Fq2::new(Fq::ZERO, Fq::ONE);
    assert_eq!(u * u, -Fq2::ONE);
    let mut draws = Draws::new(4);
    for _ in 0..50 {
        let (a, b, c) = (draws.fq2(), draws.fq2(), draws.fq2());
        assert_eq!(a.square(), a * a);
        assert_eq!((a + b) * c, a * c + b * c);
        assert_eq!(a.inverse().map(|it| it * a), Some(Fq2::ONE));
    }
}
