// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {CircuitId, ReleaseId} from "./Ids.sol";
import {Policy} from "./Policy.sol";

/// @notice How far two honest runs of a release may differ.
/// @dev Only `BitExact` releases can be contradicted by a proof.
enum RuntimeClass {
    BitExact,
    Tolerant,
    Sampled
}

/// @notice An immutable version of a model.
/// @param publisher Who publishes it; must send the transaction.
/// @param model Name, unique within the publisher.
/// @param version Label of this version, for people.
/// @param content `keccak256(salt ‖ file)` where the weights are private, `keccak256(file)` where they are public.
/// @param weights Commitment `W`; 0 where the circuit holds the weights as constants, or there is no circuit.
/// @param circuit Circuit that proves it; zero where it cannot be proven.
/// @param inputFractionBits An input integer `q` means `q · 2^-inputFractionBits`.
/// @param outputFractionBits Likewise for the output.
/// @param runtime Determinism class.
/// @param manifest keccak256 of the release manifest: shapes, pre- and post-processing, calibration, accuracy report.
/// @param licence SPDX identifier of the model's licence.
/// @param royaltyBps Share of the fee for the publisher, in hundredths of a percent; at most 10,000.
/// @param floor Evidence below which no result of this release is accepted anywhere.
struct Release {
    address publisher;
    string model;
    string version;
    bytes32 content;
    uint256 weights;
    CircuitId circuit;
    uint8 inputFractionBits;
    uint8 outputFractionBits;
    RuntimeClass runtime;
    bytes32 manifest;
    string licence;
    uint16 royaltyBps;
    Policy floor;
}

using {toId} for Release global;

bytes32 constant RELEASE_TAG = keccak256("vouch.release.v1");

/// @notice Returns the id that commits to every field.
function toId(Release memory self) pure returns (ReleaseId) {
    return ReleaseId.wrap(keccak256(abi.encode(RELEASE_TAG, self)));
}
