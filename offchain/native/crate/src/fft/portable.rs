use core::sync::atomic::AtomicBool;

use super::roots::{bit_reverse, zetas};
use crate::fields::{Field, Fr};
use crate::parallel::{Cancelled, for_each};

/// Elements that stay in the second-level cache.
const BLOCK: usize = 1 << 12;

/// Tables for transforms of `2^power` elements, on any processor.
pub struct Portable {
    zetas: Vec<Fr>,
    inverse_zetas: Vec<Fr>,
}

impl Portable {
    /// `root` is one of order `2^(power + 1)`.
    pub fn new(power: u32, root: Fr) -> Self {
        let inverse = root.inverse().unwrap_or(Fr::ONE); // roots of unity are not zero
        let mut inverse_zetas = zetas(inverse, power);
        inverse_zetas.truncate((1 << power) / 2 + 1);
        Self { zetas: zetas(root, power), inverse_zetas }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<Fr>() * (self.zetas.len() + self.inverse_zetas.len())
    }

    /// As `Domain::quotient`.
    pub fn quotient(
        &self,
        values: [&[Fr]; 3],
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<Vec<[u64; 4]>, Cancelled> {
        let size = values[0].len();
        let power = size.trailing_zeros();
        let reversed = |it: &[Fr]| (0..size).map(|i| it[bit_reverse(i, power)]).collect::<Vec<_>>();
        let [mut a, mut b, mut c] = values.map(reversed);
        self.to_odd_points([&mut a, &mut b, &mut c], threads, cancel)?;
        let inverse = Fr::from_u64(size as u64).inverse().unwrap_or(Fr::ONE); // below r, not zero
        let scales = [inverse.square(), inverse];
        let mut result = vec![[0; 4]; size];
        let pieces = result.chunks_mut(BLOCK).enumerate().collect();
        for_each(threads, pieces, cancel, |(k, piece): (usize, &mut [[u64; 4]])| {
            for (i, it) in piece.iter_mut().enumerate() {
                let at = k * BLOCK + i;
                *it = (a[at] * b[at] * scales[0] - c[at] * scales[1]).to_canonical();
            }
        })?;
        Ok(result)
    }

    /// From values on the domain, bit-reversed, to the coefficients times the size; and from there to values on the odd
    /// points of the doubled domain, bit-reversed.
    fn to_odd_points(
        &self,
        polynomials: [&mut [Fr]; 3],
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<(), Cancelled> {
        let [a, b, c] = polynomials;
        let size = a.len();
        let block = size.min(BLOCK);
        let mut all = [a, b, c];
        for_each(threads, blocks(&mut all, block), cancel, |(k, elements)| {
            let mut half = 1;
            while half < block {
                self.merge(elements, k * (block / (2 * half)), half);
                half *= 2;
            }
        })?;
        let mut half = block;
        while half < size {
            for_each(threads, halves(&mut all, half), cancel, |(k, low, high)| {
                merge_all(low, high, self.inverse_zetas[k]);
            })?;
            half *= 2;
        }
        half = size / 2;
        while half >= block {
            for_each(threads, halves(&mut all, half), cancel, |(k, low, high)| {
                split_all(low, high, self.zetas[size / (2 * half) + k]);
            })?;
            half /= 2;
        }
        for_each(threads, blocks(&mut all, block), cancel, |(k, elements)| {
            let mut half = block / 2;
            while half > 0 {
                let first = size / (2 * half) + k * (block / (2 * half));
                for (i, node) in elements.chunks_exact_mut(2 * half).enumerate() {
                    let (low, high) = node.split_at_mut(half);
                    split_all(low, high, self.zetas[first + i]);
                }
                half /= 2;
            }
        })
    }

    fn merge(&self, elements: &mut [Fr], first: usize, half: usize) {
        for (i, node) in elements.chunks_exact_mut(2 * half).enumerate() {
            let (low, high) = node.split_at_mut(half);
            merge_all(low, high, self.inverse_zetas[first + i]);
        }
    }
}

fn split_all(low: &mut [Fr], high: &mut [Fr], zeta: Fr) {
    for (a, b) in low.iter_mut().zip(high) {
        let product = *b * zeta;
        (*a, *b) = (*a + product, *a - product);
    }
}

fn merge_all(low: &mut [Fr], high: &mut [Fr], inverse: Fr) {
    for (a, b) in low.iter_mut().zip(high) {
        (*a, *b) = (*a + *b, (*a - *b) * inverse);
    }
}

/// Blocks of all polynomials, each with its number within its polynomial.
pub fn blocks<'a, T>(all: &'a mut [&mut [T]; 3], size: usize) -> Vec<(usize, &'a mut [T])> {
    all.iter_mut().flat_map(|it| it.chunks_mut(size).enumerate()).collect()
}

/// Pieces of the halves of each node, with the number of the node within its level.
pub fn halves<'a, T>(
    all: &'a mut [&mut [T]; 3],
    half: usize,
) -> Vec<(usize, &'a mut [T], &'a mut [T])> {
    let mut pieces = Vec::new();
    for polynomial in all {
        for (k, node) in polynomial.chunks_exact_mut(2 * half).enumerate() {
            let (low, high) = node.split_at_mut(half);
            let pairs = low.chunks_mut(BLOCK).zip(high.chunks_mut(BLOCK));
            pieces.extend(pairs.map(|(low, high)| (k, low, high)));
        }
    }
    pieces
}
