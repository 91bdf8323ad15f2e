pragma circom 2.2.0;

/// @title Blind
/// @notice A constraint for a random wire, so that its point in the basis of a commitment is not zero.
/// @input value Any field element; nothing assumed.
/// @constraints 1
template Blind() {
    signal input value;

    signal square <== value * value;
}
