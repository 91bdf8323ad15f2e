// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

/// @notice What a pool of Uniswap v4 is known by. Currencies are addresses, the zero address is the native token.
/// @param fee `DYNAMIC_FEE_FLAG` where the hooks say the fee of each swap.
struct PoolKey {
    address currency0;
    address currency1;
    uint24 fee;
    int24 tickSpacing;
    address hooks;
}

/// @notice A swap.
/// @param amountSpecified What goes in, if negative, or what comes out.
struct SwapParams {
    bool zeroForOne;
    int256 amountSpecified;
    uint160 sqrtPriceLimitX96;
}

/// @dev The fee in the key of a pool whose fee is dynamic.
uint24 constant DYNAMIC_FEE_FLAG = 0x800000;
/// @dev Set in the fee that `beforeSwap` returns where it counts for this swap.
uint24 constant OVERRIDE_FEE_FLAG = 0x400000;
/// @dev Bits of a hook's address that say which of its functions pools call.
uint160 constant ALL_HOOKS_MASK = (1 << 14) - 1;
uint160 constant BEFORE_INITIALIZE_FLAG = 1 << 13;
uint160 constant BEFORE_SWAP_FLAG = 1 << 7;

/// @title IPoolHooks
/// @notice The two functions of Uniswap v4's `IHooks` that a dynamic fee needs, with the same ABI.
/// @dev Written here since v4's own sources may not be imported under this repository's licence rules. `Currency`, `IHooks` and
/// `BeforeSwapDelta` are `address`, `address` and `int256` there, too; test/contracts/VolatilityFee pins the selectors.
interface IPoolHooks {
    /// @notice Called before a pool is initialized; a revert refuses the pool.
    /// @return selector Of this function.
    function beforeInitialize(
        address sender,
        PoolKey calldata key,
        uint160 sqrtPriceX96
    ) external returns (bytes4 selector);

    /// @notice Called before a swap; a revert refuses the swap.
    /// @return selector Of this function.
    /// @return delta What the hook takes or gives; 0 for nothing.
    /// @return fee Fee of this swap in hundredths of a basis point, with `OVERRIDE_FEE_FLAG`.
    function beforeSwap(
        address sender,
        PoolKey calldata key,
        SwapParams calldata params,
        bytes calldata hookData
    ) external returns (bytes4 selector, int256 delta, uint24 fee);
}
