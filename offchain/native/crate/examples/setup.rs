//! `setup <r1cs> <zkey> <threads>`: makes a development key from fixed secrets, for measuring only; prints JSON.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use vouch_prover::fields::Fr;
use vouch_prover::setup::{Secrets, development_setup};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, r1cs, zkey, threads] = &arguments[..] else {
        return Err("usage: setup <r1cs> <zkey> <threads>".into());
    };
    let circuit = std::fs::read(r1cs)?;
    let [tau, alpha, beta, delta, sigma] =
        [3u64, 5, 7, 11, 13].map(|it| Fr::from_u64(it).power(&[1 << 40]));
    let secrets = Secrets { tau, alpha, beta, delta, sigma };
    let start = Instant::now();
    let key =
        development_setup(&circuit, None, &secrets, threads.parse()?, &AtomicBool::new(false))?;
    println!(
        "{{\"setup_ms\": {:.1}, \"bytes\": {}}}",
        start.elapsed().as_secs_f64() * 1e3,
        key.len()
    );
    std::fs::write(zkey, key)?;
    Ok(())
}
