pragma circom 2.2.0;

/// @title Anchor
/// @notice Keeps committed values among the wires; constrains nothing.
/// @dev Of the signals of a linear constraint, `--O2` drops one that occurs in no other, and the one declared first where
/// there are several: a committed value would be the first. Two signals that occur nowhere else see to it that each value
/// occurs in two linear constraints more, and are dropped in its stead.
/// @param n Number of values.
/// @input in Any field elements.
/// @constraints 0
template Anchor(n) {
    signal input in[n];

    signal first[n];
    signal second[n];
    for (var i = 0; i < n; i++) {
        first[i] <== in[i] + 1;
        second[i] <== in[i] + 2;
    }
}
