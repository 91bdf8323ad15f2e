//! Sums of multiples of points, by buckets (Pippenger 1976), whose sums are taken in affine coordinates with shared
//! inversions.

mod accumulate;
mod digits;
mod lanes;
mod portable;
mod reduce;
mod window;

#[cfg(test)]
mod tests;

pub use digits::{Class, Digits, digit_bytes, signed_digits};
#[cfg(target_arch = "x86_64")]
pub(crate) use lanes::Lanes;
pub use window::{Bases, Msm, Scratch, horner, scratch_bytes};
