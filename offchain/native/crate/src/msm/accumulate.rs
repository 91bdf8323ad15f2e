use core::sync::atomic::AtomicBool;

use super::lanes::{Lanes, MAX_WIDTH};
use crate::curves::{Affine, Encoded, Xyzz};
use crate::fields::{Field, invert_all};
use crate::parallel::{Cancelled, check};

/// Points that are summed together, so that what is worked on stays in the second-level cache.
pub const CHUNK: usize = 4096;
/// Products for the shared inversion that grow independently, since one waits for its predecessor.
const CHAINS: usize = 4;

/// Groups of lanes by which points are asked for before they are used.
const AHEAD: usize = 4;

/// Memory of one thread that sums buckets.
pub struct Workspace<L: Lanes> {
    /// Sums so far; each addition appends one.
    pool: Vec<Affine<L::F>>,
    left: Vec<u32>,
    right: Vec<u32>,
    /// What remains to be added, runs of each bucket: entries of the pool.
    items: Vec<u32>,
    next_items: Vec<u32>,
    runs: Vec<Run>,
    next_runs: Vec<Run>,
    deltas: Vec<L>,
    prefixes: Vec<L>,
    repairs: Vec<Repair<L::F>>,
}

#[derive(Clone, Copy)]
struct Run {
    bucket: u32,
    length: u32,
}

/// A pair whose sum the chord does not give.
struct Repair<F> {
    pair: usize,
    sum: Special<F>,
}

enum Special<F> {
    /// The sum itself.
    Known(Affine<F>),
    /// A doubling: the numerator of the tangent's slope.
    Tangent(F),
}

impl<L: Lanes> Workspace<L> {
    pub fn new() -> Self {
        Self {
            pool: vec![Affine::INFINITY; CHUNK + 2 * L::WIDTH],
            left: Vec::new(),
            right: Vec::new(),
            items: Vec::new(),
            next_items: Vec::new(),
            runs: Vec::new(),
            next_runs: Vec::new(),
            deltas: Vec::new(),
            prefixes: Vec::new(),
            repairs: Vec::new(),
        }
    }
}

/// Adds to each bucket its entries, `entries[starts[b]..starts[b + 1]]`: index of a base times two, plus one where its
/// negative is meant.
#[inline(always)]
pub fn accumulate<L: Lanes>(
    bases: Encoded<L::F>,
    entries: &[u32],
    starts: &[u32],
    buckets: &mut [Affine<L::F>],
    space: &mut Workspace<L>,
    cancel: &AtomicBool,
) -> Result<(), Cancelled> {
    let mut from = 0;
    let mut bucket = 0;
    while from < entries.len() {
        check(cancel)?;
        let until = entries.len().min(from + CHUNK);
        space.runs.clear();
        let mut at = from;
        while at < until {
            while starts[bucket + 1] as usize <= at {
                bucket += 1;
            }
            let end = until.min(starts[bucket + 1] as usize);
            space.runs.push(Run { bucket: bucket as u32, length: (end - at) as u32 });
            at = end;
        }
        sum_chunk(bases, &entries[from..until], buckets, space);
        from = until;
    }
    Ok(())
}

/// Halves every run of `space.runs` until one point is left of each.
#[inline(always)]
fn sum_chunk<L: Lanes>(
    bases: Encoded<L::F>,
    entries: &[u32],
    buckets: &mut [Affine<L::F>],
    space: &mut Workspace<L>,
) {
    let mut top = 0;
    let mut first = true;
    space.items.clear();
    space.items.extend_from_slice(entries);
    while !space.runs.is_empty() {
        space.left.clear();
        space.right.clear();
        space.next_items.clear();
        space.next_runs.clear();
        let mut at = 0;
        // Sums of pairs come to lie from `sums` on; odd ones of the first round are copied below it.
        let odd = if first { space.runs.iter().filter(|it| it.length % 2 == 1).count() } else { 0 };
        let sums = top + odd;
        for &Run { bucket, length } in &space.runs {
            let length = length as usize;
            let run = &space.items[at..at + length];
            at += length;
            if length == 1 && !first {
                put(&mut buckets[bucket as usize], space.pool[(run[0] >> 1) as usize]);
                continue;
            }
            for pair in run.chunks_exact(2) {
                space.next_items.push(((sums + space.left.len()) << 1) as u32);
                space.left.push(pair[0]);
                space.right.push(pair[1]);
            }
            if length % 2 == 1 {
                let last = run[length - 1];
                if first {
                    let point = bases.get((last >> 1) as usize);
                    space.pool[top] = if last & 1 == 1 { -point } else { point };
                    space.next_items.push((top << 1) as u32);
                    top += 1;
                } else {
                    space.next_items.push(last);
                }
            }
            space.next_runs.push(Run { bucket, length: length.div_ceil(2) as u32 });
        }
        let pairs = space.left.len();
        if pairs > 0 {
            // Whole vectors: the last pair again.
            let padded = pairs.next_multiple_of(L::WIDTH);
            space.left.resize(padded, space.left[pairs - 1]);
            space.right.resize(padded, space.right[pairs - 1]);
            let (below, above) = space.pool.split_at_mut(sums);
            let source = if first { bases } else { Encoded::from_points(below) };
            let work = Pairs {
                left: &space.left,
                right: &space.right,
                deltas: &mut space.deltas,
                prefixes: &mut space.prefixes,
                repairs: &mut space.repairs,
            };
            add_pairs(source, work, &mut above[..padded]);
        }
        top = sums + pairs;
        first = false;
        core::mem::swap(&mut space.items, &mut space.next_items);
        core::mem::swap(&mut space.runs, &mut space.next_runs);
    }
}

