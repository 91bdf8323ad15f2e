//! The bytes of a key file: mapped where nobody may write to it, read into memory otherwise.
//!
//! A mapped file that shrinks ends the process by a signal at the next touch, and no check can come before every touch.
//! So only a file without any permission to write is mapped: the set-ups seal their keys so, and replace them by rename,
//! which leaves the old file to whoever has it open. What may be written to is copied, at the cost of its size.

use crate::failure::Failure;
use std::fs::{File, Metadata};
use std::io::{Error, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where a key came from, and whether it is still what lies there.
pub struct Origin {
    path: PathBuf,
    stamp: Stamp,
    pub is_mapped: bool,
}

/// What tells a file from its successor.
#[derive(PartialEq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

/// Bytes of a file, for as long as this lives.
pub enum KeyBytes {
    #[cfg(unix)]
    Mapped(crate::mapping::Mapping),
    Owned(Vec<u8>),
}

impl AsRef<[u8]> for KeyBytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            #[cfg(unix)]
            Self::Mapped(mapping) => mapping.bytes(),
            Self::Owned(bytes) => bytes,
        }
    }
}

pub fn open(path: &str) -> Result<(Origin, KeyBytes), Failure> {
    let unreadable = |error: Error| Failure::new("KEY_UNREADABLE", error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    let length = usize::try_from(metadata.len()).ok().filter(|it| *it > 0 && metadata.is_file());
    let Some(length) = length else {
        return Err(Failure::new("KEY_INVALID", "it is empty or no file"));
    };
    let bytes = read(file, &metadata, length).map_err(|error| match error.kind() {
        std::io::ErrorKind::OutOfMemory => Failure::new("MEMORY_SHORT", "the key does not fit"),
        _ => unreadable(error),
    })?;
    let is_mapped = !matches!(bytes, KeyBytes::Owned(_));
    Ok((Origin { path: path.into(), stamp: Stamp::of(&metadata), is_mapped }, bytes))
}

impl Origin {
    /// # Errors
    /// `KEY_CHANGED` where another file lies at the path by now, or none.
    pub fn check(&self) -> Result<(), Failure> {
        if stamp_at(&self.path).is_some_and(|it| it == self.stamp) {
            return Ok(());
        }
        Err(Failure::new("KEY_CHANGED", "the file is another than when it was opened"))
    }

    pub fn bytes(&self) -> u64 {
        self.stamp.length
    }
}

fn read(file: File, metadata: &Metadata, length: usize) -> std::io::Result<KeyBytes> {
    #[cfg(unix)]
    if is_sealed(metadata) {
        return crate::mapping::Mapping::of(&file, length).map(KeyBytes::Mapped);
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length)?;
    file.take(metadata.len()).read_to_end(&mut bytes)?;
    Ok(KeyBytes::Owned(bytes))
}

#[cfg(unix)]
fn is_sealed(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o222 == 0
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }
}

fn stamp_at(path: &Path) -> Option<Stamp> {
    std::fs::metadata(path).ok().map(|it| Stamp::of(&it))
}
