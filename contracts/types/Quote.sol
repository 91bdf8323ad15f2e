// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Signature} from "./P256.sol";

/// @notice The parts of a DCAP quote that a verdict rests on: what is signed, and by whom. Lengths, certificates and whatever
/// else trails them are signed by nobody and left out.
/// @param signed Header and body, as the attestation key signed them.
/// @param attestation Of `signed`, by the attestation key.
/// @param qeReport Report of the quoting enclave, which holds the attestation key: 384 bytes.
/// @param qeAuthData What the quoting enclave bound beside the attestation key.
/// @param certification Of `qeReport`, by the platform's PCK key.
struct Quote {
    bytes signed;
    Signature attestation;
    bytes qeReport;
    bytes qeAuthData;
    Signature certification;
}
