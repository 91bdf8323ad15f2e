pragma circom 2.2.0;

include "MatMul.circom";

/// @title BatchMatMul
/// @notice out[b, m, n] = sum over k of left[b, m, k] * right[b, n, k]; all row-major.
/// @param batches Number of products of matrices.
/// @param rows, inner, columns Rows of left, length of a row of both, rows of right.
/// @param bits, tileRows, tileColumns as in `MatMul`.
/// @input left assumed as `in` of `MatMul`.
/// @input right assumed as `weights` of `MatMul`.
/// @output out constrained here to the exact sums.
/// @constraints batches times those of `MatMul`
template BatchMatMul(batches, rows, inner, columns, bits, tileRows, tileColumns) {
    signal input left[batches * rows * inner];
    signal input right[batches * columns * inner];
    signal output out[batches * rows * columns];

    // Named: an anonymous component takes no slice of an array.
    component products[batches];
    for (var b = 0; b < batches; b++) {
        products[b] = MatMul(rows, inner, columns, bits, tileRows, tileColumns);
        for (var i = 0; i < rows * inner; i++) {
            products[b].in[i] <== left[b * rows * inner + i];
        }
        for (var i = 0; i < columns * inner; i++) {
            products[b].weights[i] <== right[b * columns * inner + i];
        }
        for (var i = 0; i < rows * columns; i++) {
            out[b * rows * columns + i] <== products[b].out[i];
        }
    }
}
