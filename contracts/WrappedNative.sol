// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IWrappedNative} from "./interfaces/IWrappedNative.sol";

/// @title WrappedNative
/// @notice Wraps the native token of a chain that has no wrapped token of its own; a plain transfer wraps too.
/// @dev A deployment uses the chain's token wherever there is one.
contract WrappedNative is ERC20, IWrappedNative, ERC165 {
    error WithdrawalFailed(address account);

    constructor(string memory name, string memory symbol) ERC20(name, symbol) {}

    receive() external payable {
        deposit();
    }

    /// @inheritdoc IWrappedNative
    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);

        emit Withdrawal(msg.sender, amount);

        (bool sent, ) = msg.sender.call{value: amount}("");
        require(sent, WithdrawalFailed(msg.sender));
    }

    /// @inheritdoc IWrappedNative
    function deposit() public payable {
        _mint(msg.sender, msg.value);

        emit Deposit(msg.sender, msg.value);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IWrappedNative).interfaceId ||
            interfaceId == type(IERC20).interfaceId ||
            interfaceId == type(IERC20Metadata).interfaceId ||
            super.supportsInterface(interfaceId);
    }
}
