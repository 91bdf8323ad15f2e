//! Proofs of Groth16 (EUROCRYPT 2016), plain and with commitments to wires (docs/proving.md).

mod coefficients;
mod error;
mod key;
mod memory;
mod prove;
mod sections;
mod witness;

#[cfg(test)]
mod tests;

pub use error::{KeyError, ProveError};
pub use key::{Groups, ProvingKey, VerifyingKey};
pub use memory::peak_memory;
pub use prove::{Commitment, Proof, commit, commit_weights, prove};
pub(crate) use sections::{Sections, read_u32};
