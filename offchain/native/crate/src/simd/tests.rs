use super::*;
use crate::fields::{Field, Fq, FqModulus, Fr, FrModulus, Modulus, Montgomery};
use crate::testing::Draws;

fn agrees<M: Modulus>(values: &[Montgomery<M>]) {
    // 2^-260 · R^2 / R for factors in Montgomery form of radix R = 2^256.
    let correction = Montgomery::<M>::from_u64(16).inverse().expect("not zero");
    for pair in values.windows(2) {
        let [x, y] = [pair[0], pair[1]];
        let [a, b] = [x, y].map(Wide::<M>::from_element);
        for lane in [0, 7] {
            let get = |it: Wide<M>| Montgomery::<M>::from_raw(it.to_lanes()[lane]);
            assert_eq!(get(a.mul(b)), x * y * correction);
            assert_eq!(get(a.square()), x * x * correction);
            assert_eq!(get(a.add(b)), x + y);
            assert_eq!(get(a.sub(b)), x - y);
            assert_eq!(get(a.sub_both(b, b)), x - y - y);
            assert_eq!(get(a.sub_lazy(b)), x - y);
            assert_eq!(
                get(a.sub_times_4(b).mul(Wide::splat([1, 0, 0, 0])).mul(Wide::splat([1, 0, 0, 0]))),
                get((a.sub(b)).mul(Wide::splat([4, 0, 0, 0])).mul(Wide::splat([1, 0, 0, 0])))
            );
            assert_eq!(get(Wide::mul_add(a, b, a.negate_lazy(), a)), (x * y - x * x) * correction);
            assert_eq!(get(Wide::unpack(a.pack())), x);
        }
    }
}

#[test]
fn eight_at_once_agree_with_one() {
    if !available() {
        eprintln!("not tried: this processor has no AVX-512 IFMA");
        return;
    }
    let mut draws = Draws::new(10);
    let mut values = vec![Fq::ZERO, Fq::ONE, -Fq::ONE, Fq::ZERO, Fq::ZERO, -Fq::ONE, -Fq::ONE];
    let raw = |it: [u64; 4]| Fq::from_raw(it);
    let top = crate::fields::subtract(FqModulus::P, [1, 0, 0, 0]);
    values.extend([raw([1, 0, 0, 0]), raw(top), raw(top), raw([0, 0, 0, 1 << 60])]);
    values.extend((0..300).map(|_| draws.fq()));
    agrees::<FqModulus>(&values);
    let values: Vec<Fr> = (0..100).map(|_| draws.fr()).collect();
    agrees::<FrModulus>(&values);
}

#[test]
fn lanes_are_kept_apart() {
    if !available() {
        return;
    }
    let mut draws = Draws::new(11);
    let lanes: [[u64; 4]; 8] = core::array::from_fn(|_| draws.fq().raw());
    assert_eq!(Wide::<FqModulus>::from_lanes(&lanes).to_lanes(), lanes);
}
