pragma circom 2.2.0;

include "../lib/Quotient.circom";

/// @title Divide
/// @notice `Quotient` of each two elements.
/// @param elements Number of elements.
/// @param leftLeast, leftMost, rightLeast, rightMost, shift as in `Quotient`.
/// @input left assumed as in `Quotient`.
/// @input right assumed as in `Quotient`.
/// @output out constrained here.
/// @constraints elements times those of `Quotient`
template Divide(elements, leftLeast, leftMost, rightLeast, rightMost, shift) {
    signal input left[elements];
    signal input right[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== Quotient(leftLeast, leftMost, rightLeast, rightMost, shift)(left[i], right[i]);
    }
}
