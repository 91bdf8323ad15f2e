// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IERC8004Identity
/// @notice Identity registry of ERC-8004 (draft), as far as is asked who an agent is.
interface IERC8004Identity {
    /// @notice Returns the owner of an agent.
    function ownerOf(uint256 agentId) external view returns (address);

    /// @notice Returns the wallet that an agent has proven to control; zero for none.
    function getAgentWallet(uint256 agentId) external view returns (address);
}
