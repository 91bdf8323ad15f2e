//! Work on a thread of its own, whose end settles a promise: Node's event loop and its pool of threads stay free.
//!
//! A thread-safe function of Node's must not be called once its environment ends, as that of a worker thread may at any
//! time (nodejs/node, issue 55706). A clean-up hook of ours, which runs before Node's, takes the function away then.

use crate::abi::{self, Deferred, Env, OK, ThreadsafeFunction, Value};
use crate::failure::Failure;
use crate::panics;
use crate::scope::{Answer, Scope, check};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub type Outcome = Result<Answer, Failure>;

/// What thread and environment share.
struct Shared {
    state: Mutex<State>,
    cancelled: Arc<AtomicBool>,
}

enum State {
    Working(ThreadsafeFunction),
    Reported,
    /// The environment has ended, and with it the promise.
    Orphaned,
}

/// A promise that waits, and what became of the work.
struct Ended {
    deferred: Promised,
    outcome: Outcome,
    shared: Arc<Shared>,
}

struct Promised(Deferred);

// SAFETY: the function is one that Node makes for other threads.
unsafe impl Send for State {}
// SAFETY: a thread carries it back to Node's own, and does nothing else with it.
unsafe impl Send for Promised {}

/// Returns a promise of what `work` answers. A panic rejects it; the end of the environment sets `cancelled`.
pub fn spawn(
    scope: &Scope,
    cancelled: Arc<AtomicBool>,
    work: impl FnOnce() -> Outcome + Send + 'static,
) -> Result<Value, Failure> {
    let env = scope.env();
    let name = scope.value(Answer::Text("vouch-prover".to_owned()))?;
    let (mut deferred, mut promise, mut notify) = (null_mut(), null_mut(), null_mut());
    // SAFETY: env is of this call.
    check(unsafe { abi::napi_create_promise(env, &mut deferred, &mut promise) })?;
    // SAFETY: env and name are of this call; without a function of JavaScript, `settle` is all that Node calls.
    check(unsafe {
        abi::napi_create_threadsafe_function(
            env,
            null_mut(),
            null_mut(),
            name,
            0,
            1,
            null_mut(),
            None,
            null_mut(),
            settle,
            &mut notify,
        )
    })?;
    let shared = Arc::new(Shared { state: Mutex::new(State::Working(notify)), cancelled });
    // SAFETY: added after the function and so run before Node ends it; the hook's share is given back by it or `settle`.
    check(unsafe { abi::napi_add_env_cleanup_hook(env, orphan, hook_argument(&shared)) })?;

    let deferred = Promised(deferred);
    let run = Arc::clone(&shared);
    let (sender, receiver) = std::sync::mpsc::channel::<Promised>();
    let thread = move || {
        let outcome =
            catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panics::failure()));
        if let Ok(deferred) = receiver.recv() {
            report(Ended { deferred, outcome, shared: run });
        }
    };
    match std::thread::Builder::new().name("vouch-prover".to_owned()).spawn(thread) {
        // The thread waits for it, so that it is here still where there is no thread.
        Ok(_) => drop(sender.send(deferred)),
        Err(_) => {
            let outcome = Err(Failure::new("THREAD_REFUSED", "the system gave no thread"));
            report(Ended { deferred, outcome, shared });
        }
    }
    Ok(promise)
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A share of the hook's own, as a pointer.
fn hook_argument(shared: &Arc<Shared>) -> *mut c_void {
    Arc::into_raw(Arc::clone(shared)).cast_mut().cast()
}

/// Hands the outcome to Node's thread, if that is there still.
fn report(ended: Ended) {
    let shared = Arc::clone(&ended.shared);
    let mut state = shared.lock();
    let State::Working(notify) = *state else { return };
    *state = State::Reported;
    let data = Box::into_raw(Box::new(ended));
    // SAFETY: the environment lives, as `orphan` waits for the lock; the function is called once, before its release.
    let status =
        unsafe { abi::napi_call_threadsafe_function(notify, data.cast(), abi::NONBLOCKING) };
    if status != OK {
        // SAFETY: Node did not take the pointer, which came from a Box.
        drop(unsafe { Box::from_raw(data) });
    }
    // SAFETY: the one release of the one holder.
    unsafe { abi::napi_release_threadsafe_function(notify, abi::RELEASE) };
}

/// Called by Node where the environment ends before the work.
unsafe extern "C" fn orphan(argument: *mut c_void) {
    // SAFETY: the hook's own share, which nobody else gives back once the state is Orphaned.
    let shared = unsafe { Arc::from_raw(argument.cast::<Shared>()) };
    shared.cancelled.store(true, Ordering::Relaxed);
    *shared.lock() = State::Orphaned;
}

/// Called by Node on its own thread; `env` is null where Node closes meanwhile.
unsafe extern "C" fn settle(env: Env, _callback: Value, _context: *mut c_void, data: *mut c_void) {
    // SAFETY: `report` made the pointer from a Box, and Node passes each once.
    let Ended { deferred: Promised(deferred), outcome, shared } =
        *unsafe { Box::from_raw(data.cast::<Ended>()) };
    if env.is_null() || matches!(*shared.lock(), State::Orphaned) {
        return;
    }
    let argument = Arc::as_ptr(&shared).cast_mut().cast::<c_void>();
    // SAFETY: the hook was added with this argument and has not run; it never will after this.
    if unsafe { abi::napi_remove_env_cleanup_hook(env, orphan, argument) } == OK {
        // SAFETY: so the share that was the hook's is nobody's.
        drop(unsafe { Arc::from_raw(argument.cast_const().cast::<Shared>()) });
    }
    // SAFETY: env is what Node passes to this callback.
    let scope = unsafe { Scope::of(env) };
    match outcome.and_then(|it| scope.value(it)) {
        // SAFETY: env and value are of this call; a deferred is settled once.
        Ok(value) => unsafe { abi::napi_resolve_deferred(env, deferred, value) },
        Err(failure) => match scope.error(&failure) {
            // SAFETY: as above.
            Ok(error) => unsafe { abi::napi_reject_deferred(env, deferred, error) },
            Err(_) => OK, // Node makes no error any more: it closes
        },
    };
}
