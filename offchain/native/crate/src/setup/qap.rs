use super::development::{Secrets, SetupError};
use super::r1cs::R1cs;
use crate::fft::root_of_unity;
use crate::fields::{Field, Fr, invert_all};

/// A circuit's polynomials at tau; whoever sees them can forge.
pub struct Qap {
    pub a: Vec<Fr>,
    pub b: Vec<Fr>,
    /// `beta · a + alpha · b + c`, not divided by anything.
    pub combined: Vec<Fr>,
    /// The odd Lagrange polynomials of the doubled domain, divided by delta. The prover has the quotient times the vanishing
    /// polynomial at those points, where that is zero at all even ones; hence no factor Z(tau).
    pub h: Vec<Fr>,
}

impl Drop for Qap {
    fn drop(&mut self) {
        for it in [&mut self.a, &mut self.b, &mut self.combined, &mut self.h] {
            it.fill(Fr::ZERO);
        }
        // The compiler may not leave it out as something that nobody reads.
        core::hint::black_box(self);
    }
}

impl Qap {
    /// Evaluates the QAP (Groth, EUROCRYPT 2016, section 3.2) over the domain and with the extra rows that snarkjs uses.
    pub fn evaluate(r1cs: &R1cs, power: u32, secrets: &Secrets) -> Result<Self, SetupError> {
        let size = 1usize << power;
        let root = root_of_unity(power);
        let doubled = root_of_unity(power + 1);
        let delta = secrets.delta.inverse().ok_or(SetupError::Secrets)?;
        let values = lagrange(secrets.tau, Fr::ONE, root, size, 1)?;
        let mut h = lagrange(secrets.tau, doubled, root, size, 2)?;
        for it in &mut h {
            *it *= delta;
        }
        let mut sums = [(); 3].map(|()| vec![Fr::ZERO; r1cs.wires]);
        r1cs.for_each_term(|it| sums[it.side][it.wire] += it.value * values[it.row])?;
        for wire in 0..=r1cs.public_signals {
            sums[0][wire] += values[r1cs.constraints + wire];
        }
        let [a, b, c] = sums;
        let combined = a
            .iter()
            .zip(&b)
            .zip(&c)
            .map(|((&a, &b), &c)| secrets.beta * a + secrets.alpha * b + c)
            .collect();
        Ok(Self { a, b, combined, h })
    }
}

/// Lagrange polynomials of the points `first · step^i`, i below `count`, of the domain of `count · stride` roots of unity,
/// at tau: `(tau^n - 1) / n · x / (tau - x)`.
fn lagrange(
    tau: Fr,
    first: Fr,
    step: Fr,
    count: usize,
    stride: usize,
) -> Result<Vec<Fr>, SetupError> {
    let size = (count * stride) as u64;
    let vanishing = tau.power(&[size]) - Fr::ONE;
    let size_inverse = Fr::from_u64(size).inverse().unwrap_or(Fr::ONE); // below r, not zero
    if vanishing.is_zero() {
        return Err(SetupError::Secrets); // tau is in the domain
    }
    let mut points = Vec::with_capacity(count);
    let mut point = first;
    for _ in 0..count {
        points.push(point);
        point *= step;
    }
    let mut values: Vec<Fr> = points.iter().map(|&it| tau - it).collect();
    invert_all(&mut values);
    let factor = vanishing * size_inverse;
    for (value, point) in values.iter_mut().zip(points) {
        *value *= point * factor;
    }
    Ok(values)
}
