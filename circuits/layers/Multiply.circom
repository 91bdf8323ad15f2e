pragma circom 2.2.0;

/// @title Multiply
/// @notice left * right, element-wise.
/// @param elements Number of elements.
/// @input left assumed short enough, with right, that no product wraps modulo p (`verifyIntegers` of the compiler).
/// @input right as left.
/// @output out constrained here.
/// @constraints elements, but for those with a factor that is a constant of the circuit
template Multiply(elements) {
    signal input left[elements];
    signal input right[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== left[i] * right[i];
    }
}
