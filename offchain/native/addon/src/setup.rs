//! Development keys: made in one step by one party, of secrets that JavaScript draws and forgets.

use crate::abi::Value;
use crate::failure::Failure;
use crate::keys;
use crate::scope::{Answer, Scope};
use crate::task;
use crate::wires::Wires;
use std::sync::Arc;
use vouch_prover::fields::Fr;
use vouch_prover::setup::{Secrets, SetupError, development_setup};

/// `(r1cs, task, path, secrets, first committed wire, weights, advice, threads)`: writes the key; a plain one where no wire is
/// advice. The secrets are tau, alpha, beta, delta and sigma, 32 bytes each, little-endian.
pub fn write_development_key(scope: &Scope) -> Result<Value, Failure> {
    let (r1cs, cancel, path) = (scope.bytes(0)?, keys::cancel(scope)?, scope.text(2)?);
    let secrets = Wires::copy(scope, 3)?;
    let [first, weights, advice] =
        [scope.count(4)? as usize, scope.count(5)? as usize, scope.count(6)? as usize];
    let threads = keys::threads(scope, 7)?;
    task::spawn(scope, Arc::clone(&cancel), move || {
        let secrets = read(&secrets).ok_or_else(|| invalid("a secret is not below r"))?;
        let split = first.saturating_add(weights);
        let groups = [first..split, split..split.saturating_add(advice)];
        let groups = (advice > 0).then_some(&groups);
        let key = development_setup(&r1cs, groups, &secrets, threads, &cancel).map_err(failure)?;
        std::fs::write(&path, key)
            .map_err(|error| Failure::new("KEY_UNWRITABLE", error.to_string()))?;
        Ok(Answer::Undefined)
    })
}

fn read(secrets: &Wires) -> Option<Secrets> {
    let (values, rest) = secrets.all().as_chunks::<32>();
    let [tau, alpha, beta, delta, sigma] = values else { return None };
    let [tau, alpha, beta, delta, sigma] = [tau, alpha, beta, delta, sigma].map(Fr::from_bytes);
    if !rest.is_empty() {
        return None;
    }
    Some(Secrets { tau: tau?, alpha: alpha?, beta: beta?, delta: delta?, sigma: sigma? })
}

fn failure(error: SetupError) -> Failure {
    let code = match error {
        SetupError::Cancelled => "CANCELLED",
        _ => "CIRCUIT_INVALID",
    };
    Failure::new(code, error.to_string())
}

fn invalid(reason: &str) -> Failure {
    Failure::new("CIRCUIT_INVALID", reason)
}
