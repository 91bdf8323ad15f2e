pragma circom 2.2.0;

/// @title UpperExcess
/// @notice out = excess where the value is `most`, 0 where it is less.
/// @param most Largest value; 0 < most.
/// @input value assumed in [0, most].
/// @input excess Any field element; **refused here** unless it is 0 where the value is neither 0 nor `most`.
/// @output out constrained here.
/// @constraints 2
template UpperExcess(most) {
    assert(0 < most);

    signal input value;
    signal input excess;
    signal output out;

    // A hint, unique: below `most` the first constraint makes it 0, at `most`, which is not 0, the second the excess.
    out <-- value == most ? excess : 0;
    out * (most - value) === 0;
    (excess - out) * value === 0;
}
