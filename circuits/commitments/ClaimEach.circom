pragma circom 2.2.0;

include "HashWords.circom";

/// @title ClaimEach
/// @notice `Claim` of the words of several inferences: e has 1 behind them, c does not.
/// @dev That 1 tells their number: the words of fewer inferences, with zeros behind, have another value at z.
/// @param n Number of words.
/// @input v The words; assumed independent of z.
/// @input c constrained here to the hash of v.
/// @input z Any field element; the verifier derives it from c.
/// @input e constrained here to z^n + the evaluation of v at z.
/// @constraints n - 1 and those of HashWords(4, n)
template ClaimEach(n) {
    signal input v[n];
    signal input c;
    signal input z;
    signal input e;

    signal hash <== HashWords(4, n)(v);
    c === hash;

    signal horner[n];
    horner[n - 1] <== v[n - 1] + z;
    for (var i = n - 2; i >= 0; i--) {
        horner[i] <== v[i] + z * horner[i + 1];
    }
    e === horner[0];
}
