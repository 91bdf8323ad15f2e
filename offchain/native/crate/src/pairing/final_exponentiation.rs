use super::X;
use super::fq12::Fq12;

/// `f^((q^12 - 1) / r)`, and zero's, which no Miller loop gives, is one.
///
/// `(q^12 - 1) / r = (q^6 - 1) (q^2 + 1) · (q^4 - q^2 + 1) / r`; the last factor by the vectorial addition chain of Scott,
/// Benger, Charlemagne, Dominguez Perez and Kachisa ("On the final exponentiation", Pairing 2009), section 5.
pub fn final_exponentiation(f: Fq12) -> Fq12 {
    let inverse = f.inverse().unwrap_or(Fq12::ONE);
    let first = f.conjugate() * inverse;
    hard_part(first.frobenius().frobenius() * first)
}

/// `f^((q^4 - q^2 + 1) / r)`; `f` is in the group of order `q^4 - q^2 + 1`, where the conjugate is the inverse.
pub(super) fn hard_part(f: Fq12) -> Fq12 {
    let q = |it: Fq12| it.frobenius();
    let f1 = f.power(&[X]);
    let f2 = f1.power(&[X]);
    let f3 = f2.power(&[X]);
    let y0 = q(f) * q(q(f)) * q(q(q(f)));
    let y1 = f.conjugate();
    let y2 = q(q(f2));
    let y3 = q(f1).conjugate();
    let y4 = (f1 * q(f2)).conjugate();
    let y5 = f2.conjugate();
    let y6 = (f3 * q(f3)).conjugate();
    // y0 · y1^2 · y2^6 · y3^12 · y4^18 · y5^30 · y6^36
    let a = y6.square() * y4 * y5;
    let b = y3 * y5 * a;
    let a = a * y2;
    let b = (b.square() * a).square();
    let a = b * y1;
    let b = b * y0;
    a.square() * b
}
