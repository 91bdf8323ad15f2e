pragma circom 2.2.0;

include "../lib/Bits.circom";

/// @title Relu
/// @notice out[i] = max(in[i], 0), exactly.
/// @dev The top bit of in + 2^(bits-1) is 1 just where in >= 0.
/// @param elements Number of elements.
/// @param bits Width of an element, sign included; bits <= 253.
/// @input in constrained here to [-2^(bits-1), 2^(bits-1)).
/// @output out constrained here to [0, 2^(bits-1)).
/// @constraints elements * (bits + 1)
template Relu(elements, bits) {
    signal input in[elements];
    signal output out[elements];

    signal digitBits[elements][bits];
    for (var i = 0; i < elements; i++) {
        digitBits[i] <== Bits(bits)(in[i] + (1 << (bits - 1)));
        out[i] <== digitBits[i][bits - 1] * in[i];
    }
}
