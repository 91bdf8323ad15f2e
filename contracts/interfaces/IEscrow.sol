// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IEscrow
/// @notice Takes payments in the native token or an ERC-20, and owes them to accounts that withdraw them.
/// @dev The zero address stands for the native token. Warning: a token that takes a fee on transfer is refused when it is
/// paid in, one that has no code reverts; of one that rebases downwards, the last to withdraw bear the loss.
interface IEscrow {
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice The native value sent is not what is needed.
    error EscrowMismatch(uint256 sent, uint256 needed);
    /// @notice The token moved another amount than was asked of it: it takes a fee, or lies.
    error EscrowNotReceived(address token, uint256 balance, uint256 needed);
    error CreditEmpty(address token, address account);
    error WithdrawalFailed(address to);

    /// @notice Sends what the sender is owed in `token` to `to`.
    function withdraw(address token, address payable to) external;

    /// @notice Returns what an account may withdraw of a token.
    function creditOf(address token, address account) external view returns (uint256);
}
