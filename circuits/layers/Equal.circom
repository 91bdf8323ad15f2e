pragma circom 2.2.0;

include "../lib/IsZero.circom";

/// @title Equal
/// @notice 1 where left = right, else 0, on each element.
/// @param elements Number of elements.
/// @input left Integers; assumed of less than p / 2, so that none is another modulo p.
/// @input right as left.
/// @output out constrained here.
/// @constraints elements * 2
template Equal(elements) {
    signal input left[elements];
    signal input right[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== IsZero()(left[i] - right[i]);
    }
}
