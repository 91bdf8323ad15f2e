pragma circom 2.2.0;

include "Bits.circom";

/// @title IsLessOrEqual
/// @notice 1 where left <= right, else 0.
/// @dev With 2^(n-1) added, the difference lies in [0, 2^n), and its top bit says that it is not negative. The bits are
/// unique (`Bits`).
/// @param least, most Range of right - left, worst case.
/// @input left assumed such that right - left is in its range: so that no value is refused, and where the range has one
/// sign **soundness rests on it**.
/// @input right as left.
/// @output out constrained here to 0 or 1.
/// @constraints n: the bits of the larger end and a sign; none where the range has one sign
template IsLessOrEqual(least, most) {
    assert(least <= most);

    signal input left;
    signal input right;
    signal output out;

    if (least >= 0 || most < 0) {
        out <== least >= 0 ? 1 : 0;
    } else {
        var above = bitLength(most);
        var below = bitLength(-least - 1);
        var n = 1 + (above > below ? above : below);
        signal digits[n] <== Bits(n)(right - left + (1 << (n - 1)));
        out <== digits[n - 1];
    }
}
