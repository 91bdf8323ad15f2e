use core::marker::PhantomData;

use super::affine::Affine;
use super::group::Curve;

#[cfg(target_endian = "big")]
compile_error!("points are used in memory as they are in the file, little-endian");

/// Points in snarkjs's encoding, where they lie: in a mapped key, at any alignment.
#[derive(Clone, Copy)]
pub struct Encoded<'a, F> {
    bytes: &'a [u8],
    field: PhantomData<F>,
}

impl<'a, F: Curve> Encoded<'a, F> {
    /// # Panics
    /// Unless the bytes are whole points.
    pub fn new(bytes: &'a [u8]) -> Self {
        assert!(bytes.len().is_multiple_of(Affine::<F>::BYTES));
        Self { bytes, field: PhantomData }
    }

    /// The same memory, without a copy.
    pub fn from_points(points: &'a [Affine<F>]) -> Self {
        assert_eq!(size_of::<Affine<F>>(), Affine::<F>::BYTES);
        // SAFETY: the points are initialised and have no padding (the assertion), any byte is a u8, and the lifetime is kept.
        let bytes = unsafe {
            core::slice::from_raw_parts(points.as_ptr().cast::<u8>(), size_of_val(points))
        };
        Self::new(bytes)
    }

    pub fn len(&self) -> usize {
        self.bytes.len() / Affine::<F>::BYTES
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// One point. Coordinates that are not below q are reduced.
    pub fn get(&self, index: usize) -> Affine<F> {
        let at = index * Affine::<F>::BYTES;
        let (x, y) = self.bytes[at..at + Affine::<F>::BYTES].split_at(F::BYTES);
        Affine::new(F::reduce_montgomery(x), F::reduce_montgomery(y))
    }

    pub fn is_infinity(&self, index: usize) -> bool {
        let at = index * Affine::<F>::BYTES;
        self.bytes[at..at + Affine::<F>::BYTES].iter().all(|&it| it == 0)
    }
}
