//! Eight field elements at once with AVX-512 IFMA (52-bit multiply-add), where the processor has it.

// Closures and iterators' adapters are functions of their own, compiled without AVX-512: loops count instead.
#![allow(clippy::needless_range_loop)]

mod field;
mod field2;
mod lanes;
mod points;
mod transform;
mod vector;

#[cfg(test)]
mod tests;

pub use field::Wide;
pub use field2::Wide2;
pub use transform::Transform;

/// Whether this processor has what the vectors of this module need.
pub fn available() -> bool {
    std::is_x86_feature_detected!("avx512f")
        && std::is_x86_feature_detected!("avx512dq")
        && std::is_x86_feature_detected!("avx512ifma")
}
