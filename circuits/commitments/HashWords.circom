pragma circom 2.2.0;

include "../lib/PoseidonBlock.circom";

/// @title HashWords
/// @notice hashWords of docs/statement.md, section 3: a chain of Poseidon whose first state holds tag and length.
/// @param tag Kind of commitment, below 2^16.
/// @param n Number of words; 0 < n < 2^32.
/// @input words Any field elements; nothing assumed.
/// @output out constrained here to the hash.
/// @constraints 609 for 15 words but 3 less for the first 15; `poseidonConstraints` of the compiler gives the rest
template HashWords(tag, n) {
    assert(0 <= tag && tag < (1 << 16));
    assert(0 < n && n < (1 << 32));

    signal input words[n];
    signal output out;

    var blocks = (n + 14) \ 15;
    signal state[blocks + 1];
    state[0] <== tag * (1 << 32) + n;

    // Named: the last block may be shorter, and an anonymous component takes no slice of an array.
    component poseidon[blocks];
    for (var k = 0; k < blocks; k++) {
        var size = n - 15 * k < 15 ? n - 15 * k : 15;
        poseidon[k] = PoseidonBlock(size + 1);
        poseidon[k].in[0] <== state[k];
        for (var i = 0; i < size; i++) {
            poseidon[k].in[i + 1] <== words[15 * k + i];
        }
        state[k + 1] <== poseidon[k].out;
    }

    out <== state[blocks];
}
