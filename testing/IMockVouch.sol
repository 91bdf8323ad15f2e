// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IMockVouch
/// @notice What tells the test kit from the protocol: `supportsInterface` of this interface's id, which is that of `isMockVouch`.
/// @dev A deployment script that is given an address asks for it and refuses; nothing that this project ships would take one.
interface IMockVouch {
    /// @notice Returns true: answers here are whatever a test said.
    function isMockVouch() external pure returns (bool);
}
