// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Returns what a call reverts with, and fails where it does not.
function refusalOf(address target, bytes memory call) view returns (bytes memory reason) {
    bool success;
    (success, reason) = target.staticcall(call);
    require(!success, "accepted");
}

/// @dev Fails unless the call reverts with exactly this.
function requireRefused(address target, bytes memory call, bytes memory expected) view {
    bytes memory reason = refusalOf(target, call);
    require(keccak256(reason) == keccak256(expected), "refused for another reason");
}

/// @dev Fails unless the call reverts with one of these errors, whatever they say.
function requireRefusedBy(address target, bytes memory call, bytes4[] memory errors) view {
    bytes4 reason = bytes4(refusalOf(target, call));
    for (uint256 i = 0; i < errors.length; ++i) {
        if (errors[i] == reason) return;
    }
    revert("refused for a reason without a name");
}
