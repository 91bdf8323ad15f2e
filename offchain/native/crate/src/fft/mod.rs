//! Transforms over the scalar field, only what a proof needs: from values on the domain of the rows to values on the odd
//! points of the doubled domain.

mod portable;
mod quotient;
mod roots;

#[cfg(test)]
mod tests;

pub use quotient::{Domain, MAX_POWER};
pub use roots::{bit_reverse, root_of_unity};
