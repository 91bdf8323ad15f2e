//! What each trick gains by itself, on one thread, in CPU milliseconds: `cargo run --release --example tricks`, JSON lines.

use std::hint::black_box;
use std::sync::atomic::AtomicBool;

use vouch_prover::curves::{Affine, Curve, Encoded, Xyzz, generator1, generator2, to_affine_all};
use vouch_prover::fft::Domain;
use vouch_prover::fields::{Field, Fr};
use vouch_prover::msm::{Bases, Class, Digits, Msm, Scratch, signed_digits};
use vouch_prover::setup::multiply_all;

static NEVER: AtomicBool = AtomicBool::new(false);
const REPEATS: usize = 5;
/// Of the single class that lengths are compared with: the best for 2^16 scalars.
const WINDOW: u32 = 13;

/// CPU time of this thread, by the scheduler's account.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// Prints the median of a few runs.
fn report(what: &str, how: &str, power: u32, mut run: impl FnMut()) {
    let mut times: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let start = cpu_ms();
            run();
            cpu_ms() - start
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"what\": \"{what}\", \"how\": \"{how}\", \"power\": {power}, \"cpu_ms\": {:.2}}}",
        times[REPEATS / 2]
    );
}

/// SplitMix64.
fn word(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn points<F: Curve>(generator: Affine<F>, count: usize) -> Vec<Affine<F>> {
    let mut sum = Xyzz::from(generator);
    let chain: Vec<_> = (0..count)
        .map(|_| {
            sum = sum.double().add_affine(&generator);
            sum
        })
        .collect();
    to_affine_all(&chain)
}

fn sums<F: Msm>(what: &str, bases: Bases<F>, digits: &Digits, power: u32) {
    report(what, "as the processor can", power, || {
        _ = black_box(bases.sum(digits, 1, &NEVER));
    });
    report(what, "portable", power, || {
        _ = black_box(bases.sum_with(Scratch::portable, digits, 1, &NEVER));
    });
}

fn main() {
    let mut state = 1;
    for power in [12, 14, 16] {
        let count = 1usize << power;
        let full: Vec<[u64; 4]> = (0..count)
            .map(|_| [word(&mut state), word(&mut state), word(&mut state), word(&mut state) >> 3])
            .collect();
        let light: Vec<[u64; 4]> = full
            .iter()
            .enumerate()
            .map(|(i, it)| match i % 10 {
                0 => *it,
                1 | 2 => [it[0] & 0xff, 0, 0, 0],
                _ => [it[0] & 1, 0, 0, 0],
            })
            .collect();
        let ones = points(generator1(), count);
        let twos = points(generator2(), count);
        let bases = Bases { points: Encoded::from_points(&ones), offset: 0, live: None };
        let bases2 = Bases { points: Encoded::from_points(&twos), offset: 0, live: None };
        let Ok(digits) = Digits::new(count, |i| full[i], 1, &NEVER) else { return };
        let Ok(light_digits) = Digits::new(count, |i| light[i], 1, &NEVER) else { return };
        sums("G1, full scalars", bases, &digits, power);
        sums("G2, full scalars", bases2, &digits, power);
        report("G1, light scalars", "by length", power, || {
            _ = black_box(bases.sum(&light_digits, 1, &NEVER));
        });
        let one_class = one_class(&light);
        report("G1, light scalars", "one class", power, || {
            _ = black_box(bases.sum(&one_class, 1, &NEVER));
        });
        report("digits", "full scalars", power, || {
            _ = black_box(Digits::new(count, |i| full[i], 1, &NEVER));
        });
        // The B side of a key: half of the points are infinity.
        let half: Vec<_> =
            (0..count).map(|i| if i % 2 == 0 { ones[i] } else { Affine::INFINITY }).collect();
        let live = vec![0x5555_5555_5555_5555; count / 64];
        let mut sparse = Bases { points: Encoded::from_points(&half), offset: 0, live: None };
        report("G1, half at infinity", "added", power, || {
            _ = black_box(sparse.sum(&digits, 1, &NEVER));
        });
        sparse.live = Some(&live);
        report("G1, half at infinity", "left out", power, || {
            _ = black_box(sparse.sum(&digits, 1, &NEVER));
        });
        let values: Vec<Fr> = full.iter().filter_map(|it| Fr::from_canonical(*it)).collect();
        for (how, domain) in
            [("as the processor can", Domain::new(power)), ("portable", Domain::portable(power))]
        {
            report("six transforms", how, power, || {
                _ = black_box(domain.quotient([&values; 3].map(Vec::as_slice), 1, &NEVER));
            });
        }
        report("fixed base G1", "as the processor can", power, || {
            _ = black_box(multiply_all(generator1(), &full, 1, &NEVER));
        });
        report("inverses", "2^power of them", power, || {
            _ = black_box(
                values.iter().map(|it| it.inverse()).fold(0, |n, it| n + usize::from(it.is_some())),
            );
        });
    }
}

fn one_class(scalars: &[[u64; 4]]) -> Digits {
    let windows = 255usize.div_ceil(WINDOW as usize);
    let count = scalars.len();
    let mut digits = vec![0; windows * count];
    let mut own = vec![0; windows];
    for (i, &scalar) in scalars.iter().enumerate() {
        signed_digits(scalar, WINDOW, &mut own);
        for (w, &digit) in own.iter().enumerate() {
            digits[w * count + i] = digit;
        }
    }
    let indices = (0..count as u32).collect();
    Digits { classes: vec![Class { window: WINDOW, windows, indices, digits }] }
}
