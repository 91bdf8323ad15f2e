use std::collections::HashMap;

use super::error::TapeError;
use crate::fields::{Field, Fr, invert_all};
use crate::setup::R1cs;

/// Sides of a constraint `a · b = c`.
pub const SIDES: usize = 3;
pub const C: usize = 2;

/// `coefficient · wire`, the coefficient by its place in the table.
#[derive(Clone, Copy)]
pub struct Term {
    pub wire: u32,
    pub coefficient: u32,
}

/// Places of the most frequent coefficients.
const ONE: u32 = 0;
const MINUS_ONE: u32 = 1;

/// An input that the compiler took off the wires, as its linear constraint has it: `value = Σ coefficient · wire`.
pub struct Eliminated {
    /// Its place among the declared inputs, from 0.
    pub input: usize,
    pub terms: Vec<(u32, Fr)>,
}

/// The constraints of a circuit. Behind the circuit's wires there is one for each eliminated input, and behind its constraints one
/// that says what it is.
pub struct System {
    /// Of the circuit.
    pub wires: usize,
    /// Of the circuit.
    pub constraints: usize,
    /// The wire of each declared input.
    pub inputs: Vec<u32>,
    pub coefficients: Vec<Fr>,
    /// Of the coefficients, none of which is zero.
    pub inverses: Vec<Fr>,
    terms: Vec<Term>,
    /// Where each side of each constraint ends.
    ends: Vec<u32>,
}

impl System {
    pub fn parse(r1cs: &[u8], eliminated: &[Eliminated]) -> Result<Self, TapeError> {
        let r1cs = R1cs::parse(r1cs).map_err(|_| TapeError::R1cs)?;
        // Each wire has a label in the file, so memory is within a small multiple of its length.
        let labels = r1cs.labels().ok_or(TapeError::R1cs)?;
        let inputs = inputs_of(&r1cs, labels, eliminated)?;
        let mut builder = Builder::new(r1cs.constraints);
        let mut is_valid = true;
        // The side that each wire was on last, counted from 1: on none it is twice.
        let mut sides = vec![0; r1cs.wires];
        let mut is_new = |side: usize, wire: usize| {
            core::mem::replace(&mut sides[wire], side as u32 + 1) != side as u32 + 1
        };
        r1cs.for_each_term(|it| {
            let side = SIDES * it.row + it.side;
            is_valid &= !it.value.is_zero() && is_new(side, it.wire);
            builder.push(side, it.wire as u32, it.value);
        })
        .map_err(|_| TapeError::R1cs)?;
        for (k, it) in eliminated.iter().enumerate() {
            let side = SIDES * (r1cs.constraints + k) + C;
            for &(wire, value) in &it.terms {
                let place = wire as usize;
                is_valid &= !value.is_zero() && place < r1cs.wires && is_new(side, place);
                builder.push(side, wire, value);
            }
            builder.push(side, (r1cs.wires + k) as u32, -Fr::ONE);
        }
        if !is_valid {
            return Err(TapeError::R1cs);
        }
        let rows = r1cs.constraints + eliminated.len();
        Ok(builder.finish(r1cs.wires, r1cs.constraints, rows, inputs))
    }

    /// Constraints, those of eliminated inputs included.
    pub fn rows(&self) -> usize {
        self.ends.len() / SIDES
    }

    /// Wires, those of eliminated inputs included.
    pub fn places(&self) -> usize {
        self.wires + self.rows() - self.constraints
    }

    pub fn side(&self, row: usize, side: usize) -> &[Term] {
        let at = SIDES * row + side;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.terms[start as usize..self.ends[at] as usize]
    }

    /// Terms of all sides.
    pub fn row(&self, row: usize) -> &[Term] {
        let start = if row == 0 { 0 } else { self.ends[SIDES * row - 1] };
        &self.terms[start as usize..self.ends[SIDES * row + C] as usize]
    }

    pub fn coefficient(&self, term: Term) -> Fr {
        self.coefficients[term.coefficient as usize]
    }

    pub fn inverse(&self, term: Term) -> Fr {
        self.inverses[term.coefficient as usize]
    }

    /// The coefficient of a wire on a side, if it is there.
    pub fn term_of(&self, row: usize, side: usize, wire: u32) -> Option<Term> {
        self.side(row, side).iter().find(|it| it.wire == wire).copied()
    }

