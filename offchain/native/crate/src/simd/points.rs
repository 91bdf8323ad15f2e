use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

use super::vector::{U64x8, transpose};
use crate::curves::{Affine, Curve, Encoded};
use crate::fields::Fq;

/// Asks for the points of the entries, which are used soon.
#[inline(always)]
pub fn prefetch<F: Curve>(points: Encoded<F>, entries: &[u32]) {
    for &entry in entries {
        let at = (entry >> 1) as usize * Affine::<F>::BYTES;
        let start = points.bytes().as_ptr().wrapping_add(at).cast::<i8>();
        for line in 0..=Affine::<F>::BYTES / 64 {
            // SAFETY: a prefetch reads nothing and may name any address; SSE is part of x86-64.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(64 * line)) };
        }
    }
}

/// Words `8i` to `8i + 7` of the points of the entries: `i = 0` is all of a point of G1.
#[inline(always)]
pub fn gather_row<F: Curve>(points: Encoded<F>, entries: &[u32], i: usize) -> [U64x8; 8] {
    let rows: &[[u8; 64]] = points.bytes().as_chunks().0;
    let per_point = Affine::<F>::BYTES / 64;
    let mut loaded = [U64x8::splat(0); 8];
    for lane in 0..8 {
        loaded[lane] = U64x8::load(&rows[(entries[lane] >> 1) as usize * per_point + i]);
    }
    transpose(loaded)
}

/// The first four words of the points of G1.
#[inline(always)]
pub fn gather_half(points: Encoded<Fq>, entries: &[u32]) -> [U64x8; 4] {
    let rows: &[[u8; 32]] = points.bytes().as_chunks().0;
    let mut s = [U64x8::splat(0); 4];
    for i in 0..4 {
        s[i] = U64x8::load_halves(
            &rows[2 * (entries[i] >> 1) as usize],
            &rows[2 * (entries[i + 4] >> 1) as usize],
        );
    }
    let (a, b) = (s[0].interleave_low(s[1]), s[2].interleave_low(s[3]));
    let (c, d) = (s[0].interleave_high(s[1]), s[2].interleave_high(s[3]));
    const FIRST: [u64; 8] = [0, 1, 8, 9, 4, 5, 12, 13];
    const SECOND: [u64; 8] = [2, 3, 10, 11, 6, 7, 14, 15];
    [a.permute(FIRST, b), c.permute(FIRST, d), a.permute(SECOND, b), c.permute(SECOND, d)]
}

/// One bit for each entry whose lowest bit is set.
#[inline(always)]
pub fn signs(entries: &[u32]) -> u32 {
    let mut mask = 0;
    for lane in 0..8 {
        mask |= (entries[lane] & 1) << lane;
    }
    mask
}

/// Writes words `8i` to `8i + 7` of eight points.
#[inline(always)]
pub fn scatter_row<F: Curve>(columns: [U64x8; 8], points: &mut [Affine<F>], i: usize) {
    let per_point = Affine::<F>::BYTES / 64;
    assert!(points.len() >= 8 && size_of::<Affine<F>>() == Affine::<F>::BYTES);
    let rows = transpose(columns);
    let start = points.as_mut_ptr().cast::<[u8; 64]>();
    for lane in 0..8 {
        // SAFETY: lane < 8 <= len and i < per_point, so the 64 bytes lie within a point; any bytes are a point's.
        rows[lane].store(unsafe { &mut *start.add(lane * per_point + i) });
    }
}
