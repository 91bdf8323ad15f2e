// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title ITokenSignatures
/// @notice EIP-2612 and EIP-3009 with signatures of any length, which contracts can make (ERC-1271).
interface ITokenSignatures {
    /// @notice As EIP-2612's, but for its signature.
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes calldata signature) external;

    /// @notice As EIP-3009's, but for its signature.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}
