pragma circom 2.2.0;

include "Commitment.circom";

/// @title CommitEach
/// @notice Commits to the words of each of several inferences by itself, under a salt of its own.
/// @param n Number of inferences, at least 1.
/// @param tag, size as `tag` and `n` of `Commitment`, of one inference.
/// @input salts A salt each; any field elements.
/// @input words Those of each inference, one after the other; **assumed packed** by `PackEach` or `PackTypedEach`.
/// @output out constrained here to the commitments.
/// @constraints n times those of `Commitment`
template CommitEach(n, tag, size) {
    assert(0 < n);

    signal input salts[n];
    signal input words[n * size];
    signal output out[n];

    component each[n];
    for (var m = 0; m < n; m++) {
        each[m] = Commitment(tag, size);
        each[m].salt <== salts[m];
        for (var i = 0; i < size; i++) {
            each[m].words[i] <== words[m * size + i];
        }
        out[m] <== each[m].out;
    }
}
