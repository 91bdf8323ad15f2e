//! What JavaScript names by a number: a wrong number is an error, where a wrong pointer would be the end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by number. Numbers are never used again, and are the same for every thread of Node.
pub struct Registry<T> {
    entries: Mutex<Entries<T>>,
}

struct Entries<T> {
    next: u32,
    values: Option<HashMap<u32, Arc<T>>>,
}

impl<T> Registry<T> {
    pub const fn new() -> Self {
        Self { entries: Mutex::new(Entries { next: 1, values: None }) }
    }

    pub fn add(&self, value: T) -> u32 {
        let mut entries = self.lock();
        let id = entries.next;
        entries.next = id.wrapping_add(1).max(1);
        entries.values.get_or_insert_with(HashMap::new).insert(id, Arc::new(value));
        id
    }

    pub fn get(&self, id: u32) -> Option<Arc<T>> {
        self.lock().values.as_ref()?.get(&id).cloned()
    }

    /// Forgets the value; whoever works with it keeps it until then.
    pub fn remove(&self, id: u32) -> Option<Arc<T>> {
        self.lock().values.as_mut()?.remove(&id)
    }

    fn lock(&self) -> MutexGuard<'_, Entries<T>> {
        // Nothing that can panic runs under the lock but an allocation, which leaves the map whole.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
