pragma circom 2.2.0;

include "Bits.circom";

/// @title Digit
/// @notice The digit of an element (docs/statement.md, section 2), range-checked.
/// @param n Width of the element, sign included; 0 < n <= 253.
/// @param signed 1 if the element is signed, else 0.
/// @input in constrained here to [-2^(n-1), 2^(n-1)) if signed, to [0, 2^n) if not.
/// @output out in + signed * 2^(n-1), hence in [0, 2^n).
/// @constraints n
template Digit(n, signed) {
    assert(signed == 0 || signed == 1);

    signal input in;
    signal output out <== in + signed * (1 << (n - 1));

    _ <== Bits(n)(out);
}
