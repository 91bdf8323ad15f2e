use core::fmt::Debug;
use core::ops::{Add, Mul, Neg, Sub};

/// What the curves need of a field.
pub trait Field:
    Copy
    + Eq
    + Debug
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
{
    const ZERO: Self;
    const ONE: Self;
    /// Bytes of an encoded element.
    const BYTES: usize;

    fn square(self) -> Self;
    fn double(self) -> Self;
    /// `None` for zero.
    fn inverse(self) -> Option<Self>;

    fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Reads the Montgomery form, little-endian; `None` unless it is below the modulus.
    ///
    /// # Panics
    /// Unless `bytes` has `BYTES` bytes.
    fn read_montgomery(bytes: &[u8]) -> Option<Self>;

    /// Reads the Montgomery form, little-endian, and reduces it.
    ///
    /// # Panics
    /// Unless `bytes` has `BYTES` bytes.
    fn reduce_montgomery(bytes: &[u8]) -> Self;

    /// Writes the Montgomery form, little-endian.
    ///
    /// # Panics
    /// Unless `bytes` has `BYTES` bytes.
    fn write_montgomery(self, bytes: &mut [u8]);
}
