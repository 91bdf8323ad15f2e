use core::ops::Range;

use super::development::SetupError;
use crate::fields::{Fr, FrModulus, Modulus};
use crate::groth16::{Sections, read_u32};

const HEADER: u32 = 1;
const CONSTRAINTS: u32 = 2;
const LABELS: u32 = 3;
const LABEL_BYTES: usize = 8;
const TERM_BYTES: usize = 36;
/// Of a constraint without a term: three counts.
const LEAST_ROW_BYTES: usize = 12;

/// A circuit as circom writes it (iden3's r1cs format, version 1).
pub struct R1cs<'a> {
    pub wires: usize,
    pub public_signals: usize,
    /// Of the public signals.
    pub outputs: usize,
    /// Declared; the compiler may have eliminated some.
    pub private_inputs: usize,
    pub constraints: usize,
    body: &'a [u8],
    labels: &'a [u8],
}

/// One coefficient of a linear combination of row `row`; `side` is 0, 1, 2 for a, b, c in `a · b = c`.
pub struct Term {
    pub side: usize,
    pub row: usize,
    pub wire: usize,
    pub value: Fr,
}

impl<'a> R1cs<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, SetupError> {
        let invalid = |_| SetupError::R1cs;
        let sections = Sections::parse(bytes, b"r1cs").map_err(invalid)?;
        let section =
            |id: u32| -> Result<Range<usize>, SetupError> { sections.get(id).map_err(invalid) };
        let header = &bytes[section(HEADER)?];
        let word = |at: usize| read_u32(header, at).map(|it| it as usize).ok_or(SetupError::R1cs);
        let prime = FrModulus::P.map(u64::to_le_bytes);
        if word(0)? != 32 || header.get(4..36) != Some(prime.as_flattened()) {
            return Err(SetupError::R1cs);
        }
        let own = Self {
            wires: word(36)?,
            public_signals: word(40)?.checked_add(word(44)?).ok_or(SetupError::R1cs)?,
            outputs: word(40)?,
            private_inputs: word(48)?,
            constraints: word(60)?,
            body: &bytes[section(CONSTRAINTS)?],
            labels: sections.get(LABELS).map_or(&[], |it| &bytes[it]),
        };
        // A count alone is not believed: memory is within a small multiple of the file's length.
        let is_held = own.wires <= bytes.len() / LABEL_BYTES
            && own.constraints <= own.body.len() / LEAST_ROW_BYTES;
        if own.public_signals >= own.wires || !is_held {
            return Err(SetupError::R1cs);
        }
        Ok(own)
    }

    /// Calls `visit` with every term, row by row.
    pub fn for_each_term(&self, mut visit: impl FnMut(Term)) -> Result<(), SetupError> {
        let mut at = 0;
        for row in 0..self.constraints {
            for side in 0..3 {
                let count = read_u32(self.body, at).ok_or(SetupError::R1cs)? as usize;
                at += 4;
                let terms = count
                    .checked_mul(TERM_BYTES)
                    .and_then(|it| self.body.get(at..at.checked_add(it)?))
                    .ok_or(SetupError::R1cs)?;
                at += terms.len();
                for term in terms.as_chunks::<TERM_BYTES>().0 {
                    let wire = read_u32(term, 0).ok_or(SetupError::R1cs)? as usize;
                    let value = term[4..].try_into().ok().and_then(Fr::from_bytes);
                    let value = value.ok_or(SetupError::R1cs)?;
                    if wire >= self.wires {
                        return Err(SetupError::R1cs);
                    }
                    visit(Term { side, row, wire, value });
                }
            }
        }
        Ok(())
    }

    /// The label of each wire, which counts the declared signals: the constant, outputs, public inputs, private inputs, then all
    /// else. `None` unless the file has one for each.
    pub fn labels(&self) -> Option<impl Iterator<Item = u64>> {
        let (labels, rest) = self.labels.as_chunks::<LABEL_BYTES>();
        (labels.len() == self.wires && rest.is_empty())
            .then(|| labels.iter().map(|it| u64::from_le_bytes(*it)))
    }

    /// Rows of the QAP: the constraints, and one that binds each public signal and the constant (`1 · wire`, in a).
    pub fn rows(&self) -> usize {
        self.constraints + self.public_signals + 1
    }
}
