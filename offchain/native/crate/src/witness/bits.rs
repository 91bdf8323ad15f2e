//! Rows that say that a wire is a bit, and rows whose wires are the binary digits of what else they have.

use super::system::{C, System, Term};
use super::tape::{Digit, Rest};
use crate::fields::{Field, Fr};

/// Returns k where the row says `f · (f - k) = 0` of its factor f, up to a multiple, and k is not zero.
fn root(system: &System, row: usize, factor: usize) -> Option<Fr> {
    if !system.side(row, C).is_empty() {
        return None;
    }
    let [a, b] = [factor, 1 - factor].map(|side| system.side(row, side));
    let is_wire = |it: &&Term| it.wire != 0;
    let first = a.iter().find(is_wire)?;
    let second = b.iter().find(is_wire)?;
    let ratio = system.inverse(*first) * system.coefficient(*second);
    let mut others = b.iter().filter(is_wire);
    for it in a.iter().filter(is_wire) {
        let other = others.next().filter(|other| other.wire == it.wire)?;
        if system.coefficient(*it) * ratio != system.coefficient(*other) {
            return None;
        }
    }
    // b = ratio · a + d
    let d = constant(system, b) - ratio * constant(system, a);
    (others.next().is_none() && !d.is_zero()).then_some(())?;
    Some(-d * system.coefficient(*first) * system.inverse(*second))
}

fn constant(system: &System, side: &[Term]) -> Fr {
    side.iter().find(|it| it.wire == 0).map_or(Fr::ZERO, |it| system.coefficient(*it))
}

/// The wire of a row that says `wire · (wire - 1) = 0`.
pub fn bit_of(system: &System, row: usize) -> Option<u32> {
    let a = system.side(row, 0);
    let mut wires = a.iter().filter(|it| it.wire != 0);
    let term = *wires.next()?;
    if wires.next().is_some() {
        return None;
    }
    let k = root(system, row, 0)?;
    let values = [Fr::ZERO, k].map(|it| (it - constant(system, a)) * system.inverse(term));
    let is_bit = values == [Fr::ZERO, Fr::ONE] || values == [Fr::ONE, Fr::ZERO];
    is_bit.then_some(term.wire)
}

/// How the wires in question, all of them bits, follow from the rest of the row.
pub struct Reading {
    pub from: Rest,
    pub scale: Fr,
    pub digits: Vec<Digit>,
}

/// Reads `Σ ± scale · 2^exponent · bit = rest`, where no exponent occurs twice.
///
/// The optimiser leaves no linear constraint: of a decomposition it takes one wire to be what the others leave. Where that is no bit,
/// a row has the sum in c. Where it is one, all that is left is its own row, `f · (f - k) = 0`: with `f = k · bit`.
pub fn read_bits(system: &System, row: usize, is_unknown: impl Fn(u32) -> bool) -> Option<Reading> {
    let unknown =
        |side: usize| system.side(row, side).iter().copied().filter(|it| is_unknown(it.wire));
    // One factor is a multiple of the bit, the other of its complement.
    for side in [0, 1] {
        let Some(k) = root(system, row, side) else { continue };
        let terms: Vec<Term> = unknown(side).collect();
        let mut factors: Vec<_> =
            terms.iter().map(|it| (-system.coefficient(*it), -system.inverse(*it))).collect();
        factors.push((k, k.inverse()?));
        let reading = read(Rest::Factor { side: side as u32 }, &terms, &factors);
        if reading.is_some() {
            return reading;
        }
    }
    if unknown(0).next().is_some() || unknown(1).next().is_some() {
        return None;
    }
    let terms: Vec<Term> = unknown(C).collect();
    let factors: Vec<_> =
        terms.iter().map(|it| (system.coefficient(*it), system.inverse(*it))).collect();
    read(Rest::Product, &terms, &factors)
}

/// The factors are those of the terms, in their order, and perhaps of one bit that is on no wire; each with its inverse.
fn read(from: Rest, terms: &[Term], factors: &[(Fr, Fr)]) -> Option<Reading> {
    let (mut least, mut scale) = *factors.first()?;
    for &(factor, inverse) in factors {
        if exponent_of(factor * scale).is_none() {
            exponent_of(least * inverse)?;
            (least, scale) = (factor, inverse);
        }
    }
    let mut seen = [0u64; 4];
    let mut digits = Vec::with_capacity(terms.len());
    for (i, &(factor, _)) in factors.iter().enumerate() {
        let exponent = exponent_of(factor * scale)?;
        let (limb, bit) = (exponent as usize / 64, 1 << (exponent % 64));
        if seen[limb] & bit != 0 {
            return None;
        }
        seen[limb] |= bit;
        if let Some(term) = terms.get(i) {
            digits.push(Digit { wire: term.wire, exponent });
        }
    }
    Some(Reading { from, scale, digits })
}

/// e of 2^e.
fn exponent_of(value: Fr) -> Option<u32> {
    let limbs = value.to_canonical();
    let ones: u32 = limbs.iter().map(|it| it.count_ones()).sum();
    let limb = limbs.iter().position(|it| *it != 0)?;
    (ones == 1).then(|| 64 * limb as u32 + limbs[limb].trailing_zeros())
}
