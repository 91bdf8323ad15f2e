pragma circom 2.2.0;

/// @title Combine
/// @notice out[i] = sum over k of in[k][i] * multipliers[k]: tensors of different scale on one accumulator.
/// @param terms Number of tensors.
/// @param elements Elements of each.
/// @input in assumed within the types that the compiler declares, so that no sum wraps modulo p.
/// @input multipliers assumed within their types; committed ones are range-checked by `PackWords`.
/// @output out constrained here to the exact sums.
/// @constraints terms * elements
template Combine(terms, elements) {
    signal input in[terms][elements];
    signal input multipliers[terms];
    signal output out[elements];

    signal scaled[terms][elements];
    for (var i = 0; i < elements; i++) {
        var sum = 0;
        for (var k = 0; k < terms; k++) {
            scaled[k][i] <== in[k][i] * multipliers[k];
            sum += scaled[k][i];
        }
        out[i] <== sum;
    }
}
