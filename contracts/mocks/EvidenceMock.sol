// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {Statement} from "../types/Statement.sol";

/// @title EvidenceMock
/// @notice Takes all evidence of one kind; its data begins with the flags of the assurance and the status of an enclave, a byte
/// each.
contract EvidenceMock is IEvidenceVerifier {
    EvidenceKind public immutable kind;

    constructor(EvidenceKind kind_) {
        kind = kind_;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata data
    ) external pure returns (Assurance memory assurance) {
        assurance.flags = uint8(bytes1(data));
        if (data.length > 1) assurance.minTcb = uint8(data[1]);
    }
}
