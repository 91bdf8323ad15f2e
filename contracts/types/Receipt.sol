// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "./Ids.sol";
import {Evidence} from "./Evidence.sol";

/// @notice A statement with the words it is about and the evidence for it, as it is brought in calldata.
/// @dev Holds words, never their hashes: a verifier hashes what it evaluates (docs/statement.md, section 1).
/// @param input Words of the input: packed elements, or the one commitment where the circuit's input is committed.
/// @param output Words of the output, likewise.
struct Receipt {
    ReleaseId release;
    RequestId request;
    address operator;
    uint256[] input;
    uint256[] output;
    Evidence[] evidence;
}
