use core::sync::atomic::AtomicBool;

use super::error::KeyError;
use super::sections::read_u32;
use crate::fields::{Field, Fr};
use crate::parallel::{Cancelled, for_each};

pub const ENTRY_BYTES: usize = 44;
const BLOCK: usize = 1 << 10;

/// The matrices a and b of a circuit, sorted by row. Values stay in the key's section, whose entries are
/// `matrix, row, wire: u32, value: 32 bytes` with the value v as `v · 2^512 mod r`.
pub struct Coefficients {
    /// Entries by matrix, then row.
    order: Vec<u32>,
    /// Entries of row i of matrix m are `order[starts[m · rows + i]..starts[m · rows + i + 1]]`.
    starts: Vec<u32>,
    rows: usize,
}

impl Coefficients {
    /// `section` has a count and that many entries.
    pub fn parse(section: &[u8], rows: usize, wires: usize) -> Result<Self, KeyError> {
        let count = (section.len() - 4) / ENTRY_BYTES;
        let mut starts = vec![0u32; 2 * rows + 2];
        let node = |entry: usize| {
            let at = 4 + entry * ENTRY_BYTES;
            let word = |i: usize| read_u32(section, at + 4 * i).map(|it| it as usize);
            match (word(0), word(1), word(2)) {
                (Some(matrix), Some(row), Some(wire))
                    if matrix < 2 && row < rows && wire < wires =>
                {
                    Ok(matrix * rows + row)
                }
                _ => Err(KeyError::Coefficient { entry: entry as u32 }),
            }
        };
        for entry in 0..count {
            starts[node(entry)? + 2] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut order = vec![0; count];
        for entry in 0..count {
            let next = &mut starts[node(entry)? + 1];
            order[*next as usize] = entry as u32;
            *next += 1;
        }
        starts.pop();
        Ok(Self { order, starts, rows })
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        4 * (self.order.len() + self.starts.len())
    }

    /// Values of a, b and their product on the domain; `wire(i)` is a value as an integer below r.
    pub fn evaluate(
        &self,
        section: &[u8],
        wire: impl Fn(usize) -> [u64; 4] + Sync,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<[Vec<Fr>; 3], Cancelled> {
        let mut values = [(); 3].map(|()| vec![Fr::ZERO; self.rows]);
        let [a, b, c] = &mut values;
        let pieces = a.chunks_mut(BLOCK).zip(b.chunks_mut(BLOCK)).zip(c.chunks_mut(BLOCK));
        for_each(threads, pieces.enumerate().collect(), cancel, |(k, ((a, b), c))| {
            for i in 0..a.len() {
                let row = k * BLOCK + i;
                a[i] = self.row(section, row, &wire);
                b[i] = self.row(section, self.rows + row, &wire);
                c[i] = a[i] * b[i];
            }
        })?;
        Ok(values)
    }

    fn row(&self, section: &[u8], node: usize, wire: &impl Fn(usize) -> [u64; 4]) -> Fr {
        let (from, to) = (self.starts[node] as usize, self.starts[node + 1] as usize);
        let mut sum = Fr::ZERO;
        for &entry in &self.order[from..to] {
            let at = 4 + entry as usize * ENTRY_BYTES;
            let index = read_u32(section, at + 8).map_or(0, |it| it as usize); // parsed before
            let factor = wire(index);
            if factor != [0; 4] {
                let value = Fr::reduce_montgomery(&section[at + 12..at + ENTRY_BYTES]);
                // v R^2 · w / R = (v w) R
                sum += value * Fr::from_raw(factor);
            }
        }
        sum
    }
}
