use core::sync::atomic::AtomicBool;

use crate::fields::{FrModulus, Modulus};
use crate::parallel::{Cancelled, map};

/// Cost of a bucket in additions, of the sum over buckets against an addition into one; measured.
const BUCKET_COST: usize = 4;
/// Cost of a window in additions, whatever is in it.
const WINDOW_COST: usize = 300;
const MAX_WINDOW: u32 = 15;
/// Bit lengths at which scalars may be told apart.
const CUTS: [u32; 13] = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 253];
const CHUNK: usize = 1 << 13;

/// Scalars in signed digits, made once for all bases that they multiply. Zeros are left out; scalars of like length share
/// a class, so that the many short ones cost few windows. A scalar above r/2 counts as minus its negative.
pub struct Digits {
    pub classes: Vec<Class>,
}

/// Scalars of one class and their digits in base `2^window`, each at most `2^(window - 1)` in absolute value.
pub struct Class {
    pub window: u32,
    pub windows: usize,
    /// Which scalars, ascending.
    pub indices: Vec<u32>,
    /// Window by window: the digits of `indices`.
    pub digits: Vec<i16>,
}

type Limbs = [u64; 4];

impl Digits {
    /// `scalar(i)` for i in `0..count` is below r.
    pub fn new(
        count: usize,
        scalar: impl Fn(usize) -> Limbs + Sync,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<Self, Cancelled> {
        let chunks = count.div_ceil(CHUNK);
        let range = |i: usize| i * CHUNK..count.min((i + 1) * CHUNK);
        let lengths = map(
            threads,
            chunks,
            cancel,
            || (),
            |(), i| Ok(range(i).map(|i| bits(magnitude(scalar(i)).0) as u8).collect::<Vec<_>>()),
        )?;
        let mut histogram = [0usize; 256];
        for &it in lengths.iter().flatten() {
            histogram[usize::from(it)] += 1;
        }
        let plan = plan(&histogram);
        let mut members: Vec<Vec<u32>> =
            plan.iter().map(|it| Vec::with_capacity(it.count)).collect();
        let mut class_of = [0usize; 256];
        for (length, class) in class_of.iter_mut().enumerate() {
            *class = plan.partition_point(|it| (it.bits as usize) < length);
        }
        for (i, &length) in lengths.iter().flatten().enumerate() {
            if length > 0 {
                members[class_of[usize::from(length)]].push(i as u32);
            }
        }
        let mut classes = Vec::with_capacity(plan.len());
        for (shape, indices) in plan.iter().zip(members) {
            let windows = shape.windows();
            let parts = map(
                threads,
                indices.len().div_ceil(CHUNK),
                cancel,
                || (),
                |(), i| {
                    let own = &indices[i * CHUNK..indices.len().min((i + 1) * CHUNK)];
                    let mut digits = vec![0; own.len() * windows];
                    for (k, &index) in own.iter().enumerate() {
                        recode(scalar(index as usize), shape, &mut digits, k, own.len());
                    }
                    Ok(digits)
                },
            )?;
            let mut digits = vec![0; indices.len() * windows];
            for (i, part) in parts.iter().enumerate() {
                let length = part.len() / windows;
                for w in 0..windows {
                    let at = w * indices.len() + i * CHUNK;
                    digits[at..at + length].copy_from_slice(&part[w * length..][..length]);
                }
            }
            classes.push(Class { window: shape.window, windows, indices, digits });
        }
        Ok(Self { classes })
    }
}

/// Most bytes that the digits of `count` scalars take while they are made.
pub fn digit_bytes(count: usize) -> usize {
    // Smaller classes have up to a quarter more windows; the digits exist twice while chunks are joined.
    let windows = best(253, count.max(1)).windows() * 5 / 4;
    count * (2 * 2 * windows + 2 * 4 + 1) + (1 << 16)
}

/// Digits of a scalar below r in base `2^window`, each at most `2^(window - 1)` in absolute value, the lowest first;
/// `255 / window`, rounded up, of them.
pub fn signed_digits(value: Limbs, window: u32, digits: &mut [i16]) {
    recode(value, &Shape { bits: 254, window, count: 1 }, digits, 0, 1);
}

struct Shape {
    bits: u32,
    window: u32,
    count: usize,
}

impl Shape {
    fn windows(&self) -> usize {
        // One bit for the sign; single bits are their own digit.
        if self.bits == 1 { 1 } else { (self.bits + 1).div_ceil(self.window) as usize }
    }

