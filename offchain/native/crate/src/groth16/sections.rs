use core::ops::Range;
use std::collections::BTreeMap;

use super::error::KeyError;

const MAX_SECTIONS: u32 = 64;

/// Where the sections of a file of snarkjs's binary format lie: `magic, version, count`, then `id, length, content` each.
pub struct Sections(BTreeMap<u32, Range<usize>>);

impl Sections {
    pub fn parse(bytes: &[u8], magic: &[u8; 4]) -> Result<Self, KeyError> {
        if bytes.get(..4) != Some(magic.as_slice()) || read_u32(bytes, 4) != Some(1) {
            return Err(KeyError::Format);
        }
        let count = read_u32(bytes, 8).ok_or(KeyError::EndsEarly)?;
        if count > MAX_SECTIONS {
            return Err(KeyError::Format);
        }
        let mut sections = BTreeMap::new();
        let mut at = 12usize;
        for _ in 0..count {
            let head = bytes.get(at..at + 12).ok_or(KeyError::EndsEarly)?;
            let (id, length) = head.split_at(4);
            let id = u32::from_le_bytes(id.try_into().map_err(|_| KeyError::EndsEarly)?);
            let length = u64::from_le_bytes(length.try_into().map_err(|_| KeyError::EndsEarly)?);
            let start = at + 12;
            let left = (bytes.len() - start) as u64;
            if length > left {
                return Err(KeyError::EndsEarly);
            }
            at = start + length as usize;
            if sections.insert(id, start..at).is_some() {
                return Err(KeyError::SectionTwice(id));
            }
        }
        Ok(Self(sections))
    }

    pub fn get(&self, id: u32) -> Result<Range<usize>, KeyError> {
        self.0.get(&id).cloned().ok_or(KeyError::SectionMissing(id))
    }

    /// The section, which must have `expected` bytes.
    pub fn exactly(&self, id: u32, expected: u64) -> Result<Range<usize>, KeyError> {
        let range = self.get(id)?;
        let found = range.len() as u64;
        if found != expected {
            return Err(KeyError::SectionLength { section: id, expected, found });
        }
        Ok(range)
    }
}

/// Little-endian.
pub fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}
