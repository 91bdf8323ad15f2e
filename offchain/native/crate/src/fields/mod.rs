//! The fields of BN254. Elements are kept in Montgomery form with radix 2^256, as in snarkjs's files.

mod batch;
mod field;
mod fq2;
mod inverse;
mod limbs;
mod montgomery;

#[cfg(test)]
mod tests;

pub use batch::invert_all;
pub use field::Field;
pub use fq2::Fq2;
#[cfg(target_arch = "x86_64")]
pub(crate) use limbs::less;
pub use montgomery::{Fq, FqModulus, Fr, FrModulus, Modulus, Montgomery};

/// `a - b` of `a >= b`.
#[cfg(target_arch = "x86_64")]
pub(crate) const fn subtract(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    limbs::sub(a, b).0
}

/// `2^exponent mod p`.
#[cfg(target_arch = "x86_64")]
pub(crate) const fn power_of_two<M: Modulus>(exponent: u32) -> [u64; 4] {
    limbs::power_of_two_mod(exponent, M::P)
}
