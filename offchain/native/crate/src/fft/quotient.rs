use core::sync::atomic::AtomicBool;

use super::portable::Portable;
use super::roots::{TWO_ADICITY, root_of_unity};
use crate::fields::{Field, Fr};
use crate::parallel::{Cancelled, for_each};

/// A domain has at most `2^MAX_POWER` points: a root of twice the order is needed.
pub const MAX_POWER: u32 = TWO_ADICITY - 1;
const BLOCK: usize = 1 << 12;

/// The points that the rows of a circuit are interpolated over, and the tables for it.
pub struct Domain {
    power: u32,
    tables: Portable,
    /// `size^-2` and `size^-1`.
    scales: [Fr; 2],
}

impl Domain {
    /// # Panics
    /// If `power > MAX_POWER`.
    pub fn new(power: u32) -> Self {
        assert!(power <= MAX_POWER);
        let inverse = Fr::from_u64(1 << power).inverse().unwrap_or(Fr::ONE); // below r, not zero
        Self {
            power,
            tables: Portable::new(power, root_of_unity(power + 1)),
            scales: [inverse.square(), inverse],
        }
    }

    pub fn power(&self) -> u32 {
        self.power
    }

    pub fn size(&self) -> usize {
        1 << self.power
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.tables.bytes()
    }

    /// Most bytes that a quotient takes with its inputs.
    pub fn quotient_bytes(power: u32) -> usize {
        3 * size_of::<Fr>() << power
    }

    /// `a · b - c` on the odd points of the doubled domain, as integers below r, in bit-reversed order: there it is minus
    /// twice the quotient by the vanishing polynomial. Inputs are values on the domain, in bit-reversed order.
    pub fn quotient(
        &self,
        mut a: Vec<Fr>,
        mut b: Vec<Fr>,
        mut c: Vec<Fr>,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<Vec<[u64; 4]>, Cancelled> {
        self.tables.to_odd_points([&mut a, &mut b, &mut c], threads, cancel)?;
        let mut result = vec![[0; 4]; a.len()];
        let pieces = result.chunks_mut(BLOCK).enumerate().collect();
        for_each(threads, pieces, cancel, |(k, piece): (usize, &mut [[u64; 4]])| {
            for (i, it) in piece.iter_mut().enumerate() {
                let at = k * BLOCK + i;
                *it = (a[at] * b[at] * self.scales[0] - c[at] * self.scales[1]).to_canonical();
            }
        })?;
        Ok(result)
    }
}
