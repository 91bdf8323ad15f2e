pragma circom 2.2.0;

include "../lib/Rescale.circom";

/// @title RescaleTensor
/// @notice `Rescale` on each element, by one multiplier or by one for each index of the last axis.
/// @param elements Number of elements.
/// @param channels Number of multipliers: 1 or the length of the last axis.
/// @param least, most, multiplierBits, shift, bits, signed as in `Rescale`.
/// @input in assumed as in `Rescale`.
/// @input multipliers assumed as in `Rescale`.
/// @output out constrained here, each element to [lo, hi] of `Rescale`.
/// @constraints elements times those of `Rescale`
template RescaleTensor(elements, channels, least, most, multiplierBits, shift, bits, signed) {
    assert(elements % channels == 0);

    signal input in[elements];
    signal input multipliers[channels];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== Rescale(least, most, multiplierBits, shift, bits, signed)(in[i], multipliers[i % channels]);
    }
}
