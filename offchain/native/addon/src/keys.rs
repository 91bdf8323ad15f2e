//! Keys that are open, and what is done with them.

use crate::failure::Failure;
use crate::key_file::{self, Origin};
use crate::registry::Registry;
use crate::scope::{Answer, Scope};
use crate::task;
use crate::wires::Wires;
use crate::words;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vouch_prover::fields::Fr;
use vouch_prover::groth16::{self, ProveError, ProvingKey};

use crate::abi::Value;

struct OpenKey {
    origin: Origin,
    key: ProvingKey,
}

static KEYS: Registry<OpenKey> = Registry::new();
/// Work that may be told to stop.
static TASKS: Registry<AtomicBool> = Registry::new();

/// `(path)`: opens and checks a key, and says what it is.
pub fn open_key(scope: &Scope) -> Result<Value, Failure> {
    let path = scope.text(0)?;
    task::spawn(scope, Arc::default(), move || {
        let (origin, bytes) = key_file::open(&path)?;
        let key = ProvingKey::parse(bytes)
            .map_err(|error| Failure::new("KEY_INVALID", error.to_string()))?;
        let groups = key.groups().cloned();
        let (weights, advice) = groups.map_or((0..0, 0..0), |it| (it.weights, it.advice));
        let bytes = origin.bytes() as f64 + key.held_bytes() as f64;
        let facts = [
            (c"bytes", bytes),
            (c"isMapped", if origin.is_mapped { 1.0 } else { 0.0 }),
            (c"wires", key.wires() as f64),
            (c"publicSignals", key.public_signals() as f64),
            (c"domainSize", key.domain_size() as f64),
            (c"weights", weights.len() as f64),
            (c"advice", advice.len() as f64),
        ];
        let id = KEYS.add(OpenKey { origin, key });
        Ok(Answer::Record([(c"id", f64::from(id))].into_iter().chain(facts).collect()))
    })
}

/// `(key)`: forgets a key; its memory goes with the last proof that works with it.
pub fn close_key(scope: &Scope) -> Result<Value, Failure> {
    KEYS.remove(scope.count(0)?);
    scope.value(Answer::Undefined)
}

/// `(key, threads)`
pub fn peak_memory(scope: &Scope) -> Result<Value, Failure> {
    let key = key(scope)?;
    scope.value(Answer::Number(groth16::peak_memory(&key.key, threads(scope, 1)?) as f64))
}

pub fn open_task(scope: &Scope) -> Result<Value, Failure> {
    scope.value(Answer::Number(TASKS.add(AtomicBool::new(false)).into()))
}

/// `(task)`
pub fn cancel_task(scope: &Scope) -> Result<Value, Failure> {
    // One that ended meanwhile needs no telling.
    if let Some(it) = TASKS.get(scope.count(0)?) {
        it.store(true, Ordering::Relaxed);
    }
    scope.value(Answer::Undefined)
}

/// `(task)`
pub fn close_task(scope: &Scope) -> Result<Value, Failure> {
    TASKS.remove(scope.count(0)?);
    scope.value(Answer::Undefined)
}

/// `(key, task, witness file, r and s, threads)`: eight words, A, B and C.
pub fn prove(scope: &Scope) -> Result<Value, Failure> {
    let (key, cancel, threads) = (key(scope)?, cancel(scope)?, threads(scope, 4)?);
    let (witness, blinds) = (Wires::copy(scope, 2)?, Wires::copy(scope, 3)?);
    task::spawn(scope, Arc::clone(&cancel), move || {
        key.origin.check()?;
        let (r, s) =
            blinds.pair().ok_or_else(|| invalid("its blinding factors are not below r"))?;
        let [r, s] = [r, s].map(Fr::from_bytes);
        let (Some(r), Some(s)) = (r, s) else {
            return Err(invalid("its blinding factors are not below r"));
        };
        let values = witness.section().ok_or_else(|| invalid("it is no witness file"))?;
        let proof = groth16::prove(&key.key, values, r, s, threads, &cancel).map_err(failure)?;
        Ok(Answer::Bytes([words::g1(proof.a), words::g2(proof.b), words::g1(proof.c)].concat()))
    })
}

/// `(key, task, values, threads)`: four words, D and Q, of the advice's values.
pub fn commit(scope: &Scope) -> Result<Value, Failure> {
    let (key, cancel, threads) = (key(scope)?, cancel(scope)?, threads(scope, 3)?);
    let advice = Wires::copy(scope, 2)?;
    task::spawn(scope, Arc::clone(&cancel), move || {
        key.origin.check()?;
        let made = groth16::commit(&key.key, advice.all(), threads, &cancel).map_err(failure)?;
        Ok(Answer::Bytes([words::g1(made.d), words::g1(made.q)].concat()))
    })
}

/// `(key, task, values, threads)`: two words, the commitment to the weights.
pub fn commit_weights(scope: &Scope) -> Result<Value, Failure> {
    let (key, cancel, threads) = (key(scope)?, cancel(scope)?, threads(scope, 3)?);
    let weights = Wires::copy(scope, 2)?;
    task::spawn(scope, Arc::clone(&cancel), move || {
        key.origin.check()?;
        let made =
            groth16::commit_weights(&key.key, weights.all(), threads, &cancel).map_err(failure)?;
        Ok(Answer::Bytes(words::g1(made)))
    })
}

fn key(scope: &Scope) -> Result<Arc<OpenKey>, Failure> {
    KEYS.get(scope.count(0)?).ok_or_else(|| Failure::new("KEY_CLOSED", "no key has that number"))
}

pub fn cancel(scope: &Scope) -> Result<Arc<AtomicBool>, Failure> {
    TASKS
        .get(scope.count(1)?)
        .ok_or_else(|| Failure::new("CALL_INVALID", "no task has that number"))
}

pub fn threads(scope: &Scope, index: usize) -> Result<usize, Failure> {
    Ok(scope.count(index)?.max(1) as usize)
}

fn invalid(reason: &str) -> Failure {
    Failure::new("WITNESS_INVALID", reason)
}

fn failure(error: ProveError) -> Failure {
    let code = match error {
        ProveError::Cancelled => "CANCELLED",
        _ => "WITNESS_INVALID",
    };
    Failure::new(code, error.to_string())
}
