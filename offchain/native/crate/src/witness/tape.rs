use core::ops::Range;

use super::compile::compile;
use super::error::TapeError;
use super::system::{Eliminated, System};
use crate::fields::Fr;

/// How the values of all wires follow from those of the inputs: the constraints in an order in which each leaves one wire to be
/// computed, or the binary digits of one value. What it computes is the only witness that there is; but where a division is one
/// of zero by zero, the wire is free, and 0, as circom's is.
pub struct Tape {
    pub(super) system: System,
    pub(super) stages: Vec<Stage>,
    pub(super) digits: Vec<Digit>,
    pub(super) others: Vec<Other>,
    /// Constraints that nothing was computed from.
    pub(super) checks: Vec<u32>,
}

/// Steps in their order, then divisions, which do not depend on each other: one inversion does for all of them.
#[derive(Default)]
pub struct Stage {
    pub steps: Vec<Step>,
    pub divisions: Vec<Division>,
}

pub enum Step {
    /// A wire that occurs in c alone.
    Solve {
        row: u32,
        wire: u32,
    },
    Split(Split),
}

/// Bits with a sum that is known: digits of the rest of the row, times `scale`.
pub struct Split {
    pub row: u32,
    pub from: Rest,
    pub scale: Fr,
    /// Of the tape's.
    pub digits: Range<u32>,
}

/// What a row has beside the wires in question, which are zero as yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rest {
    /// `a · b - c`
    Product,
    /// A side of a row that says that it has one of two values.
    Factor { side: u32 },
}

pub struct Digit {
    pub wire: u32,
    pub exponent: u32,
}

/// A wire with a factor that is known when it runs; where that is zero, the others are tried.
pub struct Division {
    pub row: u32,
    pub wire: u32,
    /// Of the tape's.
    pub others: Range<u32>,
}

/// Another row that determines a wire of a division.
#[derive(Clone, Copy)]
pub struct Other {
    pub row: u32,
    pub by: By,
}

#[derive(Clone, Copy)]
pub enum By {
    /// The factor of the wire, unless it is zero, too.
    Factor,
    /// The wire is in c, and this side is zero: so whatever the other side is, the product is zero.
    Zero { side: u32 },
}

impl Tape {
    /// Makes the tape of a circuit (`.r1cs`).
    ///
    /// # Errors
    /// `Undetermined` where the constraints alone do not say how to compute each wire, as of a maximum.
    pub fn compile(r1cs: &[u8], eliminated: &[Eliminated]) -> Result<Self, TapeError> {
        compile(System::parse(r1cs, eliminated)?)
    }

    /// Of the circuit, the constant included.
    pub fn wires(&self) -> usize {
        self.system.wires
    }

    /// Declared inputs, public ones first.
    pub fn inputs(&self) -> usize {
        self.system.inputs.len()
    }

    pub fn held_bytes(&self) -> usize {
        let stages = self
            .stages
            .iter()
            .map(|it| size_of_val(it.steps.as_slice()) + size_of_val(it.divisions.as_slice()));
        self.system.held_bytes()
            + stages.sum::<usize>()
            + size_of_val(self.digits.as_slice())
            + size_of_val(self.others.as_slice())
            + size_of_val(self.checks.as_slice())
    }
}
