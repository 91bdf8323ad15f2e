//! Compiles the tape of a circuit and runs it: `cargo run --release --example witness -- main.r1cs inputs [main.wtns]`, where the
//! inputs are 32 bytes each, little-endian, in the order of their declaration. Prints times, and whether the witness is the other's.

use std::error::Error;
use std::time::Instant;
use std::{env, fs};

use vouch_prover::witness::Tape;

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = env::args().skip(1).collect();
    let [r1cs, inputs, others @ ..] = paths.as_slice() else {
        return Err("give an r1cs and its inputs".into());
    };
    let (r1cs, inputs) = (fs::read(r1cs)?, fs::read(inputs)?);
    let start = Instant::now();
    let tape = Tape::compile(&r1cs, &[])?;
    println!("compiled in {:?}, {} bytes", start.elapsed(), tape.held_bytes());
    for _ in 0..5 {
        let start = Instant::now();
        let witness = tape.run(&inputs)?;
        println!("ran in {:?}", start.elapsed());
        if let [other] = others {
            println!("equal: {}", witness == fs::read(other)?);
        }
    }
    Ok(())
}
