pragma circom 2.2.0;

include "circomlib/circuits/poseidon_constants.circom";

/// Partial rounds for a state of t elements (circomlib's `PoseidonEx`).
function partialRounds(t) {
    var rounds[16] = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];
    return rounds[t - 2];
}

/// @title PoseidonBlock
/// @notice circomlib's `Poseidon`, with its constants and sparse matrices (https://eprint.iacr.org/2019/458, appendix B): the same
/// hash in as many constraints, without linear ones for the compiler to eliminate.
/// @dev The state between two S-boxes is an expression, not a signal: circomlib has a signal for each element of it, and
/// to eliminate these takes circom ten times as long as all the rest of the hash.
/// @param n Number of inputs; 0 < n <= 16.
/// @input in Any field elements; nothing assumed.
/// @output out constrained here to the hash: every signal is assigned from what is known before it, nothing is a hint.
/// @constraints 3 for each S-box, of which there are 8 * (n + 1) and one for each partial round, but for the first
template PoseidonBlock(n) {
    assert(0 < n && n <= 16);

    var t = n + 1;
    var between = partialRounds(t);
    var boxes = 8 * t + between;
    var C[8 * t + between] = POSEIDON_C(t);
    var M[t][t] = POSEIDON_M(t);
    var P[t][t] = POSEIDON_P(t);
    var S[between * (2 * t - 1)] = POSEIDON_S(t);

    signal input in[n];
    signal output out;

    signal squares[boxes];
    signal fourths[boxes];
    signal fifths[8 * t];
    signal entries[between];

    var state[t];
    state[0] = C[0];
    for (var j = 0; j < n; j++) {
        state[j + 1] = in[j] + C[j + 1];
    }

    var box = 0;
    var constants = t;
    for (var round = 0; round < 8; round++) {
        var mixed[t];
        for (var j = 0; j < t; j++) {
            squares[box] <== state[j] * state[j];
            fourths[box] <== squares[box] * squares[box];
            fifths[round * t + j] <== fourths[box] * state[j];
            var element = fifths[round * t + j] + (round < 7 ? C[constants + j] : 0);
            for (var i = 0; i < t; i++) {
                mixed[i] += element * (round == 3 ? P[j][i] : M[j][i]);
            }
            box++;
        }
        state = mixed;
        constants += t;

        // One S-box a round. Its result is expressed by what enters the next one, so that what enters is a signal and not a
        // sum of all results before it, which each of its three constraints would hold. No S[row] is 0: circom refuses that.
        var entry = state[0];
        for (var r = 0; round == 3 && r < between; r++) {
            var row = (2 * t - 1) * r;
            var others = 0;
            for (var j = 1; j < t; j++) {
                others += state[j] * S[row + j];
            }
            squares[box] <== entry * entry;
            fourths[box] <== squares[box] * squares[box];
            entries[r] <== S[row] * fourths[box] * entry + (S[row] * C[constants] + others);
            var element = (entries[r] - others) / S[row];
            for (var j = 1; j < t; j++) {
                state[j] += element * S[row + n + j];
            }
            entry = entries[r];
            box++;
            constants++;
        }
        state[0] = entry;
    }

    out <== state[0];
}
