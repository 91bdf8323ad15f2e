pragma circom 2.2.0;

/// @title RoundedSums
/// @notice The numbers that round to given outputs: with out[i] = least + value[i], the one of remainder low[i] that
/// `out = floor((sum + 2^(shift-1)) / 2^shift)` (docs/statement.md, section 5) takes to it.
/// @param n Elements.
/// @param least Least output.
/// @param shift Fractional bits; 0 < shift.
/// @input value, low assumed **range-checked**: value is not negative, low in [0, 2^shift), and both so small that nothing
/// wraps modulo p. Then a sum has one value and one remainder.
/// @output out least + value[i].
/// @output sums out[i] * 2^shift + low[i] - 2^(shift-1); to be constrained to what is rescaled.
/// @constraints 0
template RoundedSums(n, least, shift) {
    assert(0 < shift);

    signal input value[n];
    signal input low[n];
    signal output out[n];
    signal output sums[n];

    for (var i = 0; i < n; i++) {
        out[i] <== least + value[i];
        sums[i] <== (least + value[i]) * (1 << shift) + low[i] - (1 << (shift - 1));
    }
}
