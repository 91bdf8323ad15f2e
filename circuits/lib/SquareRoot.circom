pragma circom 2.2.0;

include "Bits.circom";

/// Largest integer of at most n bits whose square is at most value.
function rootOf(value, n) {
    var root = 0;
    for (var i = n - 1; i >= 0; i--) {
        var next = root + (1 << i);
        if (next * next <= value) {
            root = next;
        }
    }
    return root;
}

/// @title SquareRoot
/// @notice out = floor(sqrt(in)).
/// @dev The root q of x is the one integer with 0 <= x - q^2 <= 2q. Let 2a + odd be x - q^2 and 2b + odd the rest of 2q,
/// so q = a + b + odd: with a and b of n bits and odd a bit, q^2 + 2a + odd is below 2^(2n + 3) < p, so x equals it as an
/// integer, and both inequalities hold. So q needs no range check of its own.
/// @param bits Width of the input, unsigned; bits <= 200.
/// @input in assumed in [0, 2^bits), so that no value is refused; constrained here to a number with such a root.
/// @output out constrained here to [0, 2^n), n half of `bits` rounded up.
/// @constraints 2n + 2
template SquareRoot(bits) {
    assert(0 < bits && bits <= 200);

    var n = (bits + 1) \ 2;

    signal input in;
    signal output out;

    // Hints, unique: root and rest of `in`, as the header proves from the four constraints below.
    out <-- rootOf(in, n);
    signal odd <-- (in - out * out) & 1;
    signal square <== out * out;
    odd * (odd - 1) === 0;
    _ <== Bits(n)((in - square - odd) / 2);
    _ <== Bits(n)(out - odd - (in - square - odd) / 2);
}
