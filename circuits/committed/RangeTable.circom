pragma circom 2.2.0;

include "TableShares.circom";

/// @title RangeTable
/// @notice Refuses a looked-up value that is not in [0, 2^bits): the table's side of a lookup by logarithmic derivative.
/// @dev The sum over the values v of 1 / (z - v) equals the sum over the rows t of m[t] / (z - t) as rational functions of z
/// just where each v is a row, looked up m[t] times: a pole at any other v would be on one side only, as fewer than p values
/// are looked up. Both are fixed before z, so at a random z a false identity holds with a chance below (values + rows) / p.
/// @param bits Width of the table.
/// @input multiplicities How often each row is looked up; assumed **committed before z**. No range: any that satisfy the
/// identity will do.
/// @input z A challenge.
/// @input lookups Sum of `Fractions` of everything that is looked up; constrained here.
/// @constraints 2^bits
template RangeTable(bits) {
    assert(0 < bits && bits <= 20);

    signal input multiplicities[1 << bits];
    signal input z;
    signal input lookups;

    signal shares <== TableShares(1 << bits, 0)(multiplicities, z);
    lookups === shares;
}
