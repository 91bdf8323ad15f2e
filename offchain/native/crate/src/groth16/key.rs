use core::ops::Range;

use super::coefficients::{Coefficients, ENTRY_BYTES};
use super::error::KeyError;
use super::sections::{Sections, read_u32};
use crate::curves::{Affine, Curve, Encoded, G1Affine, G2Affine};
use crate::fft::{Domain, MAX_POWER};
use crate::fields::{Fq, Fq2, FqModulus, FrModulus, Modulus};

const GROTH16: u32 = 1;
const COMMITTED: u32 = 20;
/// Bytes of the header up to its points: two primes with their lengths, three counts.
const COUNTS_BYTES: usize = 84;
const HEADER_BYTES: u64 = COUNTS_BYTES as u64 + 3 * (64 + 128);

/// Ids of the sections of a zkey as snarkjs 0.7.6 has them (src/zkey_utils.js), and of those that commit-and-prove adds.
mod id {
    pub const PROTOCOL: u32 = 1;
    pub const HEADER: u32 = 2;
    pub const IC: u32 = 3;
    pub const COEFFICIENTS: u32 = 4;
    pub const A: u32 = 5;
    pub const B1: u32 = 6;
    pub const B2: u32 = 7;
    pub const C: u32 = 8;
    pub const H: u32 = 9;
    pub const GROUPS: u32 = 11;
    pub const COMMITTED: u32 = 12;
    pub const KNOWLEDGE: u32 = 13;
    pub const SIGMA: u32 = 14;
}

/// A proving key, checked and ready: its points are used where the file's bytes lie, mapped or read.
pub struct ProvingKey {
    bytes: Box<dyn AsRef<[u8]> + Send + Sync>,
    pub(super) wires: usize,
    pub(super) public_signals: usize,
    pub(super) points: Points,
    pub(super) domain: Domain,
    pub(super) coefficients: Coefficients,
    /// Which wires have a point in A, and in B, that is not infinity; a bit each.
    pub(super) live_a: Vec<u64>,
    pub(super) live_b: Vec<u64>,
    pub(super) groups: Option<Groups>,
    ranges: Ranges,
}

pub struct Points {
    pub alpha1: G1Affine,
    pub beta1: G1Affine,
    pub beta2: G2Affine,
    pub gamma2: G2Affine,
    pub delta1: G1Affine,
    pub delta2: G2Affine,
}

/// Committed wires of a commit-and-prove key: two stretches, one after the other from the first private wire on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Groups {
    /// Empty where weights are constants.
    pub weights: Range<usize>,
    pub advice: Range<usize>,
    /// sigma · H.
    pub sigma: G2Affine,
}

/// What proofs of a key are checked against, gamma being the generator in keys of ours and of snarkjs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyingKey {
    pub alpha: G1Affine,
    pub beta: G2Affine,
    pub gamma: G2Affine,
    pub delta: G2Affine,
    /// Of the constant and of each public signal.
    pub ic: Vec<G1Affine>,
    /// sigma · H of a commit-and-prove key.
    pub sigma: Option<G2Affine>,
}

struct Ranges {
    ic: Range<usize>,
    coefficients: Range<usize>,
    a: Range<usize>,
    b1: Range<usize>,
    b2: Range<usize>,
    c: Range<usize>,
    h: Range<usize>,
    committed: Range<usize>,
    knowledge: Range<usize>,
}

