pragma circom 2.2.0;

include "../lib/Rescale.circom";

/// @title Relu
/// @notice out[i] = max(in[i], 0), exactly.
/// @param elements Number of elements.
/// @param least, most Range of an element, worst case.
/// @input in assumed in [least, most]: so that no value is refused, and where the range has one sign **soundness rests on
/// it**.
/// @output out constrained here to max(in, 0).
/// @constraints elements * (n + 1), n the bits of the larger end and a sign; none where the range has one sign
template Relu(elements, least, most) {
    assert(least <= most);

    signal input in[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        if (least >= 0) {
            out[i] <== in[i];
        } else if (most <= 0) {
            out[i] <== 0 * in[i];
        } else {
            out[i] <== Rescale(least, most, 0, 0, bitLength(most), 0)(in[i], 1);
        }
    }
}
