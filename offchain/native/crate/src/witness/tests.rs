use super::*;
use crate::fields::{Field, Fr, FrModulus, Modulus};
use crate::testing::{Circuit, Draws};

type Side<'a> = &'a [(u32, i64)];

/// A circuit file of so many wires, of which the first ones behind the constant are private inputs.
fn r1cs(wires: u32, inputs: u32, rows: &[[Side; 3]]) -> Vec<u8> {
    let mut body = Vec::new();
    for side in rows.iter().flatten() {
        body.extend((side.len() as u32).to_le_bytes());
        for &(wire, coefficient) in *side {
            body.extend(wire.to_le_bytes());
            body.extend(number(coefficient).to_bytes());
        }
    }
    let mut header = 32u32.to_le_bytes().to_vec();
    header.extend(FrModulus::P.map(u64::to_le_bytes).as_flattened());
    for count in [wires, 0, 0, inputs, wires, 0, rows.len() as u32] {
        header.extend(count.to_le_bytes());
    }
    let labels: Vec<u8> = (0..u64::from(wires)).flat_map(u64::to_le_bytes).collect();
    let mut file = b"r1cs\x01\0\0\0\x03\0\0\0".to_vec();
    for (id, section) in [(1u32, header), (2, body), (3, labels)] {
        file.extend(id.to_le_bytes());
        file.extend((section.len() as u64).to_le_bytes());
        file.extend(section);
    }
    file
}

