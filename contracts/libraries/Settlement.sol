// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {RequestParams} from "../types/Request.sol";

/// @title Settlement
/// @notice How an escrow is shared out when an answer is final.
library Settlement {
    uint256 private constant BPS = 10_000;

    /// @notice Returns what operator, publisher and requester get; the three sum to the escrow.
    /// @dev The royalty is rounded down. Gas is paid at the price given or the highest that was agreed, whichever is less:
    /// of verification what was used or bought, whichever is less; of callbacks what was bought.
    /// @param fee Fee that the lock fixed, at most the highest.
    /// @param provisionalGas Gas of a provisional callback where there was one: what was bought.
    function split(
        RequestParams calldata params,
        uint256 fee,
        uint256 royaltyBps,
        uint256 provisionalGas,
        uint256 gasUsed,
        uint256 gasPrice
    ) internal pure returns (uint256 paid, uint256 royalty, uint256 surplus) {
        uint256 price = gasPrice < params.maxGasPrice ? gasPrice : params.maxGasPrice;
        uint256 verification = gasUsed < params.verificationGas ? gasUsed : params.verificationGas;
        uint256 reimbursed = (verification + params.callbackGas + provisionalGas) * price;
        royalty = (fee * royaltyBps) / BPS;
        paid = fee - royalty + reimbursed;
        surplus = params.escrowOf() - fee - reimbursed;
    }
}
