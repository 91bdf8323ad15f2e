pragma circom 2.2.0;

include "HashWords.circom";

/// @title Commitment
/// @notice Salted commitment to words: hashWords(tag, salt, words).
/// @param tag 1 weights, 2 input, 3 output.
/// @param n Number of words without the salt.
/// @input salt Any field element; it hides the words, binding does not depend on its range.
/// @input words assumed packed by `PackWords`, so that they stand for one list of elements.
/// @output out constrained here to the commitment.
/// @constraints those of HashWords(tag, n + 1)
template Commitment(tag, n) {
    signal input salt;
    signal input words[n];
    signal output out;

    signal salted[n + 1];
    salted[0] <== salt;
    for (var i = 0; i < n; i++) {
        salted[i + 1] <== words[i];
    }
    out <== HashWords(tag, n + 1)(salted);
}
