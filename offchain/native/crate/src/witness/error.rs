use core::fmt;

/// Why a circuit has no tape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TapeError {
    /// The circuit's file is not complete, or not over this field.
    R1cs,
    /// An eliminated input is none of the circuit's, is on a wire, or is said twice.
    Eliminated,
    /// The constraints do not say how to compute so many wires, of which this is the first.
    Undetermined { wires: usize, first: usize },
}

impl fmt::Display for TapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::R1cs => {
                write!(f, "the circuit is no complete r1cs over the scalar field of BN254")
            }
            Self::Eliminated => {
                write!(f, "what is said of eliminated inputs is not of this circuit")
            }
            Self::Undetermined { wires, first } => {
                write!(
                    f,
                    "its constraints determine {wires} wires in no known way, the first is {first}"
                )
            }
        }
    }
}

impl core::error::Error for TapeError {}

/// Why there is no witness. None tells a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunError {
    InputLength {
        expected: usize,
        found: usize,
    },
    /// The value of the input is not below r.
    InputValue {
        input: usize,
    },
    /// The constraint does not hold.
    Violated {
        constraint: usize,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InputLength { expected, found } => {
                write!(f, "the inputs have {found} bytes where the circuit wants {expected}")
            }
            Self::InputValue { input } => write!(f, "the value of input {input} is not below r"),
            Self::Violated { constraint } => write!(f, "constraint {constraint} does not hold"),
        }
    }
}

impl core::error::Error for RunError {}
