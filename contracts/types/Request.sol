// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {ReleaseId} from "./Ids.sol";
import {Policy} from "./Policy.sol";

/// @notice What a requester asks for; kept as a hash and brought again by whoever acts on the request.
/// @param release Model release to run.
/// @param input Words of the input.
/// @param policy Evidence demanded, on top of the release's floor.
/// @param fee Wei paid to the operator (and the publisher's royalty) on fulfilment.
/// @param stake Wei of operator stake that the lock must put at risk; at least the effective policy's `minStake`.
/// @param maxGasPrice Wei per gas up to which gas is reimbursed.
/// @param verificationGas Gas of verification and settlement that is reimbursed at most.
/// @param callbackGas Gas given to the requester's callback; 0 for no callback.
/// @param lockDeadline Last second at which an operator may lock.
/// @param deadline Last second at which the request may be fulfilled.
struct RequestParams {
    ReleaseId release;
    uint256[] input;
    Policy policy;
    uint128 fee;
    uint128 stake;
    uint64 maxGasPrice;
    uint32 verificationGas;
    uint32 callbackGas;
    uint40 lockDeadline;
    uint40 deadline;
}

using {escrow} for RequestParams global;

/// @notice Returns the wei that a request escrows: fee, verification gas and callback gas at the highest price.
function escrow(RequestParams memory self) pure returns (uint256) {
    return uint256(self.fee) + (uint256(self.verificationGas) + uint256(self.callbackGas)) * uint256(self.maxGasPrice);
}
