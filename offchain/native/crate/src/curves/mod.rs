//! The groups of BN254 and snarkjs's encoding of their points.

mod affine;
mod encoded;
mod group;
mod xyzz;

#[cfg(test)]
mod tests;

pub use affine::{Affine, G1Affine, G2Affine};
pub use encoded::Encoded;
pub use group::{Curve, generator1, generator2};
pub use xyzz::{Xyzz, to_affine_all};
