pragma circom 2.2.0;

include "../lib/IsLessOrEqual.circom";

/// @title LessOrEqual
/// @notice `IsLessOrEqual` of each two elements.
/// @param elements Number of elements.
/// @param least, most as in `IsLessOrEqual`.
/// @input left assumed as in `IsLessOrEqual`.
/// @input right assumed as in `IsLessOrEqual`.
/// @output out constrained here.
/// @constraints elements times those of `IsLessOrEqual`
template LessOrEqual(elements, least, most) {
    signal input left[elements];
    signal input right[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== IsLessOrEqual(least, most)(left[i], right[i]);
    }
}
