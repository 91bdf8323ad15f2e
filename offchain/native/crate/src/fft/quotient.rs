use core::sync::atomic::AtomicBool;

use super::portable::Portable;
use super::roots::{TWO_ADICITY, root_of_unity};
use crate::fields::Fr;
use crate::parallel::Cancelled;
#[cfg(target_arch = "x86_64")]
use crate::simd::{self, Transform};

/// A domain has at most `2^MAX_POWER` points: a root of twice the order is needed.
pub const MAX_POWER: u32 = TWO_ADICITY - 1;
/// Below it the wide transforms have too little to do at once.
#[cfg(target_arch = "x86_64")]
const MIN_WIDE_POWER: u32 = 6;

/// The points that the rows of a circuit are interpolated over, and the tables for it.
pub struct Domain {
    power: u32,
    tables: Tables,
}

enum Tables {
    Portable(Portable),
    #[cfg(target_arch = "x86_64")]
    Wide(Transform),
}

impl Domain {
    /// # Panics
    /// If `power > MAX_POWER`.
    pub fn new(power: u32) -> Self {
        #[cfg(target_arch = "x86_64")]
        if (MIN_WIDE_POWER..=MAX_POWER).contains(&power) && simd::available() {
            let tables = Tables::Wide(Transform::new(power, root_of_unity(power + 1)));
            return Self { power, tables };
        }
        Self::portable(power)
    }

    /// The same on any processor.
    ///
    /// # Panics
    /// If `power > MAX_POWER`.
    pub fn portable(power: u32) -> Self {
        assert!(power <= MAX_POWER);
        let tables = Tables::Portable(Portable::new(power, root_of_unity(power + 1)));
        Self { power, tables }
    }

    pub fn power(&self) -> u32 {
        self.power
    }

    pub fn size(&self) -> usize {
        1 << self.power
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match &self.tables {
            Tables::Portable(it) => it.bytes(),
            #[cfg(target_arch = "x86_64")]
            Tables::Wide(it) => it.bytes(),
        }
    }

    /// Most bytes that a quotient takes with its inputs.
    pub fn quotient_bytes(power: u32) -> usize {
        (3 * (32 + 40) + 32) << power
    }

    /// `a · b - c` on the odd points of the doubled domain, as integers below r, in bit-reversed order: there it is minus
    /// twice the quotient by the vanishing polynomial. Inputs are values on the domain.
    pub fn quotient(
        &self,
        values: [&[Fr]; 3],
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<Vec<[u64; 4]>, Cancelled> {
        assert!(values.iter().all(|it| it.len() == self.size()));
        match &self.tables {
            Tables::Portable(it) => it.quotient(values, threads, cancel),
            #[cfg(target_arch = "x86_64")]
            Tables::Wide(it) => it.quotient(values, threads, cancel),
        }
    }
}
