use super::field::Field;

/// Inverts all elements in place with one inversion (Montgomery's trick); zeros stay zero.
pub fn invert_all<F: Field>(elements: &mut [F]) {
    let mut product = F::ONE;
    let mut prefixes = Vec::with_capacity(elements.len());
    for &it in elements.iter() {
        prefixes.push(product);
        if !it.is_zero() {
            product = product * it;
        }
    }
    let mut suffix = product.inverse().unwrap_or(F::ONE); // never zero: zeros are left out
    for (it, &prefix) in elements.iter_mut().zip(&prefixes).rev() {
        if !it.is_zero() {
            (*it, suffix) = (suffix * prefix, suffix * *it);
        }
    }
}
