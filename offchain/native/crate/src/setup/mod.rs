//! Proving keys for development: made in one step by one party, who could forge.

mod development;
mod fixed_base;
mod qap;
mod r1cs;

#[cfg(test)]
mod tests;

pub use development::{Secrets, SetupError, development_setup};
pub use fixed_base::multiply_all;
pub(crate) use r1cs::R1cs;