fn put<F: crate::curves::Curve>(bucket: &mut Affine<F>, point: Affine<F>) {
    let point = Encoded::from_points(&[point]).get(0); // below q again
    *bucket = if bucket.is_infinity() {
        point
    } else {
        Xyzz::from(*bucket).add_affine(&point).to_affine()
    };
}

struct Pairs<'a, L: Lanes> {
    left: &'a [u32],
    right: &'a [u32],
    deltas: &'a mut Vec<L>,
    prefixes: &'a mut Vec<L>,
    repairs: &'a mut Vec<Repair<L::F>>,
}

/// `sums[i] = left[i] + right[i]`, with one inversion for all.
#[inline(always)]
fn add_pairs<L: Lanes>(
    source: Encoded<L::F>,
    Pairs { left, right, deltas, prefixes, repairs }: Pairs<L>,
    sums: &mut [Affine<L::F>],
) {
    let groups = left.len() / L::WIDTH;
    deltas.clear();
    prefixes.clear();
    repairs.clear();
    let mut products = [L::splat(L::F::ONE); CHAINS];
    for group in 0..groups {
        let at = group * L::WIDTH;
        let (l, r) = (&left[at..at + L::WIDTH], &right[at..at + L::WIDTH]);
        let soon = at + AHEAD * L::WIDTH;
        if soon < left.len() {
            L::prefetch(source, &left[soon..soon + L::WIDTH]);
            L::prefetch(source, &right[soon..soon + L::WIDTH]);
        }
        let x1 = L::gather_x(source, l);
        let x2 = L::gather_x(source, r);
        let mut delta = x2.difference(x1);
        let mut suspects = L::suspects(&x1, &x2, &delta);
        if suspects != 0 {
            let mut values = [L::F::ZERO; MAX_WIDTH];
            delta.store(&mut values[..L::WIDTH]);
            while suspects != 0 {
                let lane = suspects.trailing_zeros() as usize;
                suspects &= suspects - 1;
                if let Some((value, sum)) = special(source, l[lane], r[lane]) {
                    values[lane] = value;
                    repairs.push(Repair { pair: at + lane, sum });
                }
            }
            delta = L::load(&values[..L::WIDTH]);
        }
        let product = &mut products[group % CHAINS];
        prefixes.push(*product);
        *product = product.product(delta);
        deltas.push(delta);
    }
    invert_chains(&mut products);
    for group in (0..groups).rev() {
        let at = group * L::WIDTH;
        let chain = &mut products[group % CHAINS];
        let inverse = chain.product(prefixes[group]);
        *chain = chain.product(deltas[group]);
        let (x1, y1) = L::gather(source, &left[at..at + L::WIDTH]);
        let (x2, y2) = L::gather(source, &right[at..at + L::WIDTH]);
        let mut rise = y2.difference(y1);
        let mut repaired = repairs.len();
        while repaired > 0 && repairs[repaired - 1].pair >= at {
            repaired -= 1;
        }
        if repaired < repairs.len() {
            let mut values = [L::F::ZERO; MAX_WIDTH];
            rise.store(&mut values[..L::WIDTH]);
            for it in &repairs[repaired..] {
                if let Special::Tangent(numerator) = it.sum {
                    values[it.pair - at] = numerator;
                }
            }
            rise = L::load(&values[..L::WIDTH]);
        }
        let (x, y) = L::chord(x1, y1, x2, rise, inverse);
        L::scatter(x, y, &mut sums[at..at + L::WIDTH]);
        while repaired < repairs.len() {
            if let Some(Repair { pair, sum: Special::Known(point) }) = repairs.pop() {
                sums[pair] = point;
            }
        }
    }
}

/// What to invert for a pair that the chord does not fit, and its sum; `None` where the chord does.
#[cold]
fn special<F: crate::curves::Curve>(
    source: Encoded<F>,
    left: u32,
    right: u32,
) -> Option<(F, Special<F>)> {
    let [p, q] = [left, right].map(|entry| {
        let point = source.get((entry >> 1) as usize);
        if entry & 1 == 1 { -point } else { point }
    });
    if p.is_infinity() {
        return Some((F::ONE, Special::Known(q)));
    }
    if q.is_infinity() {
        return Some((F::ONE, Special::Known(p)));
    }
    if p.x != q.x {
        return None;
    }
    if p.y != q.y || p.y.is_zero() {
        return Some((F::ONE, Special::Known(Affine::INFINITY)));
    }
    let square = p.x.square();
    Some((p.y.double(), Special::Tangent(square.double() + square)))
}

/// Replaces each lane of each product by its scaled inverse. No product is zero: `special` took such factors out.
#[inline(always)]
fn invert_chains<L: Lanes>(products: &mut [L; CHAINS]) {
    let mut all = products[0];
    let mut prefixes = [all; CHAINS];
    for i in 1..CHAINS {
        prefixes[i] = all;
        all = all.product(products[i]);
    }
    let mut lanes = [L::F::ZERO; MAX_WIDTH];
    let lanes = &mut lanes[..L::WIDTH];
    all.store(lanes);
    invert_all(lanes);
    for it in lanes.iter_mut() {
        *it = scale(*it, L::INVERSE_SCALE);
    }
    all = L::load(lanes);
    for i in (1..CHAINS).rev() {
        let inverse = all.product(prefixes[i]);
        all = all.product(products[i]);
        products[i] = inverse;
    }
    products[0] = all;
}

/// `factor · value` for a power of two.
fn scale<F: Field>(value: F, factor: u64) -> F {
    (0..factor.trailing_zeros()).fold(value, |it, _| it.double())
}
