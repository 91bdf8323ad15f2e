use super::error::RunError;
use super::system::C;
use super::tape::{By, Division, Rest, Split, Step, Tape};
use crate::fields::{Field, Fr, FrModulus, Modulus, invert_all};

/// Of a `.wtns` file before the values: magic, version, count; section head, size, prime, count; section head.
const HEADER_BYTES: usize = 12 + (12 + 4 + 32 + 4) + 12;

impl Tape {
    /// Computes the content of a `.wtns` file.
    ///
    /// @param inputs values of the declared inputs, 32 bytes each, little-endian, below r
    ///
    /// # Errors
    /// `Violated` where no values of the wires satisfy the constraints at these inputs, or a division was by a zero that no other
    /// constraint makes up for.
    pub fn run(&self, inputs: &[u8]) -> Result<Vec<u8>, RunError> {
        let mut state =
            State { tape: self, values: vec![Fr::ZERO; self.system.places()], checks: vec![] };
        state.set_inputs(inputs)?;
        for stage in &self.stages {
            for step in &stage.steps {
                match step {
                    Step::Solve { row, wire } => state.solve(*row as usize, *wire),
                    Step::Split(split) => state.split(split),
                }
            }
            state.divide(&stage.divisions);
        }
        state.check()?;
        Ok(file(&state.values[..self.system.wires]))
    }
}

/// Values of wires, overwritten when it goes; those not computed yet are zero.
struct State<'a> {
    tape: &'a Tape,
    values: Vec<Fr>,
    /// Rows whose factor of the wire that they were to determine is zero: they hold, or no wire makes them.
    checks: Vec<u32>,
}

impl State<'_> {
    fn set_inputs(&mut self, inputs: &[u8]) -> Result<(), RunError> {
        let places = &self.tape.system.inputs;
        let (values, rest) = inputs.as_chunks::<32>();
        if values.len() != places.len() || !rest.is_empty() {
            let expected = 32 * places.len();
            return Err(RunError::InputLength { expected, found: inputs.len() });
        }
        self.values[0] = Fr::ONE;
        for (input, (bytes, &place)) in values.iter().zip(places).enumerate() {
            let value = Fr::from_bytes(bytes).ok_or(RunError::InputValue { input })?;
            self.values[place as usize] = value;
        }
        Ok(())
    }

    fn side(&self, row: usize, side: usize) -> Fr {
        self.tape.system.evaluate(row, side, &self.values)
    }

    /// `a · b - c`
    fn difference(&self, row: usize) -> Fr {
        let system = &self.tape.system;
        let is_linear = system.side(row, 0).is_empty() || system.side(row, 1).is_empty();
        let product = if is_linear { Fr::ZERO } else { self.side(row, 0) * self.side(row, 1) };
        product - self.side(row, C)
    }

    fn solve(&mut self, row: usize, wire: u32) {
        let system = &self.tape.system;
        let Some(term) = system.term_of(row, C, wire) else { return }; // it is there: the tape says so
        self.values[wire as usize] = self.difference(row) * system.inverse(term);
    }

    fn split(&mut self, split: &Split) {
        let row = split.row as usize;
        let rest = match split.from {
            Rest::Product => self.difference(row),
            Rest::Factor { side } => self.side(row, side as usize),
        };
        let limbs = (rest * split.scale).to_canonical();
        for digit in &self.tape.digits[split.digits.start as usize..split.digits.end as usize] {
            let bit = limbs[digit.exponent as usize / 64] >> (digit.exponent % 64) & 1;
            self.values[digit.wire as usize] = if bit == 1 { Fr::ONE } else { Fr::ZERO };
        }
    }

    /// Computes the wires of all divisions by one inversion.
    fn divide(&mut self, divisions: &[Division]) {
        let (mut denominators, mut numerators) = (Vec::new(), Vec::new());
        for it in divisions {
            let mut fraction = self.fraction_in(it.row as usize, it.wire);
            if fraction.0.is_zero() {
                self.checks.push(it.row);
                fraction = self.fraction_of_others(it).unwrap_or(fraction);
            }
            denominators.push(fraction.0);
            numerators.push(fraction.1);
        }
        invert_all(&mut denominators);
        for (it, (denominator, numerator)) in
            divisions.iter().zip(denominators.into_iter().zip(numerators))
        {
            self.values[it.wire as usize] = numerator * denominator;
        }
    }

    /// What determines a wire where its own row does not, if anything does.
    fn fraction_of_others(&self, division: &Division) -> Option<(Fr, Fr)> {
        let others = division.others.start as usize..division.others.end as usize;
        let others = self.tape.others[others].iter().map(|it| (it, it.row as usize));
        let mut told = others.filter_map(|(it, row)| match it.by {
            By::Factor => Some(self.fraction_in(row, division.wire)),
            By::Zero { side } if self.side(row, side as usize).is_zero() => {
                let term = self.tape.system.term_of(row, C, division.wire)?;
                Some((self.tape.system.coefficient(term), -self.side(row, C)))
            }
            By::Zero { .. } => None,
        });
        told.find(|it| !it.0.is_zero())
    }

    /// The denominator and numerator of a wire: `(a + u·w)(b + v·w) = c + t·w`, where u or v is zero. A denominator of zero where
    /// the row does not determine it.
    fn fraction_in(&self, row: usize, wire: u32) -> (Fr, Fr) {
        let system = &self.tape.system;
        let [a, b, c] = [0, 1, 2].map(|side| self.side(row, side));
        let factor = |side: usize| {
            system.term_of(row, side, wire).map_or(Fr::ZERO, |it| system.coefficient(it))
        };
        (factor(0) * b + factor(1) * a - factor(C), c - a * b)
    }

    fn check(&self) -> Result<(), RunError> {
        let mut rows = self.tape.checks.iter().chain(&self.checks).map(|it| *it as usize);
        match rows.find(|row| !self.difference(*row).is_zero()) {
            Some(constraint) => Err(RunError::Violated { constraint }),
            None => Ok(()),
        }
    }
}

impl Drop for State<'_> {
    fn drop(&mut self) {
        self.values.fill(Fr::ZERO);
        // The compiler may not leave it out as something that nobody reads.
        core::hint::black_box(&self.values);
    }
}

fn file(values: &[Fr]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER_BYTES + 32 * values.len());
    file.extend(b"wtns\x02\0\0\0\x02\0\0\0");
    file.extend(1u32.to_le_bytes());
    file.extend(40u64.to_le_bytes());
    file.extend(32u32.to_le_bytes());
    file.extend(FrModulus::P.map(u64::to_le_bytes).as_flattened());
    file.extend((values.len() as u32).to_le_bytes());
    file.extend(2u32.to_le_bytes());
    file.extend((32 * values.len() as u64).to_le_bytes());
    for it in values {
        file.extend(it.to_bytes());
    }
    file
}
