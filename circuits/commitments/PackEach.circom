pragma circom 2.2.0;

include "PackWords.circom";

/// @title PackEach
/// @notice Packs each of several inferences by itself, as in its own statement: none shares a word with the next.
/// @param n Number of inferences, at least 1.
/// @param k, counts, bits, signs as in `PackWords`, of one inference.
/// @input values All inferences one after the other; each element constrained here to its type, unconditionally.
/// @output words The packed words of each, one after the other, constrained here.
/// @constraints n times those of `PackWords`
template PackEach(n, k, counts, bits, signs) {
    assert(0 < n);
    var size = packElements(k, counts);
    var layout[2] = packLayout(k, counts, bits);

    signal input values[n * size];
    signal output words[n * layout[0]];

    // Named: an anonymous component takes no slice of an array.
    component each[n];
    for (var m = 0; m < n; m++) {
        each[m] = PackWords(k, counts, bits, signs);
        for (var i = 0; i < size; i++) {
            each[m].values[i] <== values[m * size + i];
        }
        for (var i = 0; i < layout[0]; i++) {
            words[m * layout[0] + i] <== each[m].words[i];
        }
    }
}
