// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "./Ids.sol";

/// @notice How settled an answer is; it only ever moves forward.
/// @dev `Provisional`: it can still be challenged. `Overturned`: a challenge was not answered, or decided against it.
enum Finality {
    None,
    Provisional,
    Final,
    Overturned
}

/// @notice What an answer is delivered with.
/// @dev A callback of one request and epoch succeeds once. An answer that is final at once has one epoch; one that can be
/// challenged is delivered in epoch 1 and decided in epoch 2.
/// @param epoch Counts from 1.
struct Delivery {
    RequestId request;
    ReleaseId release;
    uint8 epoch;
    Finality finality;
}