    /// `Σ coefficient · value`. Most coefficients are 1 or -1, most other values bits.
    pub fn evaluate(&self, row: usize, side: usize, values: &[Fr]) -> Fr {
        let mut sum = Fr::ZERO;
        for it in self.side(row, side) {
            let value = values[it.wire as usize];
            match it.coefficient {
                ONE => sum += value,
                MINUS_ONE => sum -= value,
                _ if value.is_zero() => {}
                other if value == Fr::ONE => sum += self.coefficients[other as usize],
                other => sum += self.coefficients[other as usize] * value,
            }
        }
        sum
    }

    pub fn held_bytes(&self) -> usize {
        size_of_val(self.terms.as_slice())
            + size_of_val(self.ends.as_slice())
            + size_of_val(self.coefficients.as_slice()) * 2
            + size_of_val(self.inputs.as_slice())
    }
}

/// The wire of each declared input, by the labels of the wires; those that are on none come behind all wires.
fn inputs_of(
    r1cs: &R1cs,
    labels: impl Iterator<Item = u64>,
    eliminated: &[Eliminated],
) -> Result<Vec<u32>, TapeError> {
    const NONE: u32 = u32::MAX;
    let count = r1cs.public_signals - r1cs.outputs;
    let count = count.checked_add(r1cs.private_inputs).ok_or(TapeError::R1cs)?;
    // An input is on a wire or is said to be eliminated.
    if count > r1cs.wires + eliminated.len() {
        return Err(TapeError::Eliminated);
    }
    let mut inputs = vec![NONE; count];
    let first = r1cs.outputs as u64 + 1;
    for (wire, label) in labels.enumerate() {
        let place = label.checked_sub(first).and_then(|it| usize::try_from(it).ok());
        if let Some(input) = place.and_then(|it| inputs.get_mut(it)) {
            if wire == 0 {
                return Err(TapeError::R1cs); // the constant is no input
            }
            *input = wire as u32;
        }
    }
    for (k, it) in eliminated.iter().enumerate() {
        let input = inputs.get_mut(it.input).ok_or(TapeError::Eliminated)?;
        if *input != NONE {
            return Err(TapeError::Eliminated);
        }
        *input = u32::try_from(r1cs.wires + k).map_err(|_| TapeError::R1cs)?;
    }
    // One of which nothing is known: whether anything depends on it, the constraints cannot tell.
    if inputs.contains(&NONE) { Err(TapeError::Eliminated) } else { Ok(inputs) }
}

struct Builder {
    places: HashMap<[u64; 4], u32>,
    coefficients: Vec<Fr>,
    terms: Vec<Term>,
    ends: Vec<u32>,
}

impl Builder {
    fn new(constraints: usize) -> Self {
        let coefficients = vec![Fr::ONE, -Fr::ONE];
        let places = [(Fr::ONE.raw(), ONE), ((-Fr::ONE).raw(), MINUS_ONE)].into();
        // Reserved within what the file can hold: a count alone is not believed.
        let ends = Vec::with_capacity(SIDES * constraints.min(1 << 20));
        Self { places, coefficients, terms: Vec::new(), ends }
    }

    /// Adds a term to a side, the same as before or one behind it.
    fn push(&mut self, side: usize, wire: u32, value: Fr) {
        self.close(side);
        let coefficient = if value == Fr::ONE {
            ONE
        } else {
            *self.places.entry(value.raw()).or_insert_with(|| {
                self.coefficients.push(value);
                (self.coefficients.len() - 1) as u32
            })
        };
        self.terms.push(Term { wire, coefficient });
    }

    /// Ends all sides before this one.
    fn close(&mut self, side: usize) {
        while self.ends.len() < side {
            self.ends.push(self.terms.len() as u32);
        }
    }

    fn finish(mut self, wires: usize, constraints: usize, rows: usize, inputs: Vec<u32>) -> System {
        self.close(SIDES * rows);
        let mut inverses = self.coefficients.clone();
        invert_all(&mut inverses);
        let Self { coefficients, terms, ends, .. } = self;
        System { wires, constraints, inputs, coefficients, inverses, terms, ends }
    }
}
