use super::words::Words;
use crate::curves::{G1Affine, G2Affine, generator2};

/// What proofs of one circuit are verified with.
pub struct VerifyingKey {
    pub(super) alpha: G1Affine,
    pub(super) beta: G2Affine,
    pub(super) gamma: G2Affine,
    pub(super) delta: G2Affine,
    /// `sigma · H` of a commit-and-prove key.
    pub(super) sigma: Option<G2Affine>,
    pub(super) ic: Vec<G1Affine>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyError {
    /// It ends within a point, or has no IC.
    Length,
    /// A point is not canonical, not in its group, or infinity, which would cancel a term of the equation.
    Point,
    /// Two points of G2 are equal up to sign: anyone can forge.
    Forgeable,
}

impl VerifyingKey {
    /// Reads `alpha, beta, gamma, delta, IC...`, big-endian words as in EIP-197.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::parse(bytes, false)
    }

    /// Reads `alpha, beta, gamma, delta, S, IC...` of a commit-and-prove key, whose gamma is the generator of G2.
    pub fn read_committed(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::parse(bytes, true)
    }

    fn parse(bytes: &[u8], is_committed: bool) -> Result<Self, KeyError> {
        let mut words = Words::new(bytes);
        let count = words.count().ok_or(KeyError::Length)?;
        let head = 2 + 3 * 4 + if is_committed { 4 } else { 0 };
        if count < head + 2 || !(count - head).is_multiple_of(2) {
            return Err(KeyError::Length);
        }
        let g1 =
            |words: &mut Words| words.g1().filter(|it| !it.is_infinity()).ok_or(KeyError::Point);
        let g2 =
            |words: &mut Words| words.g2().filter(|it| !it.is_infinity()).ok_or(KeyError::Point);
        let alpha = g1(&mut words)?;
        let (beta, gamma, delta) = (g2(&mut words)?, g2(&mut words)?, g2(&mut words)?);
        let sigma = if is_committed { Some(g2(&mut words)?) } else { None };
        let ic = (0..(count - head) / 2).map(|_| g1(&mut words)).collect::<Result<_, _>>()?;
        if is_committed && gamma != generator2() {
            return Err(KeyError::Point);
        }
        let related = |a: G2Affine, b: G2Affine| a == b || a == -b;
        let secrets: Vec<_> = [beta, gamma, delta].into_iter().chain(sigma).collect();
        let is_taken = |i: usize| secrets[..i].iter().any(|&it| related(it, secrets[i]));
        if (0..secrets.len()).any(is_taken) {
            return Err(KeyError::Forgeable);
        }
        Ok(Self { alpha, beta, gamma, delta, sigma, ic })
    }
}
