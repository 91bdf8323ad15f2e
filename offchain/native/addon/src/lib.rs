//! vouch-prover as an addon of Node: keys kept open, proofs on threads of their own, cancellation, a verifier.
//!
//! All `unsafe` of Node-API is in `abi`, `exports`, `scope` and `task`, that of mapped files in `mapping`.

mod abi;
mod exports;
mod failure;
mod key_file;
mod keys;
#[cfg(unix)]
mod mapping;
mod panics;
mod registry;
mod scope;
mod setup;
mod tapes;
mod task;
mod wires;
mod words;

use abi::{Env, Value};
use scope::Scope;

/// What Node calls when it loads the library.
///
/// # Safety
/// Node passes an environment and an object that are valid for this call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(env: Env, exports: Value) -> Value {
    panics::install();
    // SAFETY: env is what Node passes to this call.
    let scope = unsafe { Scope::of(env) };
    for (name, function) in exports::FUNCTIONS {
        // A function that Node does not take is missing, which the TypeScript beside this notices.
        if scope.export(exports, name, *function).is_err() {
            break;
        }
    }
    exports
}
