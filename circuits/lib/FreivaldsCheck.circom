pragma circom 2.2.0;

include "../commitments/HashWords.circom";
include "ProductCheck.circom";

/// @title FreivaldsCheck
/// @notice `ProductCheck` at a challenge that is a hash of `seed` and of the sums.
/// @dev The check is sound for a challenge that is drawn after all that it is about: rows, columns and sums. The sums are
/// hashed here, one field element a word, so nothing need be range-checked for that; the others are the seed's business.
/// A prover that searches for a lucky challenge expects p / (high * wide) tries, Poseidon taken for a random oracle.
/// @param n, high, wide as in `ProductCheck`.
/// @input rows, columns assumed **determined by what `seed` is a hash of**: weights and inputs by the claim's `c`, and
/// whatever follows from them by constraints with one solution; the sums of an earlier check by its digest, which is then
/// the seed here.
/// @input sums constrained here to the products.
/// @input seed A hash, as above.
/// @output digest The challenge, hence the seed of the next check.
/// @constraints those of `ProductCheck` and of HashWords(6, 1 + high * wide)
template FreivaldsCheck(n, high, wide) {
    signal input rows[high][n];
    signal input columns[wide][n];
    signal input sums[high * wide];
    signal input seed;
    signal output digest;

    signal words[1 + high * wide];
    words[0] <== seed;
    for (var i = 0; i < high * wide; i++) {
        words[1 + i] <== sums[i];
    }
    digest <== HashWords(6, 1 + high * wide)(words);
    ProductCheck(n, high, wide)(rows, columns, sums, digest);
}
