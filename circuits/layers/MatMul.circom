pragma circom 2.2.0;

include "DotProducts.circom";

/// @title MatMul
/// @notice out[r, o] = sum over i of in[r, i] * weights[o, i]; all row-major.
/// @param rows Rows of the input.
/// @param inputs Length of a row of input and weights.
/// @param outputs Rows of the weights.
/// @param bits Width of a sum, as in `DotProducts`.
/// @param group Outputs that share their products, the last ones perhaps fewer; 1 or more.
/// @input in assumed of such a type, with weights, that every sum is of `bits` bits.
/// @input weights as in; committed ones are range-checked by `PackWords`.
/// @output out constrained here to the exact sums.
/// @constraints for each row and group those of `DotProducts`
template MatMul(rows, inputs, outputs, bits, group) {
    assert(0 < group);

    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal output out[rows * outputs];

    var groups = (outputs + group - 1) \ group;
    // Named: an anonymous component takes no slice of an array.
    component dots[rows][groups];
    for (var r = 0; r < rows; r++) {
        for (var k = 0; k < groups; k++) {
            var first = k * group;
            var size = outputs - first < group ? outputs - first : group;
            dots[r][k] = DotProducts(inputs, size, bits);
            for (var i = 0; i < inputs; i++) {
                dots[r][k].a[i] <== in[r * inputs + i];
            }
            for (var i = 0; i < size * inputs; i++) {
                dots[r][k].b[i] <== weights[first * inputs + i];
            }
            for (var j = 0; j < size; j++) {
                out[r * outputs + first + j] <== dots[r][k].out[j];
            }
        }
    }
}
