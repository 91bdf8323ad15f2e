use super::affine::{G1Affine, G2Affine};
use crate::fields::{Field, Fq, Fq2};

/// A field over which one of the two curves `y^2 = x^3 + b` is taken.
pub trait Curve: Field {
    /// Whether every point of the curve is in the group.
    const IS_PRIME_ORDER: bool;
    fn b() -> Self;
}

impl Curve for Fq {
    const IS_PRIME_ORDER: bool = true;

    fn b() -> Self {
        Fq::from_u64(3)
    }
}

impl Curve for Fq2 {
    const IS_PRIME_ORDER: bool = false;

    /// `3 / (9 + u)`.
    fn b() -> Self {
        let raw = |limbs| Fq::from_canonical(limbs).unwrap_or(Fq::ZERO); // constants below q
        Fq2::new(
            raw([
                0x3267_e6dc_24a1_38e5,
                0xb5b4_c5e5_59db_efa3,
                0x81be_1899_1be0_6ac3,
                0x2b14_9d40_ceb8_aaae,
            ]),
            raw([
                0xe4a2_bd06_85c3_15d2,
                0xa74f_a084_e52d_1852,
                0xcd2c_afad_eed8_fdf4,
                0x0097_13b0_3af0_fed4,
            ]),
        )
    }
}

/// (1, 2).
pub fn generator1() -> G1Affine {
    G1Affine::new(Fq::from_u64(1), Fq::from_u64(2))
}

/// The generator of EIP-197.
pub fn generator2() -> G2Affine {
    let raw = |limbs| Fq::from_canonical(limbs).unwrap_or(Fq::ZERO); // constants below q
    G2Affine::new(
        Fq2::new(
            raw([
                0x46de_bd5c_d992_f6ed,
                0x6743_22d4_f75e_dadd,
                0x426a_0066_5e5c_4479,
                0x1800_deef_121f_1e76,
            ]),
            raw([
                0x97e4_85b7_aef3_12c2,
                0xf1aa_4933_35a9_e712,
                0x7260_bfb7_31fb_5d25,
                0x198e_9393_920d_483a,
            ]),
        ),
        Fq2::new(
            raw([
                0x4ce6_cc01_66fa_7daa,
                0xe3d1_e769_0c43_d37b,
                0x4aab_7180_8dcb_408f,
                0x12c8_5ea5_db8c_6deb,
            ]),
            raw([
                0x55ac_dadc_d122_975b,
                0xbc4b_3133_70b3_8ef3,
                0xec9e_99ad_690c_3395,
                0x0906_89d0_585f_f075,
            ]),
        ),
    )
}