impl ProvingKey {
    /// Checks the file's structure, counts and single points; of the many points of its sections only that they are there.
    /// A key with wrong points makes proofs that do not verify, nothing worse.
    pub fn parse(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self, KeyError> {
        let boxed: Box<dyn AsRef<[u8]> + Send + Sync> = Box::new(bytes);
        let content: &[u8] = (*boxed).as_ref();
        let sections = Sections::parse(content, b"zkey")?;
        let protocol = sections.exactly(id::PROTOCOL, 4)?;
        let protocol = read_u32(content, protocol.start).ok_or(KeyError::EndsEarly)?;
        if protocol != GROTH16 && protocol != COMMITTED {
            return Err(KeyError::Protocol(protocol));
        }
        let header = &content[sections.get(id::HEADER)?];
        check_primes(header)?;
        let header = &content[sections.exactly(id::HEADER, HEADER_BYTES)?];
        let count = |at| read_u32(header, at).map_or(0, |it| it as usize); // the length is checked
        let (wires, public_signals, rows) = (count(72), count(76), count(80));
        if !rows.is_power_of_two() || rows > 1 << MAX_POWER || public_signals >= wires {
            return Err(KeyError::Counts);
        }
        let groups = (protocol == COMMITTED)
            .then(|| read_groups(content, &sections, public_signals + 1, wires))
            .transpose()?;
        let committed = groups.as_ref().map_or(0, |it| it.weights.len() + it.advice.len());
        let behind = wires - public_signals - 1 - committed;
        let optional = |id, count| {
            if groups.is_none() { Ok(0..0) } else { sections.exactly(id, 64 * count as u64) }
        };
        let advice = groups.as_ref().map_or(0, |it| it.advice.len());
        let ranges = Ranges {
            ic: sections.exactly(id::IC, 64 * (public_signals as u64 + 1))?,
            coefficients: read_coefficients(content, &sections)?,
            a: sections.exactly(id::A, 64 * wires as u64)?,
            b1: sections.exactly(id::B1, 64 * wires as u64)?,
            b2: sections.exactly(id::B2, 128 * wires as u64)?,
            c: sections.exactly(id::C, 64 * behind as u64)?,
            h: sections.exactly(id::H, 64 * rows as u64)?,
            committed: optional(id::COMMITTED, committed)?,
            knowledge: optional(id::KNOWLEDGE, advice)?,
        };
        let points = read_points(&header[COUNTS_BYTES..])?;
        let ic = Encoded::<Fq>::new(&content[ranges.ic.clone()]);
        for it in ic.bytes().chunks_exact(64) {
            read_point::<Fq>(it, id::IC)?;
        }
        let coefficients = Coefficients::parse(&content[ranges.coefficients.clone()], rows, wires)?;
        let live_a = live(&Encoded::<Fq>::new(&content[ranges.a.clone()]));
        let mut live_b = live(&Encoded::<Fq>::new(&content[ranges.b1.clone()]));
        for (it, twin) in
            live_b.iter_mut().zip(live(&Encoded::<Fq2>::new(&content[ranges.b2.clone()])))
        {
            *it |= twin;
        }
        Ok(Self {
            wires,
            public_signals,
            points,
            domain: Domain::new(rows.trailing_zeros()),
            coefficients,
            live_a,
            live_b,
            groups,
            ranges,
            bytes: boxed,
        })
    }

    pub fn wires(&self) -> usize {
        self.wires
    }

    pub fn public_signals(&self) -> usize {
        self.public_signals
    }

    pub fn domain_size(&self) -> usize {
        self.domain.size()
    }

    /// The committed wires; `None` for a plain key.
    pub fn groups(&self) -> Option<&Groups> {
        self.groups.as_ref()
    }

    pub fn verifying_key(&self) -> VerifyingKey {
        let ic = Encoded::new(self.slice(&self.ranges.ic));
        VerifyingKey {
            alpha: self.points.alpha1,
            beta: self.points.beta2,
            gamma: self.points.gamma2,
            delta: self.points.delta2,
            ic: (0..ic.len()).map(|i| ic.get(i)).collect(),
            sigma: self.groups.as_ref().map(|it| it.sigma),
        }
    }

    /// Bytes held besides the file's.
    pub fn held_bytes(&self) -> usize {
        self.coefficients.bytes()
            + 8 * (self.live_a.len() + self.live_b.len())
            + self.domain.bytes()
    }

    /// The first wire that has a point in section C.
    pub(super) fn first_in_c(&self) -> usize {
        self.groups.as_ref().map_or(self.public_signals + 1, |it| it.advice.end)
    }

    pub(super) fn coefficient_section(&self) -> &[u8] {
        self.slice(&self.ranges.coefficients)
    }

    pub(super) fn a(&self) -> Encoded<'_, Fq> {
        Encoded::new(self.slice(&self.ranges.a))
    }

