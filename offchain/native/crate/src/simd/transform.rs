use core::sync::atomic::AtomicBool;

use super::field::Wide;
use super::vector::{U64x8, transpose};
use crate::fft::{bit_reverse, blocks, halves, zetas};
use crate::fields::{Field, Fr, FrModulus};
use crate::parallel::{Cancelled, for_each};

type WideFr = Wide<FrModulus>;

/// Vectors that stay in the second-level cache, three times over.
const BLOCK: usize = 512;
/// Elements that the innermost levels take together: eight vectors.
const GROUP: usize = 64;

/// Tables for transforms of at least 64 elements, eight at a time. Element i is in lane `i % 8` of vector `i / 8`.
pub struct Transform {
    size: usize,
    /// Digits of zeta_k times 2^260, for the levels that pair whole vectors.
    zetas: Vec<[u64; 5]>,
    inverse_zetas: Vec<[u64; 5]>,
    /// For each group, the factors of its innermost levels: four vectors for halves of 1, two for 2, one for 4.
    inner: Vec<[WideFr; 7]>,
    inner_inverse: Vec<[WideFr; 7]>,
    /// Montgomery factors that take `a · b` and `c` to integers.
    scales: [[u64; 4]; 2],
}

impl Transform {
    /// `root` is one of order `2^(power + 1)`; `power >= 6`, and the processor has what `available()` asks for.
    pub fn new(power: u32, root: Fr) -> Self {
        let size = 1usize << power;
        let inverse = root.inverse().unwrap_or(Fr::ONE); // roots of unity are not zero
        let sixteen = Fr::from_u64(16);
        let times_16 = |table: Vec<Fr>| table.into_iter().map(|it| it * sixteen).collect();
        let forward: Vec<Fr> = times_16(zetas(root, power));
        let backward: Vec<Fr> = times_16(zetas(inverse.square(), power - 1));
        let outer = |table: &[Fr], count: usize| {
            table[..count].iter().map(|it| WideFr::digits_of(it.raw())).collect()
        };
        // Nodes of the odd half of the tree: from size / (2 · half) on.
        let inner = |table: &[Fr], odd: usize| {
            let factors = |group: usize, half: usize, i: usize| {
                let nodes = 4 / half;
                let first = odd * size / (2 * half) + group * 8 * nodes + i;
                let lanes = core::array::from_fn(|lane| table[first + lane * nodes].raw());
                WideFr::from_lanes(&lanes)
            };
            (0..size / GROUP)
                .map(|g| {
                    [(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (4, 0)]
                        .map(|(half, i)| factors(g, half, i))
                })
                .collect()
        };
        let size_inverse = Fr::from_u64(size as u64).inverse().unwrap_or(Fr::ONE); // below r, not zero
        Self {
            size,
            zetas: outer(&forward, size / 8),
            inverse_zetas: outer(&backward, size / 16),
            inner: inner(&forward, 1),
            inner_inverse: inner(&backward, 0),
            // a b 2^512 / 2^260 · 2^8 n^-2 / 2^260 = a b / n^2, and c 2^256 · 2^4 n^-1 / 2^260 = c / n
            scales: [
                (size_inverse.square() * Fr::from_u64(256)).to_canonical(),
                (size_inverse * sixteen).to_canonical(),
            ],
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        40 * (self.zetas.len() + self.inverse_zetas.len())
            + size_of::<[WideFr; 7]>() * (self.inner.len() + self.inner_inverse.len())
    }

    /// As `Domain::quotient`.
    pub fn quotient(
        &self,
        values: [&[Fr]; 3],
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<Vec<[u64; 4]>, Cancelled> {
        let vectors = self.size / 8;
        let mut data = [(); 3].map(|()| vec![WideFr::splat([0; 4]); vectors]);
        let mut all = data.each_mut().map(Vec::as_mut_slice);
        let block = vectors.min(BLOCK);
        let per_polynomial = vectors / block;
        let pieces = blocks(&mut all, block).into_iter().enumerate().collect();
        for_each(threads, pieces, cancel, |(i, (k, piece)): (usize, (usize, &mut [WideFr]))| {
            // SAFETY: a `Transform` is made only where `available()` found these instructions.
            unsafe { self.load(values[i / per_polynomial], k, piece) }
        })?;
        let mut half = block;
        while half < vectors {
            for_each(threads, halves(&mut all, half), cancel, |(k, low, high)| {
                // SAFETY: as above.
                unsafe { merge(low, high, self.inverse_zetas[k]) }
            })?;
            half *= 2;
        }
        half = vectors / 2;
        while half >= block {
            for_each(threads, halves(&mut all, half), cancel, |(k, low, high)| {
                // SAFETY: as above.
                unsafe { split(low, high, self.zetas[vectors / (2 * half) + k]) }
            })?;
            half /= 2;
        }
        let mut result = vec![[0; 4]; self.size];
        let [a, b, c] = all;
        let pieces = a.chunks_mut(block).zip(b.chunks_mut(block)).zip(c.chunks_mut(block));
        let pieces = pieces.zip(result.chunks_mut(8 * block)).enumerate().collect();
        type Piece<'a> =
            (((&'a mut [WideFr], &'a mut [WideFr]), &'a mut [WideFr]), &'a mut [[u64; 4]]);
        for_each(threads, pieces, cancel, |(k, (((a, b), c), result)): (usize, Piece)| {
            // SAFETY: as above.
            unsafe { self.finish(k, [a, b, c], result) }
        })?;
        Ok(result)
    }

    /// The k-th block of the bit-reversed values, merged as far as it goes.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn load(&self, values: &[Fr], k: usize, block: &mut [WideFr]) {
        let power = self.size.trailing_zeros();
        let groups = block.len() / 8;
        for (i, group) in block.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            let g = k * groups + i;
            // Vector r has element 8 · lane + r of the group in each lane.
            let mut v = [WideFr::splat([0; 4]); 8];
            for (r, vector) in v.iter_mut().enumerate() {
                let mut lanes = [[0; 4]; 8];
                for (lane, limbs) in lanes.iter_mut().enumerate() {
                    *limbs = values[bit_reverse(GROUP * g + 8 * lane + r, power)].raw();
                }
                *vector = WideFr::from_lanes(&lanes);
            }
            let factors = &self.inner_inverse[g];
            for q in 0..4 {
                merge_one(&mut v, 2 * q, 1, factors[q]);
            }
            for r in [0, 1, 4, 5] {
                merge_one(&mut v, r, 2, factors[4 + r / 4]);
            }
            for r in 0..4 {
                merge_one(&mut v, r, 4, factors[6]);
            }
            *group = swap_lanes(&v);
        }
        let mut half = 1;
        while half < block.len() {
            let first = k * (block.len() / (2 * half));
            for (i, node) in block.chunks_exact_mut(2 * half).enumerate() {
                let (low, high) = node.split_at_mut(half);
                merge(low, high, self.inverse_zetas[first + i]);
            }
            half *= 2;
        }
    }

    /// Splits the k-th block of all three as far as it goes and joins them.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn finish(&self, k: usize, blocks: [&mut [WideFr]; 3], result: &mut [[u64; 4]]) {
        let [a, b, c] = blocks;
        let length = a.len();
        for block in [&mut *a, &mut *b, &mut *c] {
            let mut half = length / 2;
            while half > 0 {
                let first = self.size / (16 * half) + k * (length / (2 * half));
                for (i, node) in block.chunks_exact_mut(2 * half).enumerate() {
                    let (low, high) = node.split_at_mut(half);
                    split(low, high, self.zetas[first + i]);
                }
                half /= 2;
            }
        }
        let [scale_ab, scale_c] = [WideFr::splat(self.scales[0]), WideFr::splat(self.scales[1])];
        let (a, b, c) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0, c.as_chunks::<8>().0);
        for (i, out) in result.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
            let factors = &self.inner[k * (length / 8) + i];
            let (a, b, c) = (
                split_inner(&a[i], factors),
                split_inner(&b[i], factors),
                split_inner(&c[i], factors),
            );
            for r in 0..8 {
                let value = a[r].mul(b[r]).mul(scale_ab).sub(c[r].mul(scale_c));
                for (lane, limbs) in value.to_lanes().into_iter().enumerate() {
                    out[8 * lane + r] = limbs;
                }
            }
        }
    }
}

