//! The functions that JavaScript sees; `offchain/native/addon.ts` has their types.

use crate::abi::{Callback, CallbackInfo, Env, Value};
use crate::failure::Failure;
use crate::keys;
use crate::scope::{Answer, Scope, answer};
use crate::setup;
use crate::tapes;
use crate::task;
use std::ffi::CStr;
use std::sync::Arc;
use vouch_prover::verify::{KeyError, VerifyingKey, verify, verify_committed};

/// Defines a callback of Node for a function of a scope.
macro_rules! functions {
    ($($name:literal => $work:expr),+ $(,)?) => {
        pub const FUNCTIONS: &[(&CStr, Callback)] = &[$(($name, {
            unsafe extern "C" fn callback(env: Env, info: CallbackInfo) -> Value {
                // SAFETY: both are what Node passes to this callback.
                unsafe { answer(env, info, $work) }
            }
            callback
        })),+];
    };
}

functions! {
    c"version" => version,
    c"openKey" => keys::open_key,
    c"closeKey" => keys::close_key,
    c"peakMemory" => keys::peak_memory,
    c"openTask" => keys::open_task,
    c"cancelTask" => keys::cancel_task,
    c"closeTask" => keys::close_task,
    c"prove" => keys::prove,
    c"commit" => keys::commit,
    c"commitWeights" => keys::commit_weights,
    c"writeDevelopmentKey" => setup::write_development_key,
    c"openTape" => tapes::open_tape,
    c"closeTape" => tapes::close_tape,
    c"runTape" => tapes::run_tape,
    c"verify" => verify_plain,
    c"verifyCommitted" => verify_with_commitment,
}

fn version(scope: &Scope) -> Result<Value, Failure> {
    scope.value(Answer::Text(env!("CARGO_PKG_VERSION").to_owned()))
}

/// `(key, proof, signals)`, words of 32 bytes.
fn verify_plain(scope: &Scope) -> Result<Value, Failure> {
    let (key, proof, signals) = (scope.bytes(0)?, scope.bytes(1)?, scope.bytes(2)?);
    task::spawn(scope, Arc::default(), move || {
        let key = VerifyingKey::read(&key).map_err(refused)?;
        Ok(Answer::Boolean(verify(&key, &proof, &signals)))
    })
}

/// `(key, proof, weights, signals)`, words of 32 bytes.
fn verify_with_commitment(scope: &Scope) -> Result<Value, Failure> {
    let (key, proof, weights, signals) =
        (scope.bytes(0)?, scope.bytes(1)?, scope.bytes(2)?, scope.bytes(3)?);
    task::spawn(scope, Arc::default(), move || {
        let key = VerifyingKey::read_committed(&key).map_err(refused)?;
        Ok(Answer::Boolean(verify_committed(&key, &proof, &weights, &signals)))
    })
}

fn refused(error: KeyError) -> Failure {
    let reason = match error {
        KeyError::Length => "it does not have the length of one",
        KeyError::Point => "a point is infinite or none of its group",
        KeyError::Forgeable => "two of its points are equal up to sign: anyone can forge",
    };
    Failure::new("VERIFYING_KEY_INVALID", reason)
}
