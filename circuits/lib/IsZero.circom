pragma circom 2.2.0;

/// @title IsZero
/// @notice 1 if the input is zero, else 0.
/// @input in Any field element; nothing assumed.
/// @output out constrained here to 1 if in = 0, to 0 if not.
/// @constraints 2
template IsZero() {
    signal input in;
    signal output out;

    // A hint; `out` is unique whatever it is: in = 0 makes the first constraint out = 1, and in <> 0 makes the second
    // one out = 0. `inverse` itself is pinned for in <> 0 and harmlessly free for in = 0, as it then meets only zeros.
    signal inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    in * out === 0;
}
