// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {ReleaseId} from "../types/Ids.sol";
import {RequestParams} from "../types/Request.sol";

/// @notice What is offered for an answer, in the native token; see `RequestParams`. The whole stake is the bond.
struct Offer {
    uint96 fee;
    uint80 stake;
    uint64 maxGasPrice;
    uint32 verificationGas;
    uint40 lockDeadline;
    uint40 deadline;
}

using {toParams} for Offer global;

/// @notice Returns the parameters of a request on these terms, without a policy and a nonce, which `InferenceConsumer` adds.
function toParams(
    Offer calldata self,
    ReleaseId release,
    uint256[] memory input,
    uint32 callbackGas
) pure returns (RequestParams memory params) {
    params.release = release;
    params.input = input;
    (params.minFee, params.maxFee) = (self.fee, self.fee);
    (params.stake, params.bond) = (self.stake, self.stake);
    params.maxGasPrice = self.maxGasPrice;
    params.verificationGas = self.verificationGas;
    params.callbackGas = callbackGas;
    params.lockDeadline = self.lockDeadline;
    params.deadline = self.deadline;
}
