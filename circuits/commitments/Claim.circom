pragma circom 2.2.0;

include "HashWords.circom";

/// @title Claim
/// @notice Binds the words to the public signals: c = hashWords(4, v) and e = sum of v[i] * z^i (docs/statement.md,
/// section 4).
/// @dev z is a challenge for these words only: it must drive no other check, as `c` covers nothing else.
/// @param n Number of words.
/// @input v The words; assumed independent of z.
/// @input c constrained here to the hash of v.
/// @input z Any field element; the verifier derives it from c.
/// @input e constrained here to the evaluation of v at z.
/// @constraints n - 1 and those of HashWords(4, n)
template Claim(n) {
    signal input v[n];
    signal input c;
    signal input z;
    signal input e;

    signal hash <== HashWords(4, n)(v);
    c === hash;

    signal horner[n];
    horner[n - 1] <== v[n - 1];
    for (var i = n - 2; i >= 0; i--) {
        horner[i] <== v[i] + z * horner[i + 1];
    }
    e === horner[0];
}
