pragma circom 2.2.0;

include "../lib/SquareRoot.circom";

/// @title Sqrt
/// @notice `SquareRoot` of each element.
/// @param elements Number of elements.
/// @param bits as in `SquareRoot`.
/// @input in assumed as in `SquareRoot`.
/// @output out constrained here.
/// @constraints elements times those of `SquareRoot`
template Sqrt(elements, bits) {
    signal input in[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== SquareRoot(bits)(in[i]);
    }
}
