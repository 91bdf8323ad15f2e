pragma circom 2.2.0;

/// @title TableEntry
/// @notice The entry of a constant table at an index that is given by its bits.
/// @dev A run of 2^low entries is a polynomial in the low bits, hence a sum of their monomials, which is linear. Each high
/// bit then chooses between two runs.
/// @param low Low bits of the index.
/// @param high Its other bits.
/// @param polynomials For each run of 2^low entries the coefficients of its polynomial, by monomial.
/// @input monomials The low bits' products, as of `Monomials`; assumed so.
/// @input choice The high bits, least significant first; assumed 0 or 1.
/// @output out The entry.
/// @constraints 2^high - 1, less where neighbouring runs differ by a constant
template TableEntry(low, high, polynomials) {
    signal input monomials[1 << low];
    signal input choice[high];
    signal output out;

    // As a heap: runs are the leaves, from 2^high on; node k chooses between nodes 2k and 2k + 1.
    signal nodes[2 << high];
    nodes[0] <== 0;
    for (var run = 0; run < (1 << high); run++) {
        var entry = 0;
        for (var m = 0; m < (1 << low); m++) {
            entry += polynomials[(run << low) + m] * monomials[m];
        }
        nodes[(1 << high) + run] <== entry;
    }
    for (var level = high - 1; level >= 0; level--) {
        for (var k = 1 << level; k < (2 << level); k++) {
            nodes[k] <== nodes[2 * k] + choice[high - 1 - level] * (nodes[2 * k + 1] - nodes[2 * k]);
        }
    }
    out <== nodes[1];
}
