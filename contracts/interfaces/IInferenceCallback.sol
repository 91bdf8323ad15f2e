// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance} from "../types/Assurance.sol";
import {Delivery} from "../types/Delivery.sol";

/// @title IInferenceCallback
/// @notice What a requester with `callbackGas` or `provisionalGas` implements.
interface IInferenceCallback {
    /// @notice Receives the output words of an answered request and the evidence that was verified for them.
    /// @dev Called with exactly the gas that was bought. A revert is recorded and can be redelivered; it undoes nothing.
    /// Warning: check that the sender is the `InferenceRequests` you asked, and look at `delivery.finality` before anything
    /// else: a provisional answer may be overturned, and the words of an overturned one are wrong or unproven.
    function onInference(Delivery calldata delivery, uint256[] calldata output, Assurance calldata assurance) external;
}
