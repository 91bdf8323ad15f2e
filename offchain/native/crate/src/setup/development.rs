use core::fmt;
use core::ops::Range;
use core::sync::atomic::AtomicBool;

use super::fixed_base::multiply_all;
use super::qap::Qap;
use super::r1cs::R1cs;
use crate::curves::{Affine, Curve, generator1, generator2};
use crate::fft::MAX_POWER;
use crate::fields::{Field, FqModulus, Fr, FrModulus, Modulus};
use crate::msm::Msm;
use crate::parallel::Cancelled;

/// What nobody may know of a key in use. Drawn uniform by the caller, who forgets them.
pub struct Secrets {
    pub tau: Fr,
    pub alpha: Fr,
    pub beta: Fr,
    pub delta: Fr,
    /// Of the advice of a commit-and-prove key.
    pub sigma: Fr,
}

impl Drop for Secrets {
    fn drop(&mut self) {
        for it in [&mut self.tau, &mut self.alpha, &mut self.beta, &mut self.delta, &mut self.sigma]
        {
            *it = Fr::ZERO;
        }
        // The compiler may not leave it out as something that nobody reads.
        core::hint::black_box(self);
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetupError {
    /// The circuit's file is not complete, or not over this field.
    R1cs,
    /// It has more rows than a domain has points.
    TooLarge,
    /// A secret is zero, or tau is in the domain: they were not drawn.
    Secrets,
    /// Groups of committed wires do not follow the public ones without a gap, or the advice is empty.
    Groups,
    Cancelled,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::R1cs => "the circuit is no complete r1cs over the scalar field of BN254",
            Self::TooLarge => "the circuit has more rows than a domain has points",
            Self::Secrets => "a secret is zero, or tau is in the domain",
            Self::Groups => "the committed wires do not follow the public ones",
            Self::Cancelled => "cancelled",
        })
    }
}

impl core::error::Error for SetupError {}

impl From<Cancelled> for SetupError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Bytes of the contributions' section: a hash of the circuit and a count, both zero.
const NO_CONTRIBUTIONS: [u8; 68] = [0; 68];

