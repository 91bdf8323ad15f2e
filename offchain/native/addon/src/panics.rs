//! A panic is a defect of ours: it becomes an error that says where, and nothing of it is printed, as nobody knows what
//! values its text carries.

use crate::failure::Failure;
use std::panic;
use std::sync::{Mutex, PoisonError};

/// Where the last panic was, in any thread.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Replaces the hook that prints. Rust's run time in this library is its own, so nobody else's panics are meant.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|it| format!("{}:{}", it.file(), it.line()));
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}

/// What became of a panic that was caught.
pub fn failure() -> Failure {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let place = place.unwrap_or_else(|| "a place unknown".to_owned());
    Failure::new("PANICKED", format!("a defect of its own at {place}"))
}
