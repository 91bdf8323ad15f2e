// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TcbStatus, TeeType} from "./Tcb.sol";

/// @notice What of an enclave a measurement is the hash of.
/// @dev `Domain`: all that is measured of a TD. `Image`: MRENCLAVE. `Signer`: MRSIGNER and the product, of whatever version its
/// approval says at least. Both of SGX with CONFIGID and CONFIGSVN. An image of Nitro is its registers, and who vouches for them.
enum MeasurementKind {
    Domain,
    Image,
    Signer
}

/// @notice What is known of an enclave's key; one slot.
/// @param validFrom When it was registered.
/// @param checkedAt When it was registered or renewed last: nothing was known against it then. Not moved on while a worse
/// verdict is on notice.
/// @param validTo Until when all that it rests on is known to hold; renewed with newer collateral.
/// @param compromisedSince From when nothing that it signed counts; 0 where nothing is known against it.
/// @param status How its platform, TDX module and quoting enclave stood when it was registered or renewed last.
/// @param formerStatus What counts in the place of a worse `status` until its notice is over.
/// @param simulated Whether it stems from the published root, and proves nothing.
/// @param retired Whether its operator says that it signs no more. What it has signed keeps counting: without an anchor nobody
/// can tell when a key signed.
/// @param isvSvn Version of the image, of SGX.
struct Enclave {
    uint40 validFrom;
    uint40 validTo;
    uint40 compromisedSince;
    uint40 checkedAt;
    TeeType tee;
    TcbStatus status;
    TcbStatus formerStatus;
    bool simulated;
    bool retired;
    uint16 isvSvn;
    uint40 nonceBlock;
}

/// @notice The module that a TD says that it runs under.
/// @param signerHash Hash of its MRSIGNER.
struct TdxModule {
    bytes16 teeTcbSvn;
    bytes8 attributes;
    bytes32 signerHash;
}

/// @notice What the status of an enclave follows from: its platform, quoting enclave and TDX module.
/// @param platform Hash of the platform's PCK key.
/// @param qeSvn Version of the quoting enclave.
/// @param module Empty for SGX.
struct PlatformFacts {
    bytes32 platform;
    uint16 qeSvn;
    TdxModule module;
}

/// @notice A platform, as the vendor certified it.
/// @param issuer Authority that certified it.
struct Platform {
    bytes16 cpuSvn;
    uint16 pceSvn;
    bytes6 fmspc;
    bytes2 pceId;
    uint40 notAfter;
    uint40 notBefore;
    uint160 serial;
    bytes32 issuer;
}

/// @notice What an enclave has to put into its quote, and whose it becomes.
/// @param key Address of the secp256k1 key that the enclave holds.
/// @param nonceBlock Block whose hash the enclave put into the quote, or into the document.
/// @param kind What its measurement is the hash of.
/// @param simulated Whether it stems from the published root, and proves nothing.
struct Binding {
    address operator;
    address key;
    uint40 nonceBlock;
    MeasurementKind kind;
    bool simulated;
}

/// @notice What a quote amounts to.
/// @param advisories Of the vendor's that apply, two bytes each.
struct QuoteVerdict {
    TeeType tee;
    TcbStatus status;
    uint40 validTo;
    bytes advisories;
}
