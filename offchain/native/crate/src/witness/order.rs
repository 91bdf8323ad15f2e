use std::collections::VecDeque;

use super::bits::bit_of;
use super::system::{C, System};

/// What is known so far, and the rows that may say more.
pub struct Order<'a> {
    system: &'a System,
    known: Vec<bool>,
    /// How many divisions a wire's value is behind.
    depths: Vec<u32>,
    /// The row that says that a wire is a bit.
    bit_rows: Vec<Option<u32>>,
    /// Wires of each row that are not known, and those of them that are no bits.
    unknown: Vec<u32>,
    wide: Vec<u32>,
    occurrences: Occurrences,
    /// Rows with one unknown wire.
    single: VecDeque<u32>,
    /// Rows with bits alone among their unknown wires.
    narrow: VecDeque<u32>,
}

impl<'a> Order<'a> {
    pub fn new(system: &'a System) -> Self {
        let rows = system.rows();
        let mut bit_rows = vec![None; system.places()];
        for row in 0..rows {
            if let Some(wire) = bit_of(system, row) {
                bit_rows[wire as usize] = Some(row as u32);
            }
        }
        let occurrences = Occurrences::of(system);
        let (mut unknown, mut wide) = (vec![0; rows], vec![0; rows]);
        for (wire, bit_row) in bit_rows.iter().enumerate() {
            for &row in occurrences.of_wire(wire as u32) {
                unknown[row as usize] += 1;
                wide[row as usize] += u32::from(bit_row.is_none());
            }
        }
        let mut own = Self {
            system,
            known: vec![false; system.places()],
            depths: vec![0; system.places()],
            bit_rows,
            unknown,
            wide,
            occurrences,
            single: VecDeque::new(),
            narrow: VecDeque::new(),
        };
        // Others come as their wires are learnt.
        own.single = (0..rows as u32).filter(|it| own.unknown(*it) == 1).collect();
        own.narrow = own.all_narrow().into();
        own.learn(0, 0);
        for &wire in &system.inputs {
            own.learn(wire, 0);
        }
        own
    }

    /// From now on the wire is known.
    pub fn learn(&mut self, wire: u32, depth: u32) {
        if core::mem::replace(&mut self.known[wire as usize], true) {
            return;
        }
        self.depths[wire as usize] = depth;
        let is_wide = self.bit_rows[wire as usize].is_none();
        for &row in self.occurrences.of_wire(wire) {
            let at = row as usize;
            self.unknown[at] -= 1;
            self.wide[at] -= u32::from(is_wide);
            match self.unknown[at] {
                0 => {}
                1 => self.single.push_back(row),
                _ if is_wide && self.wide[at] == 0 => self.narrow.push_back(row),
                _ => {}
            }
        }
    }

    pub fn next_single(&mut self) -> Option<u32> {
        self.single.pop_front()
    }

    pub fn next_narrow(&mut self) -> Option<u32> {
        self.narrow.pop_front()
    }

    /// Rows with bits alone among their unknown wires, whether or not they were taken before.
    pub fn all_narrow(&self) -> Vec<u32> {
        let rows =
            (0..self.unknown.len()).filter(|it| self.unknown[*it] > 0 && self.wide[*it] == 0);
        rows.map(|it| it as u32).collect()
    }

    pub fn is_known(&self, wire: u32) -> bool {
        self.known[wire as usize]
    }

    pub fn unknown(&self, row: u32) -> u32 {
        self.unknown[row as usize]
    }

    /// The unknown wire of a row that has one.
    pub fn unknown_wire(&self, row: u32) -> Option<u32> {
        let terms = self.system.row(row as usize);
        terms.iter().map(|it| it.wire).find(|it| !self.is_known(*it))
    }

    pub fn bit_row(&self, wire: u32) -> Option<u32> {
        self.bit_rows[wire as usize]
    }

    /// Divisions that the known wires of a row are behind.
    pub fn depth(&self, row: u32) -> u32 {
        let terms = self.system.row(row as usize);
        terms.iter().map(|it| self.depths[it.wire as usize]).max().unwrap_or(0)
    }

    pub fn rows_of(&self, wire: u32) -> &[u32] {
        self.occurrences.of_wire(wire)
    }

    pub fn missing(&self) -> impl Iterator<Item = usize> {
        (0..self.known.len()).filter(|it| !self.known[*it])
    }

    /// Sides of a row that an unknown wire is on.
    pub fn open_sides(&self, row: u32) -> [bool; C + 1] {
        core::array::from_fn(|side| {
            self.system.side(row as usize, side).iter().any(|it| !self.is_known(it.wire))
        })
    }
}

/// Rows that each wire occurs in, each once.
struct Occurrences {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Occurrences {
    fn of(system: &System) -> Self {
        const NEVER: u32 = u32::MAX;
        let each = |visit: &mut dyn FnMut(usize, u32)| {
            let mut last = vec![NEVER; system.places()];
            for row in 0..system.rows() {
                for it in system.row(row) {
                    let wire = it.wire as usize;
                    if core::mem::replace(&mut last[wire], row as u32) != row as u32 {
                        visit(wire, row as u32);
                    }
                }
            }
        };
        let mut starts = vec![0u32; system.places() + 1];
        each(&mut |wire, _| starts[wire + 1] += 1);
        for wire in 0..system.places() {
            starts[wire + 1] += starts[wire];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[system.places()] as usize];
        each(&mut |wire, row| {
            rows[next[wire] as usize] = row;
            next[wire] += 1;
        });
        Self { starts, rows }
    }

    fn of_wire(&self, wire: u32) -> &[u32] {
        let [start, end] = [0, 1].map(|it| self.starts[wire as usize + it] as usize);
        &self.rows[start..end]
    }
}
