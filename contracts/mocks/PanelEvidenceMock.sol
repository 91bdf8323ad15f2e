// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {Statement} from "../types/Statement.sol";

/// @title PanelEvidenceMock
/// @notice Takes all evidence of a panel; its data is how many agreed, out of how many: a byte each.
contract PanelEvidenceMock is IEvidenceVerifier {
    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Quorum;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata data
    ) external pure returns (Assurance memory assurance) {
        (assurance.quorumK, assurance.quorumN) = (uint8(data[0]), uint8(data[1]));
    }
}
