//! A file as memory, read-only; the two functions of POSIX that it takes are declared by hand.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::AsRawFd;
use std::ptr::null_mut;

const PROT_READ: c_int = 1;
const MAP_PRIVATE: c_int = 2;

unsafe extern "C" {
    fn mmap(
        at: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        file: c_int,
        offset: i64,
    ) -> *mut c_void;
    fn munmap(at: *mut c_void, length: usize) -> c_int;
}

pub struct Mapping {
    at: *mut c_void,
    length: usize,
}

// SAFETY: the memory is never written to, and the pointer is freed once, when no reference is left.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the first `length` bytes, more than none; the caller says that nobody cuts the file while it is mapped.
    pub fn of(file: &File, length: usize) -> Result<Self> {
        // SAFETY: a new mapping at a place that the system chooses touches no memory of ours.
        let at = unsafe { mmap(null_mut(), length, PROT_READ, MAP_PRIVATE, file.as_raw_fd(), 0) };
        // MAP_FAILED is -1.
        if at.addr() == usize::MAX { Err(Error::last_os_error()) } else { Ok(Self { at, length }) }
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping has `length` bytes, readable until `self` is dropped; the file is sealed (`key_file`).
        unsafe { std::slice::from_raw_parts(self.at.cast::<u8>(), self.length) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping that `of` made; `bytes` borrows from `self`, so nobody reads it any more.
        unsafe { munmap(self.at, self.length) };
    }
}
