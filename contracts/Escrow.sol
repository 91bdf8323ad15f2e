// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";

/// @title Escrow
/// @notice Takes payments in the native token or an ERC-20, and owes them to accounts that withdraw them.
/// @dev Every token stands for itself: one that misbehaves harms those that were paid in it, and nobody else.
abstract contract Escrow is IEscrow {
    using SafeERC20 for IERC20;

    address internal constant NATIVE = address(0);

    mapping(address token => mapping(address account => uint256 credit)) private _credits;

    /// @inheritdoc IEscrow
    function withdraw(address token, address payable to) external {
        uint256 amount = _credits[token][msg.sender];
        require(amount > 0, CreditEmpty(token, msg.sender));

        delete _credits[token][msg.sender];

        emit Withdrawn(token, msg.sender, to, amount);

        if (token == NATIVE) {
            (bool sent, ) = to.call{value: amount}("");
            require(sent, WithdrawalFailed(to));
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    /// @inheritdoc IEscrow
    function creditOf(address token, address account) external view returns (uint256) {
        return _credits[token][account];
    }

    /// @dev Takes exactly `amount` from the sender. A reentrant token gains nothing: what it moves meanwhile shows in the
    /// balance, and only an exact rise is accepted.
    function _collect(address token, uint256 amount) internal {
        uint256 value = token == NATIVE ? amount : 0;
        require(msg.value == value, EscrowMismatch(msg.value, value));
        if (token == NATIVE || amount == 0) return;

        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 balance = IERC20(token).balanceOf(address(this));
        require(balance == before + amount, EscrowNotReceived(token, balance, before + amount));
    }

    function _credit(address token, address account, uint256 amount) internal {
        if (amount > 0) _credits[token][account] += amount;
    }
}
