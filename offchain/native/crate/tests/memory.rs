//! What a proof allocates at most, against what was said before it started.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use vouch_prover::fields::{Field, Fr, FrModulus, Modulus};
use vouch_prover::groth16::{ProvingKey, peak_memory, prove};
use vouch_prover::setup::{Secrets, development_setup};

/// Counts bytes that are allocated, and the most of them so far.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promise about the layout is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// `w[i + 1] = w[i]^2`, the first of them public.
fn squares(rows: u32) -> (Vec<u8>, Vec<u8>) {
    let mut values = vec![Fr::from_u64(1), Fr::from_u64(3)];
    let mut body = Vec::new();
    for row in 0..rows {
        for wire in [row + 1, row + 1, row + 2] {
            body.extend(1u32.to_le_bytes());
            body.extend(wire.to_le_bytes());
            body.extend(Fr::from_u64(1).to_bytes());
        }
        values.push(values[row as usize + 1].square());
    }
    let mut header = 32u32.to_le_bytes().to_vec();
    header.extend(FrModulus::P.map(u64::to_le_bytes).as_flattened());
    for count in [rows + 2, 0, 1, 0, 0, 0, rows] {
        header.extend(count.to_le_bytes());
    }
    let mut r1cs = b"r1cs\x01\0\0\0\x02\0\0\0".to_vec();
    for (id, section) in [(1u32, header), (2, body)] {
        r1cs.extend(id.to_le_bytes());
        r1cs.extend((section.len() as u64).to_le_bytes());
        r1cs.extend(section);
    }
    (r1cs, values.iter().flat_map(|it| it.to_bytes()).collect())
}

#[test]
fn a_proof_allocates_no_more_than_announced() {
    let never = AtomicBool::new(false);
    let secret = |n: u64| Fr::from_u64(n).power(&[1 << 40]);
    for rows in [3, 1000, 8000] {
        let (r1cs, witness) = squares(rows);
        let [tau, alpha, beta, delta, sigma] = [3, 5, 7, 11, 13].map(secret);
        let secrets = Secrets { tau, alpha, beta, delta, sigma };
        let key = development_setup(&r1cs, None, &secrets, 2, &never).expect("a key");
        let key = ProvingKey::parse(key).expect("a key");
        for threads in [1, 2] {
            let announced = peak_memory(&key, threads);
            let before = NOW.load(Ordering::Relaxed);
            MOST.store(before, Ordering::Relaxed);
            prove(&key, &witness, secret(17), secret(19), threads, &never).expect("a proof");
            let most = MOST.load(Ordering::Relaxed) - before;
            assert!(most <= announced, "{rows} rows, {threads} threads: {most} > {announced}");
        }
    }
}
