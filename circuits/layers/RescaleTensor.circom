pragma circom 2.2.0;

include "../lib/RescaleDigits.circom";

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

    // Planned once, for the sake of the witness's calculator, which plans each time.
    var range[2] = productRange(least, most, multiplierBits);
    var plan[6] = rescalePlan(range[0], range[1], shift, bits, signed);
    signal rescaled[elements][1];
    for (var i = 0; i < elements; i++) {
        rescaled[i] <== RescaleDigits(1, plan, shift, bits, signed)(in[i] * multipliers[i % channels]);
        out[i] <== rescaled[i][0];
    }
}
