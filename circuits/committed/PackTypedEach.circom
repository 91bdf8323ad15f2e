pragma circom 2.2.0;

include "PackTyped.circom";

/// @title PackTypedEach
/// @notice `PackEach` of elements that are known to be of their types.
/// @param n, k, counts, bits, signs as in `PackEach`.
/// @input values All inferences one after the other; **assumed of their types**, as in `PackTyped`.
/// @output words The packed words of each, one after the other.
/// @constraints 0
template PackTypedEach(n, k, counts, bits, signs) {
    assert(0 < n);
    var size = packElements(k, counts);
    var layout[2] = packLayout(k, counts, bits);

    signal input values[n * size];
    signal output words[n * layout[0]];

    component each[n];
    for (var m = 0; m < n; m++) {
        each[m] = PackTyped(k, counts, bits, signs);
        for (var i = 0; i < size; i++) {
            each[m].values[i] <== values[m * size + i];
        }
        for (var i = 0; i < layout[0]; i++) {
            words[m * layout[0] + i] <== each[m].words[i];
        }
    }
}
