// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice Hash of a release's whole description; a changed model is another release.
type ReleaseId is bytes32;

/// @notice Hash of a circuit's encodings, r1cs, set-up transcript and verifying key.
type CircuitId is bytes32;

/// @notice Hash of chain, contract, requester and the requester's nonce.
type RequestId is bytes32;

/// @notice Hash of a program for `IntegerModel`.
type ProgramId is bytes32;

using {equalsReleaseId as ==, differsReleaseId as !=} for ReleaseId global;
using {equalsCircuitId as ==, differsCircuitId as !=} for CircuitId global;
using {equalsRequestId as ==, differsRequestId as !=} for RequestId global;

function equalsReleaseId(ReleaseId a, ReleaseId b) pure returns (bool) {
    return ReleaseId.unwrap(a) == ReleaseId.unwrap(b);
}

function differsReleaseId(ReleaseId a, ReleaseId b) pure returns (bool) {
    return ReleaseId.unwrap(a) != ReleaseId.unwrap(b);
}

function equalsCircuitId(CircuitId a, CircuitId b) pure returns (bool) {
    return CircuitId.unwrap(a) == CircuitId.unwrap(b);
}

function differsCircuitId(CircuitId a, CircuitId b) pure returns (bool) {
    return CircuitId.unwrap(a) != CircuitId.unwrap(b);
}

function equalsRequestId(RequestId a, RequestId b) pure returns (bool) {
    return RequestId.unwrap(a) == RequestId.unwrap(b);
}

function differsRequestId(RequestId a, RequestId b) pure returns (bool) {
    return RequestId.unwrap(a) != RequestId.unwrap(b);
}
