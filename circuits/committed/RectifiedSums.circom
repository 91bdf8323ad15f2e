pragma circom 2.2.0;

/// @title RectifiedSums
/// @notice `RoundedSums` of quotients that are clamped from below: out[i] = max(quotient, least).
/// @dev quotient = least + value - excess, and value * excess = 0 with neither negative: for a quotient above `least` the
/// excess is 0, below it the value is.
/// @param n, least, shift as in `RoundedSums`.
/// @input value, low as in `RoundedSums`.
/// @input excess How far the quotient is below; assumed **range-checked** as `value` is.
/// @output out, sums as in `RoundedSums`.
/// @constraints n
template RectifiedSums(n, least, shift) {
    assert(0 < shift);

    signal input value[n];
    signal input excess[n];
    signal input low[n];
    signal output out[n];
    signal output sums[n];

    for (var i = 0; i < n; i++) {
        value[i] * excess[i] === 0;
        out[i] <== least + value[i];
        sums[i] <== (least + value[i] - excess[i]) * (1 << shift) + low[i] - (1 << (shift - 1));
    }
}
