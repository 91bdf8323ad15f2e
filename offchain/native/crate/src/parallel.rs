use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The caller's flag was set while the work ran.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cancelled;

pub fn check(cancel: &AtomicBool) -> Result<(), Cancelled> {
    if cancel.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
}

/// `work(state, i)` for each i below `count` on at most `threads` threads, this one among them; each thread makes its own
/// state. Results are in the order of i. A panic of the work is passed on.
pub fn map<S, T: Send>(
    threads: usize,
    count: usize,
    cancel: &AtomicBool,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<T, Cancelled> + Sync,
) -> Result<Vec<T>, Cancelled> {
    let next = AtomicUsize::new(0);
    let run = || -> Result<Vec<(usize, T)>, Cancelled> {
        let mut own = state();
        let mut results = Vec::new();
        loop {
            check(cancel)?;
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return Ok(results);
            }
            results.push((i, work(&mut own, i)?));
        }
    };
    let parts = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(run)).collect();
        let mut parts = vec![run()];
        for it in others {
            parts.push(it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parts
    });
    let mut results = Vec::with_capacity(count);
    for part in parts {
        results.extend(part?);
    }
    results.sort_unstable_by_key(|&(i, _)| i);
    Ok(results.into_iter().map(|(_, it)| it).collect())
}

/// `work(item)` for each item, once.
pub fn for_each<T: Send>(
    threads: usize,
    items: Vec<T>,
    cancel: &AtomicBool,
    work: impl Fn(T) + Sync,
) -> Result<(), Cancelled> {
    let items: Vec<_> = items.into_iter().map(|it| Mutex::new(Some(it))).collect();
    map(
        threads,
        items.len(),
        cancel,
        || (),
        |(), i| {
            let taken = items[i].lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(item) = taken {
                work(item);
            }
            Ok(())
        },
    )?;
    Ok(())
}
