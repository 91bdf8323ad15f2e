pragma circom 2.2.0;

/// Binary digits of a number, 0 for one that is not positive.
function bitLength(value) {
    var n = 0;
    while ((1 << n) <= value) {
        n++;
    }
    return n;
}

/// @title Bits
/// @notice Constrains an integer to n bits and yields them, least significant first.
/// @param n Width; 0 < n <= 253, so that no two bit strings are equal modulo p.
/// @input in constrained here to [0, 2^n).
/// @output out Its bits, each constrained here to 0 or 1.
/// @constraints n
template Bits(n) {
    assert(0 < n && n <= 253);

    signal input in;
    signal output out[n];

    var sum = 0;
    for (var i = 0; i < n; i++) {
        // A hint, unique: each is 0 or 1, and 2^n < p makes the binary digits of `in` the only bits with this sum.
        out[i] <-- (in >> i) & 1;
        out[i] * (out[i] - 1) === 0;
        sum += out[i] * (1 << i);
    }
    sum === in;
}
