use core::mem;
use core::sync::atomic::AtomicBool;

use super::accumulate::{CHUNK, Workspace, accumulate};
use super::digits::{Class, Digits};
use super::lanes::Lanes;
use super::portable::One;
use super::reduce::reduce;
use crate::curves::{Affine, Curve, Encoded, Xyzz};
use crate::fields::{Fq, Fq2};
use crate::parallel::{Cancelled, map};
#[cfg(target_arch = "x86_64")]
use crate::{fields::FqModulus, simd};

/// Points that some scalars multiply: scalar i belongs to point `i - offset`; those before the first or after the last
/// have none.
#[derive(Clone, Copy)]
pub struct Bases<'a, F> {
    pub points: Encoded<'a, F>,
    pub offset: usize,
    /// Which scalars have a point that is not infinity, a bit each; all where absent.
    pub live: Option<&'a [u64]>,
}

/// Fields over which sums are taken, with the fastest lanes that this processor has.
pub trait Msm: Curve {
    type Workspace;
    /// `portable` leaves out what only some processors have.
    fn workspace(portable: bool) -> Self::Workspace;
    fn sum_window(
        bases: &Bases<Self>,
        class: &Class,
        window: usize,
        scratch: &mut Scratch<Self>,
        cancel: &AtomicBool,
    ) -> Result<Xyzz<Self>, Cancelled>;
    /// Adds to each sum the points of its entries, `entries[starts[i]..starts[i + 1]]`: index of a point times two, plus one
    /// where its negative is meant.
    fn sum_lists(
        points: Encoded<Self>,
        entries: &[u32],
        starts: &[u32],
        sums: &mut [Affine<Self>],
        scratch: &mut Scratch<Self>,
        cancel: &AtomicBool,
    ) -> Result<(), Cancelled>;
}

/// Memory of one thread.
pub struct Scratch<F: Msm> {
    lists: Lists<F>,
    space: F::Workspace,
}

/// Entries sorted by bucket, where those of each bucket begin, and the sums.
struct Lists<F> {
    entries: Vec<u32>,
    starts: Vec<u32>,
    buckets: Vec<Affine<F>>,
}

impl<F> Default for Lists<F> {
    fn default() -> Self {
        Self { entries: Vec::new(), starts: Vec::new(), buckets: Vec::new() }
    }
}

impl<F: Msm> Scratch<F> {
    pub fn new() -> Self {
        Self::with(F::workspace(false))
    }

    /// The same on any processor.
    pub fn portable() -> Self {
        Self::with(F::workspace(true))
    }

    fn with(space: F::Workspace) -> Self {
        Self { lists: Lists::default(), space }
    }
}

impl<F: Msm> Default for Scratch<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// Most bytes that one thread needs for sums of `count` points.
pub fn scratch_bytes<F: Curve>(count: usize) -> usize {
    let buckets = 1 << 14;
    let point = Affine::<F>::BYTES;
    // Pool, differences and products (80 bytes for 64 of a coordinate) and lists of a chunk.
    4 * count + buckets * (point + 4) + CHUNK * (point + 2 * point + 16)
}

/// The workspace of the lanes in use.
pub enum Workspaces<P: Lanes, W: Lanes> {
    Portable(Workspace<P>),
    Wide(Workspace<W>),
}