fn number(value: i64) -> Fr {
    let magnitude = Fr::from_u64(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

fn encode(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|it| number(*it).to_bytes()).collect()
}

/// Values of the wires behind the constant, or the constraint that does not hold.
fn run(tape: &Tape, inputs: &[i64]) -> Result<Vec<Fr>, RunError> {
    let file = tape.run(&encode(inputs))?;
    let (values, _) = file[76..].as_chunks::<32>();
    Ok(values[1..].iter().map(|it| Fr::from_bytes(it).expect("below r")).collect())
}

fn compile(file: &[u8]) -> Tape {
    Tape::compile(file, &[]).expect("a tape")
}

fn numbers(values: &[i64]) -> Vec<Fr> {
    values.iter().map(|it| number(*it)).collect()
}

#[test]
fn witnesses_of_drawn_circuits_are_computed() {
    let mut draws = Draws::new(41);
    for rows in [1, 7, 300] {
        let circuit = Circuit::draw(&mut draws, rows);
        let tape = compile(&circuit.r1cs);
        let values = circuit.witness_bytes();
        let file = tape.run(&values[32..32 * (1 + Circuit::INPUTS)]).expect("a witness");
        assert!(file.starts_with(b"wtns\x02\0\0\0\x02\0\0\0"));
        assert_eq!(file[76..], values);
        assert_eq!((tape.wires(), tape.inputs()), (circuit.wires, Circuit::INPUTS));
    }
}

#[test]
fn digits_of_a_sum_are_read() {
    // x = 4 · b2 + 2 · b1 + b0, where x · 1 is in c
    let bit =
        |wire: u32| -> [Vec<(u32, i64)>; 3] { [vec![(wire, 1)], vec![(0, -1), (wire, 1)], vec![]] };
    let bits = [2, 3, 4].map(bit);
    let mut rows: Vec<[Side; 3]> =
        bits.iter().map(|[a, b, c]| [a, b, c].map(Vec::as_slice)).collect();
    rows.push([&[(1, 1)], &[(0, 1)], &[(2, 1), (3, 2), (4, 4)]]);
    let tape = compile(&r1cs(5, 1, &rows));
    assert_eq!(run(&tape, &[6]), Ok(numbers(&[6, 0, 1, 1])));
    assert_eq!(run(&tape, &[8]), Err(RunError::Violated { constraint: 3 }));
    assert_eq!(run(&tape, &[-1]), Err(RunError::Violated { constraint: 3 }));
}

#[test]
fn digits_are_read_where_one_of_them_is_on_no_wire() {
    let bits: [[Side; 3]; 2] =
        [[&[(2, 1)], &[(0, -1), (2, 1)], &[]], [&[(0, 1), (3, -1)], &[(3, 1)], &[]]];
    // The lowest bit of x, as x - 2 · b1 - 4 · b2; the factor and its complement, either first.
    let (lowest, less): (Side, Side) =
        (&[(1, 1), (2, -2), (3, -4)], &[(0, -1), (1, 1), (2, -2), (3, -4)]);
    for factors in [[lowest, less], [less, lowest]] {
        let rows = [bits[0], bits[1], [factors[0], factors[1], &[]]];
        let tape = compile(&r1cs(4, 1, &rows));
        assert_eq!(run(&tape, &[5]), Ok(numbers(&[5, 0, 1])));
        assert_eq!(run(&tape, &[7]), Ok(numbers(&[7, 1, 1])));
        assert_eq!(run(&tape, &[8]), Err(RunError::Violated { constraint: 2 }));
    }
}

#[test]
fn a_factor_of_zero_leaves_it_to_another_constraint() {
    // IsZero: in · inverse = 1 - out, in · out = 0
    let tape = compile(&r1cs(
        4,
        1,
        &[[&[(1, 1)], &[(2, 1)], &[(0, 1), (3, -1)]], [&[(1, 1)], &[(3, 1)], &[]]],
    ));
    assert_eq!(run(&tape, &[0]), Ok(numbers(&[0, 0, 1])));
    assert_eq!(run(&tape, &[-1]), Ok(numbers(&[-1, -1, 0])));

    // UpperExcess(7): out · (7 - value) = 0, (excess - out) · value = 0
    let tape = compile(&r1cs(
        4,
        2,
        &[[&[(3, 1)], &[(0, 7), (1, -1)], &[]], [&[(2, 1), (3, -1)], &[(1, 1)], &[]]],
    ));
    assert_eq!(run(&tape, &[7, 9]), Ok(numbers(&[7, 9, 9])));
    assert_eq!(run(&tape, &[0, 9]), Ok(numbers(&[0, 9, 0])));
    assert_eq!(run(&tape, &[3, 9]), Err(RunError::Violated { constraint: 1 }));
}

#[test]
fn a_division_that_another_constraint_stands_in_for_is_held_to() {
    // w · f = g, w · h = j: where f is zero, w is j / h, and g must be zero.
    let tape = compile(&r1cs(
        6,
        4,
        &[[&[(5, 1)], &[(1, 1)], &[(2, 1)]], [&[(5, 1)], &[(3, 1)], &[(4, 1)]]],
    ));
    assert_eq!(run(&tape, &[0, 0, 1, 5]), Ok(numbers(&[0, 0, 1, 5, 5])));
    assert_eq!(run(&tape, &[0, 1, 1, 5]), Err(RunError::Violated { constraint: 0 }));
}

#[test]
fn a_wire_twice_in_a_sum_and_an_input_for_the_constant_are_refused() {
    let doubled = r1cs(3, 1, &[[&[(1, 1)], &[(1, 1)], &[(2, 1), (2, 1)]]]);
    assert_eq!(Tape::compile(&doubled, &[]).err(), Some(TapeError::R1cs));
    let square: [[Side; 3]; 1] = [[&[(1, 1)], &[(1, 1)], &[(2, 1)]]];
    let twice = vec![(1, Fr::ONE), (1, Fr::ONE)];
    let mut lost = r1cs(3, 2, &square);
    let label = lost.len() - 8;
    lost[label] = 9;
    let eliminated = [Eliminated { input: 1, terms: twice }];
    assert_eq!(Tape::compile(&lost, &eliminated).err(), Some(TapeError::R1cs));
    // The constant and the input change labels.
    let mut swapped = r1cs(3, 1, &square);
    let labels = swapped.len() - 24;
    (swapped[labels], swapped[labels + 8]) = (1, 0);
    assert_eq!(Tape::compile(&swapped, &[]).err(), Some(TapeError::R1cs));
}

#[test]
fn a_quotient_of_zeros_is_zero_and_any_other_by_zero_is_refused() {
    let tape = compile(&r1cs(4, 2, &[[&[(3, 1)], &[(2, 1)], &[(1, 1)]]]));
    assert_eq!(run(&tape, &[12, 4]), Ok(numbers(&[12, 4, 3])));
    assert_eq!(run(&tape, &[0, 0]), Ok(numbers(&[0, 0, 0])));
    assert_eq!(run(&tape, &[1, 0]), Err(RunError::Violated { constraint: 0 }));
}

#[test]
fn inputs_that_are_on_no_wire_are_used_and_held_to() {
    // y = z², where z and perhaps w = 3 z + 1 are inputs: labels 1 and 2, the second on no wire.
    let mut file = r1cs(3, 2, &[[&[(1, 1)], &[(1, 1)], &[(2, 1)]]]);
    let label = file.len() - 8;
    file[label] = 9;
    assert_eq!(Tape::compile(&file, &[]).err(), Some(TapeError::Eliminated));
    let lost = |input, terms| Eliminated { input, terms };
    let terms = vec![(1, Fr::from_u64(3)), (0, Fr::ONE)];
    let tape = Tape::compile(&file, &[lost(1, terms.clone())]).expect("a tape");
    assert_eq!(run(&tape, &[5, 16]), Ok(numbers(&[5, 25])));
    assert_eq!(run(&tape, &[5, 17]), Err(RunError::Violated { constraint: 1 }));
    for wrong in [vec![lost(0, terms.clone())], vec![lost(1, terms.clone()), lost(1, terms)]] {
        assert_eq!(Tape::compile(&file, &wrong).err(), Some(TapeError::Eliminated));
    }
    for terms in [vec![(3, Fr::ONE)], vec![(1, Fr::ZERO)]] {
        assert_eq!(Tape::compile(&file, &[lost(1, terms)]).err(), Some(TapeError::R1cs));
    }
}

#[test]
fn what_constraints_do_not_determine_has_no_tape() {
    // w² = x has two roots; u + v = x many.
    let square = r1cs(3, 1, &[[&[(2, 1)], &[(2, 1)], &[(1, 1)]]]);
    assert_eq!(
        Tape::compile(&square, &[]).err(),
        Some(TapeError::Undetermined { wires: 1, first: 2 })
    );
    let sum = r1cs(4, 1, &[[&[(1, 1)], &[(0, 1)], &[(2, 1), (3, 1)]]]);
    assert_eq!(
        Tape::compile(&sum, &[]).err(),
        Some(TapeError::Undetermined { wires: 2, first: 2 })
    );
}

#[test]
fn inputs_are_refused_unless_they_are_whole_and_below_r() {
    let tape = compile(&r1cs(3, 1, &[[&[(1, 1)], &[(1, 1)], &[(2, 1)]]]));
    let wrong = RunError::InputLength { expected: 32, found: 33 };
    assert_eq!(tape.run(&[0; 33]), Err(wrong));
    assert_eq!(tape.run(&[0xff; 32]), Err(RunError::InputValue { input: 0 }));
}

#[test]
fn a_damaged_file_is_no_panic() {
    let mut draws = Draws::new(42);
    let circuit = Circuit::draw(&mut draws, 6);
    let inputs = vec![1; 32 * Circuit::INPUTS];
    for length in 0..circuit.r1cs.len() {
        assert!(Tape::compile(&circuit.r1cs[..length], &[]).is_err());
    }
    for _ in 0..4000 {
        let mut file = circuit.r1cs.clone();
        for _ in 0..1 + draws.below(3) {
            let at = draws.below(file.len() as u64) as usize;
            file[at] ^= 1 << draws.below(8);
        }
        if let Ok(tape) = Tape::compile(&file, &[]) {
            let _ = tape.run(&inputs[..32 * tape.inputs().min(Circuit::INPUTS)]);
        }
    }
}
