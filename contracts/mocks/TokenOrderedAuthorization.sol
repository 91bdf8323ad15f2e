// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20TransferAuthorization} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20TransferAuthorization.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title TokenOrderedAuthorization
/// @notice A token with EIP-3009 whose nonces have an order, which anyone may mint.
contract TokenOrderedAuthorization is ERC20TransferAuthorization {
    constructor() ERC20("Authorization", "AUTH") EIP712("Authorization", "1") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
