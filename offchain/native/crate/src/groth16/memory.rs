use super::key::ProvingKey;
use crate::fft::Domain;
use crate::fields::{Fq, Fq2};
use crate::msm::{digit_bytes, scratch_bytes};

/// Most bytes that a proof allocates besides the key and the witness, known before it starts. Pages of the mapped key
/// that it touches come on top where the system does not take them back.
pub fn peak_memory(key: &ProvingKey, threads: usize) -> usize {
    let rows = key.domain_size();
    let most = key.wires.max(rows);
    let quotient = Domain::quotient_bytes(key.domain.power());
    let digits = digit_bytes(key.wires) + digit_bytes(rows);
    let scratch = threads * (scratch_bytes::<Fq>(most) + scratch_bytes::<Fq2>(key.wires));
    quotient.max(digits + 32 * rows + scratch)
}
