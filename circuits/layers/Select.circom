pragma circom 2.2.0;

/// @title Select
/// @notice left where the condition is 1, right where it is 0, on each element.
/// @param elements Number of elements.
/// @input condition assumed 0 or 1.
/// @input left Any field element; nothing assumed.
/// @input right as left.
/// @output out constrained here.
/// @constraints elements
template Select(elements) {
    signal input condition[elements];
    signal input left[elements];
    signal input right[elements];
    signal output out[elements];

    for (var i = 0; i < elements; i++) {
        out[i] <== right[i] + condition[i] * (left[i] - right[i]);
    }
}
