//! Verifying proofs, apart from proving them: what is checked here shares no step with the prover.

mod key;
mod proof;
mod words;

#[cfg(test)]
mod tests;

pub use key::{KeyError, VerifyingKey};
pub use proof::{verify, verify_committed};
