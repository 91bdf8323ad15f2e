//! Transforms over the scalar field, only what a proof needs: from values on the domain of the rows to values on the odd
//! points of the doubled domain.

mod portable;
mod quotient;
mod roots;

#[cfg(test)]
mod tests;

#[cfg(target_arch = "x86_64")]
pub(crate) use portable::{blocks, halves};
pub use quotient::{Domain, MAX_POWER};
#[cfg(target_arch = "x86_64")]
pub(crate) use roots::zetas;
pub use roots::{bit_reverse, root_of_unity};
