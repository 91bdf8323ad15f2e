// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorShares} from "./OperatorShares.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";

/// @title OperatorSharesFactory
/// @notice Deploys operators' shares for the stake vault that calls it, which has no room for their code in its own.
/// @dev Anyone may call it; a vault counts what it asked for itself, and nothing else.
contract OperatorSharesFactory {
    /// @notice Deploys the share of an operator of the sender, which is a stake vault.
    function deploy(address operator) external returns (OperatorShares) {
        return new OperatorShares({vault_: IStakeVault(msg.sender), operator_: operator});
    }
}
