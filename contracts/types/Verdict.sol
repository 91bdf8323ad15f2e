// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice What a batch says of a receipt, in a byte: `APART`, or `REFUSED`, or `PROVEN` with the flags of the assurance in
/// its low bits, and with `BESIDE` where the receipt carries other evidence too.
type Verdict is uint8;

/// @dev The batch says nothing: `verify` judges.
Verdict constant APART = Verdict.wrap(0);
/// @dev `verify` reverts.
Verdict constant REFUSED = Verdict.wrap(0x20);

uint8 constant BESIDE = 0x40;
uint8 constant PROVEN = 0x80;
uint8 constant FLAGS = 0x1f;
