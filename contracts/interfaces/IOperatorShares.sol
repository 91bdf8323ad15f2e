// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IStakeVault} from "./IStakeVault.sol";

/// @title IOperatorShares
/// @notice What an operator's ERC-4626 share has beyond ERC-4626 and ERC-2612: redemption after a delay.
/// @dev The assets lie in the stake vault. A deposit is at once; to redeem, an owner asks first, waits `EXIT_DELAY` of the
/// vault, and claims within `CLAIM_WINDOW` through `redeem` or `withdraw`. `maxRedeem` and `maxWithdraw` count nothing else.
/// @dev Shares that wait stay shares: they earn and are slashed like all others until they are claimed. But they back no new
/// liability, whether or not they can be claimed yet, until their owner cancels.
/// @dev Warning: a slash lowers the price of a share; one of all that is delegated makes every share worthless, and closes
/// the pool to deposits for as long as one of them is left.
/// @dev Warning: who does not claim in time asks again and waits again. Otherwise a request that is ready for ever would let
/// its owner leave just before a slash, at the cost of those who stay.
interface IOperatorShares {
    event RedeemRequested(address indexed owner, uint256 shares, uint256 availableAt);
    event RedeemCancelled(address indexed owner, uint256 shares);

    error RedeemSharesZero();
    error RedeemNotRequested(address owner);
    /// @notice The owner has fewer shares that do not already wait to be redeemed.
    error SharesInExit(address owner, uint256 free, uint256 needed);

    /// @notice Locks `shares` of the sender's until they can be redeemed; returns when.
    /// @dev A second request adds to the first and restarts the delay for the whole.
    function requestRedeem(uint256 shares) external returns (uint256 availableAt);

    /// @notice Unlocks all of the sender's shares that wait to be redeemed, so that they back liabilities again.
    function cancelRedeem() external;

    /// @notice Returns how long shares can be claimed once their delay has passed, in seconds.
    function CLAIM_WINDOW() external view returns (uint256);

    /// @notice Returns the vault that holds the assets.
    function vault() external view returns (IStakeVault);

    /// @notice Returns the operator that the assets are delegated to.
    function operator() external view returns (address);

    /// @notice Returns an owner's shares that wait to be redeemed, and the time from which they can be claimed.
    function redeemRequestOf(address owner) external view returns (uint256 shares, uint256 availableAt);

    /// @notice Returns the shares that wait to be redeemed, of all owners.
    function exitingShares() external view returns (uint256);

    /// @notice Returns what these shares are worth, rounded up.
    function exitingAssets() external view returns (uint256);
}