#[inline(always)]
fn split_inner(group: &[WideFr; 8], factors: &[WideFr; 7]) -> [WideFr; 8] {
    let mut v = swap_lanes(group);
    for r in 0..4 {
        split_one(&mut v, r, 4, factors[6]);
    }
    for r in [0, 1, 4, 5] {
        split_one(&mut v, r, 2, factors[4 + r / 4]);
    }
    for q in 0..4 {
        split_one(&mut v, 2 * q, 1, factors[q]);
    }
    v
}

#[inline(always)]
fn merge_one(v: &mut [WideFr; 8], i: usize, half: usize, factor: WideFr) {
    let (a, b) = (v[i], v[i + half]);
    v[i] = a.add(b);
    v[i + half] = a.sub_lazy(b).mul(factor);
}

#[inline(always)]
fn split_one(v: &mut [WideFr; 8], i: usize, half: usize, factor: WideFr) {
    let (a, product) = (v[i], v[i + half].mul(factor));
    v[i] = a.add(product);
    v[i + half] = a.sub(product);
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn merge(low: &mut [WideFr], high: &mut [WideFr], factor: [u64; 5]) {
    let factor = WideFr::splat_digits(factor);
    for (a, b) in low.iter_mut().zip(high) {
        (*a, *b) = (a.add(*b), a.sub_lazy(*b).mul(factor));
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn split(low: &mut [WideFr], high: &mut [WideFr], factor: [u64; 5]) {
    let factor = WideFr::splat_digits(factor);
    for (a, b) in low.iter_mut().zip(high) {
        let product = b.mul(factor);
        (*a, *b) = (a.add(product), a.sub(product));
    }
}

/// Lane i of vector j becomes lane j of vector i.
#[inline(always)]
fn swap_lanes(v: &[WideFr; 8]) -> [WideFr; 8] {
    let mut digits = [[U64x8::splat(0); 5]; 8];
    for d in 0..5 {
        let mut rows = [U64x8::splat(0); 8];
        for i in 0..8 {
            rows[i] = v[i].digits()[d];
        }
        let columns = transpose(rows);
        for i in 0..8 {
            digits[i][d] = columns[i];
        }
    }
    let mut swapped = *v;
    for i in 0..8 {
        swapped[i] = Wide::from_digits(digits[i]);
    }
    swapped
}
