// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DYNAMIC_FEE_FLAG, IPoolHooks, OVERRIDE_FEE_FLAG, PoolKey, SwapParams} from "../examples/IPoolHooks.sol";

/// @title PoolManagerMock
/// @notice Calls hooks, and reads what they return, as Uniswap v4's pool manager does; swaps nothing.
contract PoolManagerMock {
    uint24 private constant MAX_LP_FEE = 1_000_000;

    event Swapped(uint24 fee);

    error HookCallFailed(bytes reason);
    error InvalidHookResponse();
    error LPFeeTooLarge(uint24 fee);

    function initialize(PoolKey calldata key, uint160 sqrtPriceX96) external {
        bytes memory call = abi.encodeCall(IPoolHooks.beforeInitialize, (msg.sender, key, sqrtPriceX96));
        require(bytes32(_call(key.hooks, call, gasleft())) == bytes32(bytes4(call)), InvalidHookResponse());
    }

    /// @notice Calls `beforeSwap` with at most `gasLimit`; emits the fee that the swap would pay, 0 where the pool's own counts.
    function swap(PoolKey calldata key, SwapParams calldata params, uint256 gasLimit) external {
        bytes memory call = abi.encodeCall(IPoolHooks.beforeSwap, (msg.sender, key, params, ""));
        bytes memory result = _call(key.hooks, call, gasLimit);
        require(result.length == 96 && bytes4(result) == bytes4(call), InvalidHookResponse());
        (, , uint24 returned) = abi.decode(result, (bytes4, int256, uint24));
        bool counts = key.fee == DYNAMIC_FEE_FLAG && returned & OVERRIDE_FEE_FLAG != 0;
        uint24 fee = counts ? returned ^ OVERRIDE_FEE_FLAG : 0;
        require(fee <= MAX_LP_FEE, LPFeeTooLarge(fee));

        emit Swapped(fee);
    }

    function _call(address hooks, bytes memory call, uint256 gasLimit) private returns (bytes memory result) {
        bool succeeded;
        // Whatever its functions return is looked at here.
        // solhint-disable-next-line avoid-low-level-calls
        (succeeded, result) = hooks.call{gas: gasLimit}(call);
        require(succeeded, HookCallFailed(result));
    }
}
