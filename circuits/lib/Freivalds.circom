pragma circom 2.2.0;

include "FreivaldsCheck.circom";

/// @title Freivalds
/// @notice out[r, k] = sum of rows[r][i] * columns[k][i], not product by product but checked at a challenge.
/// @param n, high, wide as in `ProductCheck`.
/// @input rows, columns, seed assumed as in `FreivaldsCheck`.
/// @output out constrained here to the sums modulo p, but for a probability of high * wide / p for each challenge tried.
/// @output digest as in `FreivaldsCheck`.
/// @constraints those of `FreivaldsCheck`
template Freivalds(n, high, wide) {
    signal input rows[high][n];
    signal input columns[wide][n];
    signal input seed;
    signal output out[high * wide];
    signal output digest;

    for (var r = 0; r < high; r++) {
        for (var k = 0; k < wide; k++) {
            var sum = 0;
            for (var i = 0; i < n; i++) {
                sum += rows[r][i] * columns[k][i];
            }
            // A hint; the check below is a hash of it all and refuses any other.
            out[r * wide + k] <-- sum;
        }
    }
    digest <== FreivaldsCheck(n, high, wide)(rows, columns, out, seed);
}
