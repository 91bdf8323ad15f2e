//! Tapes of circuits, and what is done with them.

use crate::abi::Value;
use crate::failure::Failure;
use crate::registry::Registry;
use crate::scope::{Answer, Scope};
use crate::task;
use crate::wires::{self, Wires};
use std::sync::Arc;
use vouch_prover::fields::Fr;
use vouch_prover::witness::{Eliminated, RunError, Tape, TapeError};

static TAPES: Registry<Tape> = Registry::new();

/// `(path, eliminated inputs)`: makes the tape of an r1cs file, and says what it is.
pub fn open_tape(scope: &Scope) -> Result<Value, Failure> {
    let (path, eliminated) = (scope.text(0)?, scope.bytes(1)?);
    task::spawn(scope, Arc::default(), move || {
        let eliminated = parse(&eliminated)
            .ok_or_else(|| Failure::new("CIRCUIT_INVALID", TapeError::Eliminated.to_string()))?;
        let r1cs = std::fs::read(&path)
            .map_err(|error| Failure::new("CIRCUIT_UNREADABLE", error.to_string()))?;
        let tape = Tape::compile(&r1cs, &eliminated).map_err(|error| {
            let code = match error {
                TapeError::R1cs | TapeError::Eliminated => "CIRCUIT_INVALID",
                TapeError::Undetermined { .. } => "CIRCUIT_UNDETERMINED",
            };
            Failure::new(code, error.to_string())
        })?;
        let facts = [
            (c"bytes", tape.held_bytes() as f64),
            (c"wires", tape.wires() as f64),
            (c"inputs", tape.inputs() as f64),
        ];
        let id = TAPES.add(tape);
        Ok(Answer::Record([(c"id", f64::from(id))].into_iter().chain(facts).collect()))
    })
}

/// `(tape)`: forgets a tape; its memory goes with the last witness that is computed from it.
pub fn close_tape(scope: &Scope) -> Result<Value, Failure> {
    TAPES.remove(scope.count(0)?);
    scope.value(Answer::Undefined)
}

/// `(tape, inputs)`: the content of a `.wtns` file.
pub fn run_tape(scope: &Scope) -> Result<Value, Failure> {
    let tape = TAPES
        .get(scope.count(0)?)
        .ok_or_else(|| Failure::new("TAPE_CLOSED", "no tape has that number"))?;
    let inputs = Wires::copy(scope, 1)?;
    task::spawn(scope, Arc::default(), move || {
        let witness = tape.run(inputs.all()).map_err(|error| {
            let code = match error {
                RunError::Violated { .. } => "WITNESS_REFUSED",
                RunError::InputLength { .. } | RunError::InputValue { .. } => "WITNESS_INVALID",
            };
            Failure::new(code, error.to_string())
        })?;
        Ok(Answer::Bytes(witness))
    })
}

/// Inputs one behind the other: place, count of terms; of each term wire and coefficient.
fn parse(mut left: &[u8]) -> Option<Vec<Eliminated>> {
    let mut eliminated = Vec::new();
    while !left.is_empty() {
        let (input, count) = (wires::take(&mut left)?, wires::take(&mut left)?);
        let mut terms = Vec::new();
        for _ in 0..count {
            let wire = wires::take(&mut left)?;
            let (coefficient, rest) = left.split_first_chunk::<32>()?;
            terms.push((wire, Fr::from_bytes(coefficient)?));
            left = rest;
        }
        eliminated.push(Eliminated { input: input as usize, terms });
    }
    Some(eliminated)
}
