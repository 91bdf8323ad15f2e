pragma circom 2.2.0;

/// @title Evaluation
/// @notice Binds words to the public signals: e = sum of v[i] * z^i. Unlike `Claim` it hashes nothing: the words are fixed
/// before z, as what they are packed from is committed.
/// @param n Number of words, at least 2.
/// @input v The words; assumed **fixed before z**.
/// @input z A challenge.
/// @input e constrained here.
/// @constraints n - 1
template Evaluation(n) {
    assert(1 < n);

    signal input v[n];
    signal input z;
    signal input e;

    signal horner[n];
    horner[n - 1] <== v[n - 1];
    for (var i = n - 2; i >= 0; i--) {
        horner[i] <== v[i] + z * horner[i + 1];
    }
    e === horner[0];
}
