//! Points as words of 32 bytes, big-endian, as EIP-197 has them.

use vouch_prover::curves::{G1Affine, G2Affine};
use vouch_prover::fields::Fq;

pub fn g1(point: G1Affine) -> Vec<u8> {
    [point.x, point.y].map(word).concat()
}

/// The imaginary parts are first.
pub fn g2(point: G2Affine) -> Vec<u8> {
    [point.x.c1, point.x.c0, point.y.c1, point.y.c0].map(word).concat()
}

fn word(value: Fq) -> [u8; 32] {
    let mut bytes = value.to_bytes();
    bytes.reverse();
    bytes
}
