pragma circom 2.2.0;

include "PackSegment.circom";

/// Number of elements of k tensors.
function packElements(k, counts) {
    var total = 0;
    for (var t = 0; t < k; t++) {
        total += counts[t];
    }
    return total;
}

/// Layout of the mixed packing: [number of words, number of segments, which are runs of one tensor within one word].
function packLayout(k, counts, bits) {
    var layout[2] = [1, 0];
    var offset = 0;
    for (var t = 0; t < k; t++) {
        assert(0 < counts[t] && 0 < bits[t] && bits[t] <= 253);
        var rest = counts[t];
        while (rest > 0) {
            var room = (253 - offset) \ bits[t];
            if (room == 0) {
                layout[0]++;
                offset = 0;
            } else {
                var size = rest < room ? rest : room;
                layout[1]++;
                offset += size * bits[t];
                rest -= size;
            }
        }
    }
    return layout;
}

/// @title PackWords
/// @notice Mixed packing of docs/statement.md, section 2: an element goes to the next free bit of the current word if it
/// fits below bit 253, else it opens a word. With one tensor this is the uniform packing.
/// @dev Injective: segments do not overlap, each is injective (`PackSegment`), and a word stays below 2^253 < p.
/// @param k Number of tensors.
/// @param counts Elements of each, at least 1.
/// @param bits Width of each one's elements, 1 to 253.
/// @param signs For each, 1 if its elements are signed, else 0.
/// @input values All tensors one after the other; each element constrained here to its type, unconditionally.
/// @output words constrained here to the packed words.
/// @constraints sum of counts[t] * bits[t]
template PackWords(k, counts, bits, signs) {
    var layout[2] = packLayout(k, counts, bits);

    signal input values[packElements(k, counts)];
    signal output words[layout[0]];

    // Named: an anonymous component takes no slice of an array.
    component segments[layout[1]];
    var word = 0;
    var sum = 0;
    var offset = 0;
    var at = 0;
    var segment = 0;
    for (var t = 0; t < k; t++) {
        var rest = counts[t];
        while (rest > 0) {
            var room = (253 - offset) \ bits[t];
            if (room == 0) {
                words[word] <== sum;
                word++;
                sum = 0;
                offset = 0;
            } else {
                var size = rest < room ? rest : room;
                segments[segment] = PackSegment(size, bits[t], signs[t]);
                for (var j = 0; j < size; j++) {
                    segments[segment].values[j] <== values[at + j];
                }
                sum += segments[segment].out * (1 << offset);
                offset += size * bits[t];
                rest -= size;
                at += size;
                segment++;
            }
        }
    }
    words[word] <== sum;
}
