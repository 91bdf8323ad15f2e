//! Groth16 over BN254 (alt_bn128), plain and commit-and-prove, reading the key and witness formats of snarkjs.
//!
//! Secret-dependent timing: like snarkjs and rapidsnark, nothing here runs in constant time. Prove on machines
//! whose other users may know when a proof was made and how long it took.

pub mod curves;
pub mod fft;
pub mod fields;
pub mod groth16;
pub mod msm;
pub mod pairing;
pub mod parallel;
pub mod setup;
pub mod verify;
pub mod witness;

#[cfg(target_arch = "x86_64")]
mod simd;
#[cfg(test)]
mod testing;
