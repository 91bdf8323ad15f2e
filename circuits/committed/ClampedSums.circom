pragma circom 2.2.0;

include "../lib/UpperExcess.circom";

/// @title ClampedSums
/// @notice `RoundedSums` of quotients that are clamped at both ends: out[i] = min(max(quotient, least), least + most).
/// @dev quotient = least + value + above - (excess - above), `above` the excess where the value is `most`, else 0
/// (`UpperExcess`). So a value between both ends has no excess, at 0 the quotient is `excess` below, at `most` as much
/// above. As excess >= 0, each quotient has one value and one excess.
/// @param n, least, shift as in `RoundedSums`.
/// @param most Largest value.
/// @input value assumed **range-checked to [0, most]**; low as in `RoundedSums`.
/// @input excess How far the quotient is outside; assumed **range-checked**: not negative, and so small that nothing wraps.
/// @output out, sums as in `RoundedSums`.
/// @constraints 2 * n
template ClampedSums(n, least, most, shift) {
    assert(0 < most && 0 < shift);

    signal input value[n];
    signal input excess[n];
    signal input low[n];
    signal output out[n];
    signal output sums[n];

    signal above[n];
    for (var i = 0; i < n; i++) {
        above[i] <== UpperExcess(most)(value[i], excess[i]);
        out[i] <== least + value[i];
        sums[i] <== (least + value[i] + 2 * above[i] - excess[i]) * (1 << shift) + low[i] - (1 << (shift - 1));
    }
}
