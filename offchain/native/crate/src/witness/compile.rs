use std::collections::VecDeque;

use super::bits::read_bits;
use super::error::TapeError;
use super::order::Order;
use super::system::{C, System};
use super::tape::{By, Digit, Division, Other, Split, Stage, Step, Tape};

/// Most rows that a division may turn to where its factor is zero.
const MAX_OTHERS: usize = 4;

/// Orders the rows: what costs no division first, then bits, then divisions.
pub fn compile(system: System) -> Result<Tape, TapeError> {
    let mut own = Compiler {
        order: Order::new(&system),
        system: &system,
        stages: Vec::new(),
        digits: Vec::new(),
        others: Vec::new(),
        is_settled: vec![false; system.rows()],
        divisions: VecDeque::new(),
    };
    own.run();
    let mut missing = own.order.missing();
    if let Some(first) = missing.next() {
        return Err(TapeError::Undetermined { wires: 1 + missing.count(), first });
    }
    drop(missing);
    let Compiler { stages, digits, others, is_settled, .. } = own;
    let checks = (0u32..).zip(&is_settled).filter(|(_, it)| !**it).map(|(row, _)| row).collect();
    Ok(Tape { stages, digits, others, checks, system })
}

struct Compiler<'a> {
    order: Order<'a>,
    system: &'a System,
    stages: Vec<Stage>,
    digits: Vec<Digit>,
    others: Vec<Other>,
    /// Rows that hold because of what was computed from them.
    is_settled: Vec<bool>,
    /// Rows with one unknown wire that wait, as they need a division.
    divisions: VecDeque<u32>,
}

impl Compiler<'_> {
    fn run(&mut self) {
        loop {
            if let Some(row) = self.order.next_single() {
                self.solve(row);
            } else if let Some(row) = self.order.next_narrow() {
                self.split(row);
            } else if let Some(row) = self.divisions.pop_front() {
                self.divide(row);
            } else if !self.split_again() {
                return;
            }
        }
    }

    fn solve(&mut self, row: u32) {
        let Some(wire) = self.order.unknown_wire(row) else { return };
        match self.order.open_sides(row) {
            [false, false, _] => {
                let depth = self.order.depth(row);
                self.stage(depth).steps.push(Step::Solve { row, wire });
                self.is_settled[row as usize] = true;
                self.order.learn(wire, depth);
            }
            [true, true, _] => {
                self.split(row);
            }
            _ => self.divisions.push_back(row),
        }
    }

    /// Whether the row told its bits.
    fn split(&mut self, row: u32) -> bool {
        let order = &self.order;
        let is_unknown = |wire: u32| !order.is_known(wire);
        if order.unknown(row) == 0 {
            return false;
        }
        let Some(it) = read_bits(self.system, row as usize, is_unknown) else { return false };
        if !it.digits.iter().all(|digit| order.bit_row(digit.wire).is_some()) {
            return false;
        }
        let depth = order.depth(row);
        let start = self.digits.len() as u32;
        for digit in it.digits {
            if let Some(row) = self.order.bit_row(digit.wire) {
                self.is_settled[row as usize] = true;
            }
            self.order.learn(digit.wire, depth);
            self.digits.push(digit);
        }
        let digits = start..self.digits.len() as u32;
        let split = Split { row, from: it.from, scale: it.scale, digits };
        self.stage(depth).steps.push(Step::Split(split));
        true
    }

    /// Whether a row tells its bits that did not when its turn came.
    fn split_again(&mut self) -> bool {
        let rows = self.order.all_narrow();
        rows.into_iter().filter(|row| self.split(*row)).count() > 0
    }

    fn divide(&mut self, row: u32) {
        let Some(wire) = self.order.unknown_wire(row) else { return };
        let start = self.others.len();
        let mut depth = self.order.depth(row);
        for &other in self.order.rows_of(wire) {
            let Some(by) = self.other(other, wire).filter(|_| other != row) else { continue };
            if self.others.len() < start + MAX_OTHERS {
                depth = depth.max(self.order.depth(other));
                self.others.push(Other { row: other, by });
            }
        }
        let others = start as u32..self.others.len() as u32;
        self.stage(depth).divisions.push(Division { row, wire, others });
        self.is_settled[row as usize] = true;
        self.order.learn(wire, depth + 1);
    }

    /// How a row tells a wire where the factor of it in another row is zero.
    fn other(&self, row: u32, wire: u32) -> Option<By> {
        let open = self.order.open_sides(row);
        if self.order.unknown(row) == 1 {
            return (open != [true, true, false] && open != [true, true, true])
                .then_some(By::Factor);
        }
        let side = match open {
            [true, false, true] => 1,
            [false, true, true] => 0,
            _ => return None,
        };
        let in_c = self.system.side(row as usize, C).iter();
        let is_alone = in_c.filter(|it| !self.order.is_known(it.wire)).all(|it| it.wire == wire);
        let is_there = self.system.term_of(row as usize, C, wire).is_some();
        let is_in_product = self.system.term_of(row as usize, 1 - side, wire).is_some();
        (is_alone && is_there && !is_in_product).then_some(By::Zero { side: side as u32 })
    }

    fn stage(&mut self, depth: u32) -> &mut Stage {
        let depth = depth as usize;
        if self.stages.len() <= depth {
            self.stages.resize_with(depth + 1, Stage::default);
        }
        &mut self.stages[depth]
    }
}
