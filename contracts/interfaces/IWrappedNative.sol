// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IWrappedNative
/// @notice The ERC-20 form of a chain's native token, one unit for one wei: what every chain's wrapped token offers.
interface IWrappedNative {
    event Deposit(address indexed account, uint256 amount);
    event Withdrawal(address indexed account, uint256 amount);

    /// @notice Mints to the sender what it sends.
    function deposit() external payable;

    /// @notice Burns `amount` of the sender's and sends it back to the sender.
    function withdraw(uint256 amount) external;
}
