pragma circom 2.2.0;

include "DotProduct.circom";
include "AddScaled.circom";

/// @title ProductCheck
/// @notice Constrains sums[r, k] to the sum of rows[r][i] * columns[k][i], but for a challenge of bad luck.
/// @dev With t the challenge, the sum over r and k of t^(wide * r + k) times the difference of both sides is a polynomial
/// in t of degree below high * wide. It is 0 for all t if all differences are 0, and else for less than high * wide of
/// the p challenges.
/// @param n Length of the rows and columns.
/// @param high Number of rows.
/// @param wide Number of columns.
/// @input rows, columns, sums assumed **fixed before the challenge was drawn**.
/// @input challenge assumed a random field element.
/// @constraints n * (high + wide - 1) + high * wide - 1, and for the powers wide - 2 of the columns' where there are two,
/// high - 1 of the rows' where there are two, or high - 2 beside one column
template ProductCheck(n, high, wide) {
    assert(0 < n && 0 < high && 0 < wide);

    signal input rows[high][n];
    signal input columns[wide][n];
    signal input sums[high * wide];
    signal input challenge;

    signal columnPowers[wide + 1];
    columnPowers[0] <== 1;
    for (var k = 0; k < wide; k++) {
        // The last is a power of the rows: there is none where one row is all.
        columnPowers[k + 1] <== k + 1 == wide && high == 1 ? 0 : columnPowers[k] * challenge;
    }
    signal rowPowers[high];
    rowPowers[0] <== 1;
    for (var r = 1; r < high; r++) {
        rowPowers[r] <== rowPowers[r - 1] * columnPowers[wide];
    }

    signal row[high][n];
    row[0] <== rows[0];
    for (var r = 1; r < high; r++) {
        row[r] <== AddScaled(n)(row[r - 1], rowPowers[r], rows[r]);
    }
    signal column[wide][n];
    column[0] <== columns[0];
    for (var k = 1; k < wide; k++) {
        column[k] <== AddScaled(n)(column[k - 1], columnPowers[k], columns[k]);
    }

    signal partial[high][wide];
    signal total[high];
    for (var r = 0; r < high; r++) {
        partial[r][0] <== sums[r * wide];
        for (var k = 1; k < wide; k++) {
            partial[r][k] <== partial[r][k - 1] + columnPowers[k] * sums[r * wide + k];
        }
        if (r == 0) {
            total[r] <== partial[r][wide - 1];
        } else {
            total[r] <== total[r - 1] + rowPowers[r] * partial[r][wide - 1];
        }
    }
    signal product <== DotProduct(n)(row[high - 1], column[wide - 1]);
    product === total[high - 1];
}
