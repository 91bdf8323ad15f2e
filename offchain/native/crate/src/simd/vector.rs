use core::arch::x86_64::*;

/// Eight 64-bit words. All its operations are AVX-512: nothing may make one unless `available()` is true, and every loop
/// over them stands in a function with `#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]`, which they are inlined
/// into.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct U64x8(__m512i);

pub const LOW_52: u64 = (1 << 52) - 1;

macro_rules! operation {
    ($(#[$doc:meta])* $name:ident, $intrinsic:ident $(, $other:ident)*) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(self $(, $other: Self)*) -> Self {
            // SAFETY: a vector exists, so the processor has AVX-512 F, DQ and IFMA.
            Self(unsafe { $intrinsic(self.0 $(, $other.0)*) })
        }
    };
}

impl U64x8 {
    #[inline(always)]
    pub fn splat(word: u64) -> Self {
        // SAFETY: callers come through `available()`.
        Self(unsafe { _mm512_set1_epi64(word as i64) })
    }

    #[inline(always)]
    pub fn from_array(words: [u64; 8]) -> Self {
        // SAFETY: callers come through `available()`; eight words are readable.
        Self(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
    }

    #[inline(always)]
    pub fn to_array(self) -> [u64; 8] {
        let mut words = [0; 8];
        // SAFETY: a vector exists; eight words are writable.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), self.0) };
        words
    }

    /// Loads 64 bytes.
    #[inline(always)]
    pub fn load(bytes: &[u8; 64]) -> Self {
        // SAFETY: callers come through `available()`; 64 bytes are readable, at any alignment.
        Self(unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) })
    }

    /// Loads 32 bytes into the lower half, 32 into the upper.
    #[inline(always)]
    pub fn load_halves(low: &[u8; 32], high: &[u8; 32]) -> Self {
        // SAFETY: callers come through `available()`; 32 bytes each are readable, at any alignment.
        Self(unsafe {
            let low = _mm512_castsi256_si512(_mm256_loadu_si256(low.as_ptr().cast()));
            _mm512_inserti64x4::<1>(low, _mm256_loadu_si256(high.as_ptr().cast()))
        })
    }

    /// Stores 64 bytes.
    #[inline(always)]
    pub fn store(self, bytes: &mut [u8; 64]) {
        // SAFETY: a vector exists; 64 bytes are writable, at any alignment.
        unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), self.0) };
    }

    operation!(
        /// Wrapping.
        add, _mm512_add_epi64, other
    );
    operation!(
        /// Wrapping.
        sub, _mm512_sub_epi64, other
    );
    operation!(and, _mm512_and_si512, other);
    operation!(or, _mm512_or_si512, other);
    operation!(
        /// Adds the low half of the 104-bit product of the low 52 bits of `a` and `b`.
        add_low, _mm512_madd52lo_epu64, a, b
    );
    operation!(
        /// Adds the high half of the 104-bit product of the low 52 bits of `a` and `b`.
        add_high, _mm512_madd52hi_epu64, a, b
    );
    operation!(interleave_low, _mm512_unpacklo_epi64, other);
    operation!(interleave_high, _mm512_unpackhi_epi64, other);

    #[inline(always)]
    pub fn shift_left<const N: u32>(self) -> Self {
        // SAFETY: a vector exists.
        Self(unsafe { _mm512_slli_epi64::<N>(self.0) })
    }

    #[inline(always)]
    pub fn shift_right<const N: u32>(self) -> Self {
        // SAFETY: a vector exists.
        Self(unsafe { _mm512_srli_epi64::<N>(self.0) })
    }

    /// Keeps the sign.
    #[inline(always)]
    pub fn shift_right_signed<const N: u32>(self) -> Self {
        // SAFETY: a vector exists.
        Self(unsafe { _mm512_srai_epi64::<N>(self.0) })
    }

    /// Two of the four pairs of words of `self`, then two of `other`, by the bits of `ORDER`.
    #[inline(always)]
    pub fn pairs<const ORDER: i32>(self, other: Self) -> Self {
        // SAFETY: a vector exists.
        Self(unsafe { _mm512_shuffle_i64x2::<ORDER>(self.0, other.0) })
    }

    /// Word i is that of `table` at the low four bits of index i.
    #[inline(always)]
    pub fn look_up(table: &[u64; 16], indices: Self) -> Self {
        // SAFETY: a vector exists; sixteen words are readable.
        Self(unsafe {
            let low = _mm512_loadu_si512(table.as_ptr().cast());
            let high = _mm512_loadu_si512(table.as_ptr().add(8).cast());
            _mm512_permutex2var_epi64(low, indices.0, high)
        })
    }

    /// Word i is that of `self` followed by `other` at index i.
    #[inline(always)]
    pub fn permute(self, indices: [u64; 8], other: Self) -> Self {
        // SAFETY: a vector exists.
        Self(unsafe { _mm512_permutex2var_epi64(self.0, Self::from_array(indices).0, other.0) })
    }

    /// One bit for each equal word.
    #[inline(always)]
    pub fn equal(self, other: Self) -> u32 {
        // SAFETY: a vector exists.
        u32::from(unsafe { _mm512_cmpeq_epi64_mask(self.0, other.0) })
    }

    /// Words of `other` where the mask has a bit.
    #[inline(always)]
    pub fn select(self, mask: u32, other: Self) -> Self {
        // SAFETY: a vector exists.
        Self(unsafe { _mm512_mask_blend_epi64(mask as u8, self.0, other.0) })
    }
}

/// Rows to columns.
#[inline(always)]
pub fn transpose(r: [U64x8; 8]) -> [U64x8; 8] {
    let even = columns(
        r[0].interleave_low(r[1]),
        r[2].interleave_low(r[3]),
        r[4].interleave_low(r[5]),
        r[6].interleave_low(r[7]),
    );
    let odd = columns(
        r[0].interleave_high(r[1]),
        r[2].interleave_high(r[3]),
        r[4].interleave_high(r[5]),
        r[6].interleave_high(r[7]),
    );
    [even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3]]
}

/// Every second column, from rows that are interleaved in pairs.
#[inline(always)]
fn columns(r01: U64x8, r23: U64x8, r45: U64x8, r67: U64x8) -> [U64x8; 4] {
    let (a, b) = (r01.pairs::<0x88>(r23), r45.pairs::<0x88>(r67));
    let (c, d) = (r01.pairs::<0xdd>(r23), r45.pairs::<0xdd>(r67));
    [a.pairs::<0x88>(b), c.pairs::<0x88>(d), a.pairs::<0xdd>(b), c.pairs::<0xdd>(d)]
}
