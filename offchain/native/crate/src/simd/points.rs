use super::vector::{U64x8, transpose};
use crate::curves::{Affine, Curve, Encoded};

/// Word `words · i + k` of the point of each entry, for `k` below 8: `i = 0` is all of a point of G1.
#[inline(always)]
pub fn gather_row<F: Curve>(points: Encoded<F>, entries: &[u32], i: usize) -> [U64x8; 8] {
    let rows: &[[u8; 64]] = points.bytes().as_chunks().0;
    let per_point = Affine::<F>::BYTES / 64;
    let row = |lane: usize| U64x8::load(&rows[(entries[lane] >> 1) as usize * per_point + i]);
    transpose(core::array::from_fn(row))
}

/// The first four words of the points of G1.
#[inline(always)]
pub fn gather_half<F: Curve>(points: Encoded<F>, entries: &[u32]) -> [U64x8; 4] {
    let rows: &[[u8; 32]] = points.bytes().as_chunks().0;
    let row = |lane: usize| &rows[2 * (entries[lane] >> 1) as usize];
    let s: [U64x8; 4] = core::array::from_fn(|i| U64x8::load_halves(row(i), row(i + 4)));
    let columns = |a: U64x8, b: U64x8| {
        [a.permute([0, 1, 8, 9, 4, 5, 12, 13], b), a.permute([2, 3, 10, 11, 6, 7, 14, 15], b)]
    };
    let even = columns(s[0].interleave_low(s[1]), s[2].interleave_low(s[3]));
    let odd = columns(s[0].interleave_high(s[1]), s[2].interleave_high(s[3]));
    [even[0], odd[0], even[1], odd[1]]
}

/// One bit for each entry whose lowest bit is set.
#[inline(always)]
pub fn signs(entries: &[u32]) -> u32 {
    (0..8).fold(0, |mask, lane| mask | (entries[lane] & 1) << lane)
}

/// Writes words `8i` to `8i + 7` of eight points.
#[inline(always)]
pub fn scatter_row<F: Curve>(columns: [U64x8; 8], points: &mut [Affine<F>], i: usize) {
    let per_point = Affine::<F>::BYTES / 64;
    assert!(points.len() >= 8 && size_of::<Affine<F>>() == Affine::<F>::BYTES);
    let rows = transpose(columns);
    let start = points.as_mut_ptr().cast::<[u8; 64]>();
    for (lane, row) in rows.into_iter().enumerate() {
        // SAFETY: lane < 8 <= len and i < per_point, so the 64 bytes lie within a point; any bytes are a point's.
        row.store(unsafe { &mut *start.add(lane * per_point + i) });
    }
}
