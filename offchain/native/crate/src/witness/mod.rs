//! Witnesses from a circuit's constraints alone: no code of the circuit is run (docs/adr/0014-witness-by-constraints.md).

mod bits;
mod compile;
mod error;
mod order;
mod run;
mod system;
mod tape;

#[cfg(test)]
mod tests;

pub use error::{RunError, TapeError};
pub use system::Eliminated;
pub use tape::Tape;
