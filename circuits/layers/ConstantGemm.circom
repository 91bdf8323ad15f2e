pragma circom 2.2.0;

/// @title ConstantGemm
/// @notice out[r, o] = bias[o] + sum over i of in[r, i] * weights[o, i], the weights constants of the circuit; all
/// row-major.
/// @dev A sum by parts: adding term after term to one linear combination makes the compiler quadratic.
/// @param rows, inputs, outputs as in `MatMul`.
/// @param weights The matrix of weights.
/// @input in assumed of such a type, with weights and bias, that no sum wraps modulo p.
/// @input bias as in.
/// @output out constrained here to the exact sums.
/// @constraints 0
template ConstantGemm(rows, inputs, outputs, weights) {
    assert(0 < rows && 0 < inputs && 0 < outputs);

    signal input in[rows * inputs];
    signal input bias[outputs];
    signal output out[rows * outputs];

    for (var r = 0; r < rows; r++) {
        for (var o = 0; o < outputs; o++) {
            var sum = bias[o];
            for (var start = 0; start < inputs; start += 64) {
                var part = 0;
                for (var i = start; i < inputs && i < start + 64; i++) {
                    part += weights[o * inputs + i] * in[r * inputs + i];
                }
                sum += part;
            }
            out[r * outputs + o] <== sum;
        }
    }
}
