pragma circom 2.2.0;

include "Bits.circom";
include "Monomials.circom";
include "TableEntry.circom";

/// @title InterpolatedTable
/// @notice A function by table, linear between its points: with u = in - lo, lo the least value of its type, h the upper
/// bits of u and l its lower ones, out = base[h] + slope[h] * l.
/// @dev The bits of u are unique (`Bits`), so the entries are; nothing else is supplied.
/// @param bits, signed Type of the input.
/// @param lowBits Bits of l.
/// @param monomialBits How many of the bits of h go into monomials.
/// @param base The table, as `polynomials` of `TableEntry`.
/// @param isSloped 1, or 0 where every slope is 0.
/// @param slope as base.
/// @input in constrained here to its type.
/// @output out constrained here.
/// @constraints bits; 2^k - 1 - k for the monomials of k bits; for each table those of `TableEntry`; 1 for the product
/// with the slope
template InterpolatedTable(bits, signed, lowBits, monomialBits, base, isSloped, slope) {
    var high = bits - lowBits - monomialBits;

    signal input in;
    signal output out;

    signal digits[bits] <== Bits(bits)(in + signed * (1 << (bits - 1)));

    component monomials = Monomials(monomialBits);
    for (var i = 0; i < monomialBits; i++) {
        monomials.in[i] <== digits[lowBits + i];
    }
    signal choice[high];
    for (var i = 0; i < high; i++) {
        choice[i] <== digits[lowBits + monomialBits + i];
    }
    signal start <== TableEntry(monomialBits, high, base)(monomials.out, choice);
    if (isSloped == 0) {
        out <== start;
    } else {
        var rest = 0;
        for (var i = 0; i < lowBits; i++) {
            rest += digits[i] * (1 << i);
        }
        signal steepness <== TableEntry(monomialBits, high, slope)(monomials.out, choice);
        out <== start + steepness * rest;
    }
}
