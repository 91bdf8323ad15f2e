pragma circom 2.2.0;

include "../lib/InterpolatedTable.circom";

/// How many of an index's bits go into monomials so that selecting from so many tables costs least.
function cheapestMonomials(bits, tables) {
    var best = 0;
    for (var low = 1; low <= bits; low++) {
        var cost = (1 << low) - 1 - low + tables * ((1 << (bits - low)) - 1);
        if (cost < (1 << best) - 1 - best + tables * ((1 << (bits - best)) - 1)) {
            best = low;
        }
    }
    return best;
}

/// @title Lookup
/// @notice A function by table, linear between its points: with u = in - lo, lo the least value of its type,
/// out = base[u \ 2^lowBits] + slope[u \ 2^lowBits] * (u % 2^lowBits), on each element.
/// @param elements Number of elements.
/// @param bits, signed Type of the input; bits <= 60.
/// @param lowBits Bits of u between two points.
/// @param base 2^(bits - lowBits) integers.
/// @param slope As many; [0] where lowBits is 0.
/// @input in constrained here, each element to its type.
/// @output out constrained here to the table's values.
/// @constraints elements times those of `InterpolatedTable`, for the count of monomials that costs least
template Lookup(elements, bits, signed, lowBits, base, slope) {
    assert(0 < bits && bits <= 60 && 0 <= lowBits && lowBits <= bits);
    assert(signed == 0 || signed == 1);

    var size = 1 << (bits - lowBits);
    var basePolynomials[size] = base;
    var slopePolynomials[size];
    var isSloped = 0;
    for (var h = 0; lowBits > 0 && h < size; h++) {
        slopePolynomials[h] = slope[h];
        isSloped = slope[h] != 0 ? 1 : isSloped;
    }
    var low = cheapestMonomials(bits - lowBits, 1 + isSloped);
    // The polynomial of each run of 2^low entries that takes them as its values (Moebius transform).
    for (var i = 0; i < low; i++) {
        for (var h = 0; h < size; h++) {
            if ((h >> i) & 1 == 1) {
                basePolynomials[h] -= basePolynomials[h - (1 << i)];
                slopePolynomials[h] -= slopePolynomials[h - (1 << i)];
            }
        }
    }

    signal input in[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== InterpolatedTable(bits, signed, lowBits, low, basePolynomials, isSloped, slopePolynomials)(in[i]);
    }
}
