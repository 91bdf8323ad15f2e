//! `prove <zkey> <wtns> <threads> <repeats>`: proves, prints the proof as hexadecimal words and times as JSON.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use vouch_prover::fields::{Field, Fq, Fr};
use vouch_prover::groth16::{ProvingKey, peak_memory, prove};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, key, witness, threads, repeats] = &arguments[..] else {
        return Err("usage: prove <zkey> <wtns> <threads> <repeats>".into());
    };
    let start = Instant::now();
    let key = ProvingKey::parse(std::fs::read(key)?)?;
    let load = start.elapsed();
    let witness = std::fs::read(witness)?;
    let values = &witness[witness.len() - 32 * key.wires()..]; // section 2 is the last
    let threads = threads.parse()?;
    let never = AtomicBool::new(false);
    let mut times = Vec::new();
    let before = cpu_ms();
    let mut proof = None;
    for _ in 0..repeats.parse::<usize>()? {
        let start = Instant::now();
        // Fixed, hence for measuring only.
        proof = Some(prove(&key, values, Fr::from_u64(7), Fr::from_u64(11), threads, &never)?);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let proof = proof.ok_or("no repeats")?;
    let cpu = (cpu_ms() - before) / times.len() as f64;
    let word = |it: Fq| {
        format!(
            "\"0x{}\"",
            it.to_bytes().iter().rev().map(|b| format!("{b:02x}")).collect::<String>()
        )
    };
    let words = [
        proof.a.x,
        proof.a.y,
        proof.b.x.c0,
        proof.b.x.c1,
        proof.b.y.c0,
        proof.b.y.c1,
        proof.c.x,
        proof.c.y,
    ];
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"rows\": {}, \"wires\": {}, \"threads\": {threads}, \"load_ms\": {:.1}, \"prove_ms\": {:.1}, \"cpu_ms\": {cpu:.1}, \"peak_bytes\": {}, \"on_curve\": {}, \"proof\": [{}]}}",
        key.domain_size(),
        key.wires(),
        load.as_secs_f64() * 1e3,
        times[times.len() / 2],
        peak_memory(&key, threads),
        proof.a.is_in_group()
            && proof.b.is_in_group()
            && proof.c.is_in_group()
            && !proof.a.x.is_zero(),
        words.map(word).join(", "),
    );
    Ok(())
}

/// CPU time of this process so far, by the kernel's ticks of 10 ms; 0 where there is no /proc.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() * 10.0
}
