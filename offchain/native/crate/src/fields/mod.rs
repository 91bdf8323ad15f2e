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
pub use montgomery::{Fq, FqModulus, Fr, FrModulus, Modulus, Montgomery};
