use core::sync::atomic::AtomicBool;

use crate::curves::{Affine, Encoded, Xyzz, to_affine_all};
use crate::msm::{Msm, Scratch, signed_digits};
use crate::parallel::{Cancelled, map};

/// Bits of a digit: tables of 475 KB in G1, half a second-level cache.
const WINDOW: u32 = 9;
const WINDOWS: usize = 255usize.div_ceil(WINDOW as usize);
const CHUNK: usize = 1 << 10;

/// Each scalar times the point; scalars are below r.
pub fn multiply_all<F: Msm>(
    point: Affine<F>,
    scalars: &[[u64; 4]],
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Vec<Affine<F>>, Cancelled> {
    let table = table(point, threads, cancel)?;
    let chunks: Vec<_> = scalars.chunks(CHUNK).collect();
    let parts = map(threads, chunks.len(), cancel, Scratch::new, |scratch, i| {
        let mut entries = Vec::with_capacity(chunks[i].len() * WINDOWS);
        let mut starts = vec![0];
        for &scalar in chunks[i] {
            let mut digits = [0; WINDOWS];
            signed_digits(scalar, WINDOW, &mut digits);
            for (w, &digit) in digits.iter().enumerate().filter(|it| *it.1 != 0) {
                let index = (w << (WINDOW - 1)) + usize::from(digit.unsigned_abs()) - 1;
                entries.push((index << 1) as u32 | u32::from(digit < 0));
            }
            starts.push(entries.len() as u32);
        }
        let mut sums = vec![Affine::INFINITY; chunks[i].len()];
        let points = Encoded::from_points(&table);
        F::sum_lists(points, &entries, &starts, &mut sums, scratch, cancel)?;
        Ok(sums)
    })?;
    Ok(parts.concat())
}

/// `1, 2, ... 2^(WINDOW - 1)` times `2^(WINDOW · w)` times the point, for each w.
fn table<F: Msm>(
    point: Affine<F>,
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Vec<Affine<F>>, Cancelled> {
    let mut bases = vec![Xyzz::from(point)];
    for w in 1..WINDOWS {
        bases.push((0..WINDOW).fold(bases[w - 1], |it, _| it.double()));
    }
    let bases = to_affine_all(&bases);
    let rows = map(
        threads,
        WINDOWS,
        cancel,
        || (),
        |(), w| {
            let mut multiple = Xyzz::INFINITY;
            let row: Vec<_> = (0..1 << (WINDOW - 1))
                .map(|_| {
                    multiple = multiple.add_affine(&bases[w]);
                    multiple
                })
                .collect();
            Ok(to_affine_all(&row))
        },
    )?;
    Ok(rows.concat())
}
