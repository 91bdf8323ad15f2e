pragma circom 2.2.0;

include "../commitments/PackWords.circom";

/// @title PackTyped
/// @notice `PackWords` of elements that are known to be of their types.
/// @param k, counts, bits, signs as in `PackWords`.
/// @input values All tensors one after the other; **assumed of their types**: range-checked at the challenge, or a result
/// whose range follows from that of what it is computed from.
/// @output words The packed words.
/// @constraints 0
template PackTyped(k, counts, bits, signs) {
    var layout[2] = packLayout(k, counts, bits);

    signal input values[packElements(k, counts)];
    signal output words[layout[0]];

    var word = 0;
    var sum = 0;
    var offset = 0;
    var at = 0;
    for (var t = 0; t < k; t++) {
        var least = signs[t] == 1 ? 1 << (bits[t] - 1) : 0;
        for (var j = 0; j < counts[t]; j++) {
            if (offset + bits[t] > 253) {
                words[word] <== sum;
                word++;
                sum = 0;
                offset = 0;
            }
            sum += (values[at] + least) * (1 << offset);
            offset += bits[t];
            at++;
        }
    }
    words[word] <== sum;
}