    pub(super) fn b1(&self) -> Encoded<'_, Fq> {
        Encoded::new(self.slice(&self.ranges.b1))
    }

    pub(super) fn b2(&self) -> Encoded<'_, Fq2> {
        Encoded::new(self.slice(&self.ranges.b2))
    }

    pub(super) fn c(&self) -> Encoded<'_, Fq> {
        Encoded::new(self.slice(&self.ranges.c))
    }

    pub(super) fn h(&self) -> Encoded<'_, Fq> {
        Encoded::new(self.slice(&self.ranges.h))
    }

    /// K of the committed wires.
    pub(super) fn committed(&self) -> Encoded<'_, Fq> {
        Encoded::new(self.slice(&self.ranges.committed))
    }

    /// sigma · K of the advice.
    pub(super) fn knowledge(&self) -> Encoded<'_, Fq> {
        Encoded::new(self.slice(&self.ranges.knowledge))
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        &(*self.bytes).as_ref()[range.clone()]
    }
}

fn check_primes(header: &[u8]) -> Result<(), KeyError> {
    let prime = |at: usize, expected: [u64; 4]| {
        let bytes = header.get(at + 4..at + 36);
        read_u32(header, at) == Some(32)
            && bytes == Some(expected.map(u64::to_le_bytes).as_flattened())
    };
    if prime(0, FqModulus::P) && prime(36, FrModulus::P) { Ok(()) } else { Err(KeyError::Curve) }
}

fn read_point<F: Curve>(bytes: &[u8], section: u32) -> Result<Affine<F>, KeyError> {
    Affine::read(bytes).filter(Affine::is_in_group).ok_or(KeyError::Point { section })
}

fn read_points(bytes: &[u8]) -> Result<Points, KeyError> {
    let one = |at: usize| finite(read_point(&bytes[at..at + 64], id::HEADER)?, id::HEADER);
    let two = |at: usize| finite(read_point(&bytes[at..at + 128], id::HEADER)?, id::HEADER);
    Ok(Points {
        alpha1: one(0)?,
        beta1: one(64)?,
        beta2: two(128)?,
        gamma2: two(256)?,
        delta1: one(384)?,
        delta2: two(448)?,
    })
}

fn finite<F: Curve>(point: Affine<F>, section: u32) -> Result<Affine<F>, KeyError> {
    if point.is_infinity() { Err(KeyError::Point { section }) } else { Ok(point) }
}

fn read_coefficients(content: &[u8], sections: &Sections) -> Result<Range<usize>, KeyError> {
    let range = sections.get(id::COEFFICIENTS)?;
    let count = read_u32(&content[range.clone()], 0).ok_or(KeyError::EndsEarly)?;
    sections.exactly(id::COEFFICIENTS, 4 + u64::from(count) * ENTRY_BYTES as u64)
}

fn read_groups(
    content: &[u8],
    sections: &Sections,
    first: usize,
    wires: usize,
) -> Result<Groups, KeyError> {
    let section = &content[sections.get(id::GROUPS)?];
    let word = |i: usize| read_u32(section, 4 * i).map(|it| it as usize);
    let group = |i: usize| -> Option<Range<usize>> {
        let (first, count) = (word(1 + 2 * i)?, word(2 + 2 * i)?);
        (count > 0).then_some(first..first.checked_add(count)?)
    };
    let (weights, advice) = match word(0) {
        Some(1) => (Some(first..first), group(0)),
        Some(2) => (group(0), group(1)),
        _ => (None, None),
    };
    let (Some(weights), Some(advice)) = (weights, advice) else {
        return Err(KeyError::Groups);
    };
    let groups = if weights.is_empty() { 1 } else { 2 };
    sections.exactly(id::GROUPS, 4 + 8 * groups)?;
    if weights.start != first || advice.start != weights.end || advice.end > wires {
        return Err(KeyError::Groups);
    }
    let sigma = &content[sections.exactly(id::SIGMA, 128)?];
    let sigma = finite(read_point(sigma, id::SIGMA)?, id::SIGMA)?;
    Ok(Groups { weights, advice, sigma })
}

fn live<F: Curve>(points: &Encoded<F>) -> Vec<u64> {
    let mut bits = vec![0; points.len().div_ceil(64)];
    for i in 0..points.len() {
        bits[i / 64] |= u64::from(!points.is_infinity(i)) << (i % 64);
    }
    bits
}