macro_rules! impl_msm {
    ($field:ty, $wide:ty) => {
        impl Msm for $field {
            #[cfg(target_arch = "x86_64")]
            type Workspace = Workspaces<One<Self>, $wide>;
            #[cfg(not(target_arch = "x86_64"))]
            type Workspace = Workspaces<One<Self>, One<Self>>;

            fn workspace(portable: bool) -> Self::Workspace {
                #[cfg(target_arch = "x86_64")]
                if !portable && simd::available() {
                    return Workspaces::Wide(Workspace::new());
                }
                #[cfg(not(target_arch = "x86_64"))]
                let _ = portable; // there is nothing else
                Workspaces::Portable(Workspace::new())
            }

            fn sum_window(
                bases: &Bases<Self>,
                class: &Class,
                window: usize,
                scratch: &mut Scratch<Self>,
                cancel: &AtomicBool,
            ) -> Result<Xyzz<Self>, Cancelled> {
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
                fn wide(buckets: &[Affine<$field>]) -> Xyzz<$field> {
                    reduce::<$wide>(buckets)
                }

                let mut lists = mem::take(&mut scratch.lists);
                sort(bases, class, window, &mut lists);
                let Lists { entries, starts, buckets } = &mut lists;
                buckets.clear();
                buckets.resize(starts.len() - 1, Affine::INFINITY);
                Self::sum_lists(bases.points, entries, starts, buckets, scratch, cancel)?;
                let sum = match scratch.space {
                    Workspaces::Portable(_) => reduce::<One<Self>>(buckets),
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: this workspace is made only where `available()` found these instructions.
                    Workspaces::Wide(_) => unsafe { wide(buckets) },
                    #[cfg(not(target_arch = "x86_64"))]
                    Workspaces::Wide(_) => reduce::<One<Self>>(buckets),
                };
                scratch.lists = lists;
                Ok(sum)
            }

            fn sum_lists(
                points: Encoded<Self>,
                entries: &[u32],
                starts: &[u32],
                sums: &mut [Affine<Self>],
                scratch: &mut Scratch<Self>,
                cancel: &AtomicBool,
            ) -> Result<(), Cancelled> {
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
                fn wide(
                    points: Encoded<$field>,
                    entries: &[u32],
                    starts: &[u32],
                    sums: &mut [Affine<$field>],
                    space: &mut Workspace<$wide>,
                    cancel: &AtomicBool,
                ) -> Result<(), Cancelled> {
                    accumulate(points, entries, starts, sums, space, cancel)
                }

                match &mut scratch.space {
                    Workspaces::Portable(space) => {
                        accumulate(points, entries, starts, sums, space, cancel)
                    }
                    #[cfg(target_arch = "x86_64")]
                    Workspaces::Wide(space) => {
                        // SAFETY: this workspace is made only where `available()` found these instructions.
                        unsafe { wide(points, entries, starts, sums, space, cancel) }
                    }
                    #[cfg(not(target_arch = "x86_64"))]
                    Workspaces::Wide(space) => {
                        accumulate(points, entries, starts, sums, space, cancel)
                    }
                }
            }
        }
    };
}

impl_msm!(Fq, simd::Wide<FqModulus>);
impl_msm!(Fq2, simd::Wide2);

/// Sorts what has a point and a digit other than 0 by the absolute value of the digit.
fn sort<F: Curve>(bases: &Bases<F>, class: &Class, window: usize, lists: &mut Lists<F>) {
    let Lists { entries, starts, .. } = lists;
    let count = class.indices.len();
    let digits = &class.digits[window * count..][..count];
    let buckets = if class.windows == 1 && digits.iter().all(|it| it.abs() <= 1) {
        1
    } else {
        1usize << (class.window - 1)
    };
    let range = bases.offset..bases.offset + bases.points.len();
    let first = class.indices.partition_point(|&it| (it as usize) < range.start);
    let last = class.indices.partition_point(|&it| (it as usize) < range.end);
    let has_point =
        |index: u32| bases.live.is_none_or(|it| it[index as usize / 64] >> (index % 64) & 1 == 1);
    let (indices, digits) = (&class.indices[first..last], &digits[first..last]);
    starts.clear();
    starts.resize(buckets + 2, 0);
    for (&index, &digit) in indices.iter().zip(digits) {
        if digit != 0 && has_point(index) {
            starts[usize::from(digit.unsigned_abs()) + 1] += 1;
        }
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    // starts[d] is where digit d begins, and moves on as its entries are placed: it ends where d + 1 began.
    entries.clear();
    entries.resize(starts[buckets + 1] as usize, 0);
    for (&index, &digit) in indices.iter().zip(digits) {
        if digit != 0 && has_point(index) {
            let next = &mut starts[usize::from(digit.unsigned_abs())];
            entries[*next as usize] = (index - bases.offset as u32) << 1 | u32::from(digit < 0);
            *next += 1;
        }
    }
    starts.pop();
}

/// `sum of 2^(window · i) · parts[i]`.
pub fn horner<F: Curve>(parts: &[Xyzz<F>], window: u32) -> Xyzz<F> {
    parts
        .iter()
        .rev()
        .fold(Xyzz::INFINITY, |sum, part| (0..window).fold(sum, |it, _| it.double()).add(part))
}

impl<'a, F: Msm> Bases<'a, F> {
    /// Points for all scalars from the first on.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { points: Encoded::new(bytes), offset: 0, live: None }
    }

    /// The sum of the points times their scalars.
    pub fn sum(
        &self,
        digits: &Digits,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<Xyzz<F>, Cancelled> {
        self.sum_with(Scratch::new, digits, threads, cancel)
    }

    /// The same with the scratch that `scratch` makes for each thread.
    pub fn sum_with(
        &self,
        scratch: fn() -> Scratch<F>,
        digits: &Digits,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Result<Xyzz<F>, Cancelled> {
        let mut total = Xyzz::INFINITY;
        for class in &digits.classes {
            let parts = map(threads, class.windows, cancel, scratch, |scratch, window| {
                F::sum_window(self, class, window, scratch, cancel)
            })?;
            total = total.add(&horner(&parts, class.window));
        }
        Ok(total)
    }
}
