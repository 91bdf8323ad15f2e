pragma circom 2.2.0;

/// @title Kept
/// @notice A constraint for committed values that nothing reads, so that each keeps its wire and a point that is not zero.
/// @param n Number of values.
/// @input values Any field elements; nothing assumed.
/// @input b Any field element.
/// @constraints 1
template Kept(n) {
    signal input values[n];
    signal input b;

    var sum = 0;
    for (var i = 0; i < n; i++) {
        sum += values[i];
    }
    signal product <== sum * b;
}
