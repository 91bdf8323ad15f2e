pragma circom 2.2.0;

/// @title Fraction
/// @notice out = numerator / denominator.
/// @input numerator Any field element.
/// @input denominator assumed other than 0 where the numerator is 0; **a denominator of 0 with another numerator is
/// refused here**. A challenge less a value fixed before it is 0 with a chance of 1 / p.
/// @output out constrained here.
/// @constraints 1
template Fraction() {
    signal input numerator;
    signal input denominator;
    signal output out;

    // A hint, unique for a denominator other than 0: the field has one quotient.
    out <-- numerator / denominator;
    out * denominator === numerator;
}
