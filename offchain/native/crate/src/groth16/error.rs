use core::fmt;

use crate::parallel::Cancelled;

/// Why a file is no proving key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyError {
    /// It does not begin as a zkey of version 1.
    Format,
    /// It ends within its table of sections.
    EndsEarly,
    SectionTwice(u32),
    SectionMissing(u32),
    /// The section's length does not fit the counts of the header.
    SectionLength {
        section: u32,
        expected: u64,
        found: u64,
    },
    /// Neither Groth16 (1) nor commit-and-prove Groth16 (20).
    Protocol(u32),
    /// Not over BN254.
    Curve,
    /// Counts of wires, public signals and rows that no circuit has.
    Counts,
    /// A point of the section is not canonical, not of the group, or infinity where it must not be.
    Point {
        section: u32,
    },
    /// An entry of the coefficients names a matrix, row or wire that does not exist.
    Coefficient {
        entry: u32,
    },
    /// Groups of committed wires do not follow the public ones without a gap.
    Groups,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => write!(f, "it is no zkey of version 1"),
            Self::EndsEarly => write!(f, "it ends early"),
            Self::SectionTwice(id) => write!(f, "section {id} occurs twice"),
            Self::SectionMissing(id) => write!(f, "section {id} is missing"),
            Self::SectionLength { section, expected, found } => {
                write!(f, "section {section} has {found} bytes where {expected} are due")
            }
            Self::Protocol(id) => write!(f, "protocol {id} is neither 1 nor 20"),
            Self::Curve => write!(f, "it is not over BN254"),
            Self::Counts => write!(f, "no circuit has its counts of wires, signals and rows"),
            Self::Point { section } => write!(f, "section {section} has a point that it may not"),
            Self::Coefficient { entry } => {
                write!(f, "coefficient {entry} names what does not exist")
            }
            Self::Groups => write!(f, "its committed wires do not follow its public ones"),
        }
    }
}

impl core::error::Error for KeyError {}

/// Why there is no proof. None tells a value of the witness.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProveError {
    WitnessLength {
        expected: usize,
        found: usize,
    },
    /// The value of the wire is not below r.
    WitnessValue {
        wire: usize,
    },
    /// The first wire is the constant 1.
    WitnessConstant,
    /// The key has no committed wires of that kind.
    NothingCommitted,
    Cancelled,
}

impl fmt::Display for ProveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WitnessLength { expected, found } => {
                write!(f, "the witness has {found} bytes where the key wants {expected}")
            }
            Self::WitnessValue { wire } => write!(f, "the value of wire {wire} is not below r"),
            Self::WitnessConstant => write!(f, "the witness does not begin with 1"),
            Self::NothingCommitted => write!(f, "the key commits to no such wires"),
            Self::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl core::error::Error for ProveError {}

impl From<Cancelled> for ProveError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
