// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestParams} from "../types/Request.sol";

/// @title Settlement
/// @notice How an escrow is shared out on fulfilment.
library Settlement {
    uint256 private constant BPS = 10_000;

    /// @notice Returns what operator, publisher and requester get; the three sum to the escrow.
    /// @dev The royalty is rounded down. Gas is paid at the price given or the highest that was agreed, whichever is less:
    /// of verification what was used or bought, whichever is less; of the callback what was bought.
    function split(
        RequestParams calldata params,
        uint256 royaltyBps,
        uint256 gasUsed,
        uint256 gasPrice
    ) internal pure returns (uint256 paid, uint256 royalty, uint256 surplus) {
        uint256 price = gasPrice < params.maxGasPrice ? gasPrice : params.maxGasPrice;
        uint256 verification = gasUsed < params.verificationGas ? gasUsed : params.verificationGas;
        uint256 reimbursed = (verification + params.callbackGas) * price;
        royalty = (params.fee * royaltyBps) / BPS;
        paid = params.fee - royalty + reimbursed;
        surplus = params.escrow() - params.fee - reimbursed;
    }
}
