// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title ExactGasCall
/// @notice A call whose outcome only the callee decides.
/// @dev The callee gets exactly the gas that was bought for it, or the whole transaction reverts; what it returns is never
/// copied, so that it cannot make its caller pay for memory.
library ExactGasCall {
    /// @notice Too little gas is left to give the callback what was bought for it.
    error CallbackGasInsufficient(uint256 left, uint256 needed);

    /// @dev Covers the call itself (cold account) and what its caller does afterwards.
    uint256 private constant RESERVE = 30_000;

    /// @notice Calls `target` with exactly `gasLimit` and returns whether it did not revert.
    /// @dev At most 63/64 of the gas left can be forwarded (EIP-150).
    function tryCall(address target, uint256 gasLimit, bytes memory data) internal returns (bool succeeded) {
        uint256 needed = gasLimit + gasLimit / 63 + RESERVE;
        uint256 left = gasleft();
        require(left >= needed, CallbackGasInsufficient(left, needed));

        assembly ("memory-safe") {
            succeeded := call(gasLimit, target, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }
}
