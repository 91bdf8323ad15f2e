//! Seeded draws for tests.

use crate::curves::{Affine, Curve, G1Affine, G2Affine, Xyzz, generator1, generator2};
use crate::fields::{Fq, Fq2, Fr, FrModulus, Modulus};

/// SplitMix64 (Steele, Lea, Flood, 2014).
pub struct Draws(u64);

impl Draws {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.word() % limit
    }

    /// An integer below r, hence below q.
    pub fn limbs(&mut self) -> [u64; 4] {
        [self.word(), self.word(), self.word(), self.word() >> 3]
    }

    pub fn fr(&mut self) -> Fr {
        Fr::from_canonical(self.limbs()).expect("below 2^253")
    }

    pub fn fq(&mut self) -> Fq {
        Fq::from_canonical(self.limbs()).expect("below 2^253")
    }

    pub fn fq2(&mut self) -> Fq2 {
        Fq2::new(self.fq(), self.fq())
    }

    pub fn g1(&mut self) -> G1Affine {
        multiple(generator1(), self)
    }

    pub fn g2(&mut self) -> G2Affine {
        multiple(generator2(), self)
    }
}

fn multiple<F: Curve>(generator: Affine<F>, draws: &mut Draws) -> Affine<F> {
    Xyzz::from(generator).multiply(&draws.limbs()).to_affine()
}

/// A circuit file and the values of its wires.
pub struct Circuit {
    pub r1cs: Vec<u8>,
    pub public_signals: usize,
    pub wires: usize,
    pub witness: Vec<Fr>,
}

impl Circuit {
    pub const INPUTS: usize = 9;

    /// Each row multiplies two drawn combinations of the wires before it into a new wire; of the inputs, three are public.
    pub fn draw(draws: &mut Draws, constraints: usize) -> Self {
        let public_signals = 3;
        let mut witness = vec![Fr::from_u64(1)];
        witness.extend((0..Self::INPUTS).map(|i| match i % 3 {
            0 => draws.fr(),
            1 => -Fr::from_u64(draws.below(200)),
            _ => Fr::from_u64(draws.below(2)),
        }));
        let mut body = Vec::new();
        for _ in 0..constraints {
            let mut product = Fr::from_u64(1);
            for _ in 0..2 {
                let terms = draws.below(4) as u32;
                let mut sum = Fr::from_u64(0);
                body.extend(terms.to_le_bytes());
                let first = draws.below(witness.len() as u64) as usize;
                for k in 0..terms as usize {
                    let wire = (first + 3 * k) % witness.len(); // none twice
                    let coefficient =
                        if draws.below(2) == 0 { Fr::from_u64(1) } else { draws.fr() };
                    body.extend((wire as u32).to_le_bytes());
                    body.extend(coefficient.to_bytes());
                    sum += coefficient * witness[wire];
                }
                product *= sum;
            }
            body.extend(1u32.to_le_bytes());
            body.extend((witness.len() as u32).to_le_bytes());
            body.extend(Fr::from_u64(1).to_bytes());
            witness.push(product);
        }
        let mut header = 32u32.to_le_bytes().to_vec();
        header.extend(FrModulus::P.map(u64::to_le_bytes).as_flattened());
        for count in [witness.len(), 0, public_signals, Self::INPUTS - public_signals] {
            header.extend((count as u32).to_le_bytes());
        }
        header.extend((witness.len() as u64).to_le_bytes());
        header.extend((constraints as u32).to_le_bytes());
        let labels = (0..witness.len() as u64).flat_map(u64::to_le_bytes).collect();
        let mut r1cs = b"r1cs\x01\0\0\0\x03\0\0\0".to_vec();
        for (id, section) in [(2u32, body), (1, header), (3, labels)] {
            r1cs.extend(id.to_le_bytes());
            r1cs.extend((section.len() as u64).to_le_bytes());
            r1cs.extend(section);
        }
        Self { r1cs, public_signals, wires: witness.len(), witness }
    }

    /// As in section 2 of a `.wtns` file.
    pub fn witness_bytes(&self) -> Vec<u8> {
        self.witness.iter().flat_map(|it| it.to_bytes()).collect()
    }
}