    fn cost(&self) -> usize {
        let buckets = if self.bits == 1 { 1 } else { 1 << (self.window - 1) };
        self.windows() * (self.count + BUCKET_COST * buckets + WINDOW_COST)
    }
}

fn best(bits: u32, count: usize) -> Shape {
    let shapes = (2..=MAX_WINDOW).map(|window| Shape { bits, window, count });
    // The range is not empty.
    shapes.min_by_key(Shape::cost).unwrap_or(Shape { bits, window: 2, count })
}

/// Classes of least cost: each ends at one of `CUTS`.
fn plan(histogram: &[usize; 256]) -> Vec<Shape> {
    let below = |cut: u32| histogram[1..=cut as usize].iter().sum::<usize>();
    // least[i]: cost of all scalars up to CUTS[i], and where the class before the last ends.
    let mut least: Vec<(usize, Option<usize>)> = Vec::new();
    for (i, &cut) in CUTS.iter().enumerate() {
        let options = (0..i).map(Some).chain([None]).map(|previous| {
            let (before, cost) = previous.map_or((0, 0), |k| (below(CUTS[k]), least[k].0));
            let count = below(cut) - before;
            (cost + if count == 0 { 0 } else { best(cut, count).cost() }, previous)
        });
        least.push(options.min_by_key(|it| it.0).unwrap_or((0, None)));
    }
    let mut shapes = Vec::new();
    let mut end = Some(CUTS.len() - 1);
    while let Some(i) = end {
        end = least[i].1;
        let count = below(CUTS[i]) - end.map_or(0, |k| below(CUTS[k]));
        if count > 0 {
            shapes.push(best(CUTS[i], count));
        }
    }
    shapes.reverse();
    shapes
}

fn bits(value: Limbs) -> u32 {
    (0..4)
        .rev()
        .find(|&i| value[i] != 0)
        .map_or(0, |i| 64 * (i as u32 + 1) - value[i].leading_zeros())
}

/// The shorter of `value` and `r - value`, and whether it is the latter.
fn magnitude(value: Limbs) -> (Limbs, bool) {
    if value[3] == 0 {
        return (value, false);
    }
    let mut negated = [0; 4];
    let mut borrow = false;
    for i in 0..4 {
        let (d, b1) = FrModulus::P[i].overflowing_sub(value[i]);
        let (d, b2) = d.overflowing_sub(u64::from(borrow));
        negated[i] = d;
        borrow = b1 | b2;
    }
    if negated.iter().rev().lt(value.iter().rev()) { (negated, true) } else { (value, false) }
}

/// Writes digit w of the k-th of `stride` scalars to `digits[w · stride + k]`.
fn recode(value: Limbs, shape: &Shape, digits: &mut [i16], k: usize, stride: usize) {
    let (value, negative) = magnitude(value);
    let window = shape.window;
    if shape.bits == 1 {
        digits[k] = if negative { -1 } else { 1 };
        return;
    }
    let mask = (1u64 << window) - 1;
    let mut carry = 0;
    for w in 0..shape.windows() {
        let at = w as u32 * window;
        let (limb, shift) = ((at / 64) as usize, at % 64);
        let mut digit = value.get(limb).map_or(0, |it| it >> shift);
        if shift + window > 64 {
            digit |= value.get(limb + 1).map_or(0, |it| it << (64 - shift));
        }
        let mut digit = (digit & mask) as i32 + carry;
        carry = i32::from(digit > 1 << (window - 1));
        digit -= carry << window;
        digits[w * stride + k] = (if negative { -digit } else { digit }) as i16;
    }
}