/// Makes the proving key (`.zkey`) of a circuit (`.r1cs`): a plain one, or with `groups`, the ranges of wires of weights
/// (may be empty) and advice, a commit-and-prove one.
pub fn development_setup(
    r1cs: &[u8],
    groups: Option<&[Range<usize>; 2]>,
    secrets: &Secrets,
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Vec<u8>, SetupError> {
    let r1cs = R1cs::parse(r1cs)?;
    let public = r1cs.public_signals + 1;
    let power = r1cs.rows().next_power_of_two().trailing_zeros();
    if power > MAX_POWER {
        return Err(SetupError::TooLarge);
    }
    let Secrets { alpha, beta, delta, sigma, .. } = *secrets;
    if [alpha, beta, delta, sigma].into_iter().any(|it| it.is_zero()) {
        return Err(SetupError::Secrets);
    }
    let committed = match groups {
        None => public..public,
        Some([weights, advice])
            if weights.start == public
                && weights.end == advice.start
                && !advice.is_empty()
                && advice.end <= r1cs.wires =>
        {
            public..advice.end
        }
        Some(_) => return Err(SetupError::Groups),
    };
    let qap = Qap::evaluate(&r1cs, power, secrets)?;
    let delta_inverse = delta.inverse().ok_or(SetupError::Secrets)?;

    let ones = |scalars: &[Fr]| encode(generator1(), scalars, threads, cancel);
    let twos = |scalars: &[Fr]| encode(generator2(), scalars, threads, cancel);
    let scaled = |range: Range<usize>, factor: Fr| -> Vec<Fr> {
        qap.combined[range].iter().map(|&it| it * factor).collect()
    };

    let secrets1 = ones(&[alpha, beta, delta])?;
    let secrets2 = twos(&[beta, Fr::ONE, delta, sigma])?;
    let mut header = Vec::new();
    for prime in [FqModulus::P, FrModulus::P] {
        header.extend(32u32.to_le_bytes());
        header.extend(prime.map(u64::to_le_bytes).as_flattened());
    }
    for count in [r1cs.wires, r1cs.public_signals, 1 << power] {
        header.extend((count as u32).to_le_bytes());
    }
    header.extend(&secrets1[..128]); // alpha, beta
    header.extend(&secrets2[..256]); // beta, gamma = 1
    header.extend(&secrets1[128..]); // delta
    header.extend(&secrets2[256..384]);

    let protocol = if groups.is_some() { 20u32 } else { 1 };
    let mut sections = vec![
        (1, protocol.to_le_bytes().to_vec()),
        (2, header),
        (3, ones(&scaled(0..public, Fr::ONE))?),
        (4, coefficients(&r1cs)?),
        (5, ones(&qap.a)?),
        (6, ones(&qap.b)?),
        (7, twos(&qap.b)?),
        (8, ones(&scaled(committed.end..r1cs.wires, delta_inverse))?),
        (9, ones(&qap.h)?),
        (10, NO_CONTRIBUTIONS.to_vec()),
    ];
    if let Some([weights, advice]) = groups {
        let present: Vec<_> = [weights, advice].into_iter().filter(|it| !it.is_empty()).collect();
        let mut table = (present.len() as u32).to_le_bytes().to_vec();
        for range in present {
            table.extend((range.start as u32).to_le_bytes());
            table.extend((range.len() as u32).to_le_bytes());
        }
        sections.extend([
            (11, table),
            (12, ones(&scaled(committed, Fr::ONE))?),
            (13, ones(&scaled(advice.clone(), sigma))?),
            (14, secrets2[384..].to_vec()),
        ]);
    }
    Ok(file(&sections))
}

fn encode<F: Curve + Msm>(
    generator: Affine<F>,
    scalars: &[Fr],
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Vec<u8>, Cancelled> {
    let scalars: Vec<_> = scalars.iter().map(|it| it.to_canonical()).collect();
    let points = multiply_all(generator, &scalars, threads, cancel)?;
    let mut bytes = vec![0; points.len() * Affine::<F>::BYTES];
    for (point, slot) in points.iter().zip(bytes.chunks_exact_mut(Affine::<F>::BYTES)) {
        point.write(slot);
    }
    Ok(bytes)
}

/// Entries `[matrix, row, wire: u32, value: 32 bytes]` of the QAP's matrices a and b, a value v as `v · 2^512 mod r`.
fn coefficients(r1cs: &R1cs) -> Result<Vec<u8>, SetupError> {
    let mut section = vec![0; 4];
    let mut count = 0u32;
    let mut add = |side: usize, row: usize, wire: usize, value: Fr| {
        for it in [side, row, wire] {
            section.extend((it as u32).to_le_bytes());
        }
        // The Montgomery form of the Montgomery form, which is below r.
        let twice = Fr::from_canonical(value.raw()).unwrap_or(Fr::ZERO);
        section.extend(twice.raw().map(u64::to_le_bytes).as_flattened());
        count += 1;
    };
    r1cs.for_each_term(|it| {
        if it.side < 2 {
            add(it.side, it.row, it.wire, it.value);
        }
    })?;
    for wire in 0..=r1cs.public_signals {
        add(0, r1cs.constraints + wire, wire, Fr::ONE);
    }
    section[..4].copy_from_slice(&count.to_le_bytes());
    Ok(section)
}

fn file(sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let length = sections.iter().map(|it| 12 + it.1.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(12 + length);
    bytes.extend(b"zkey");
    bytes.extend(1u32.to_le_bytes());
    bytes.extend((sections.len() as u32).to_le_bytes());
    for (id, content) in sections {
        bytes.extend(id.to_le_bytes());
        bytes.extend((content.len() as u64).to_le_bytes());
        bytes.extend(content);
    }
    bytes
}
