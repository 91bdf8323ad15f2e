// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {Statement} from "../types/Statement.sol";

/// @title PanelMock
/// @notice Makes policies satisfiable that leave an answer open to challenge; no panel ever concludes.
contract PanelMock is IEvidenceVerifier {
    error PanelIdle();

    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Quorum;
    }

    function verify(
        Statement calldata,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external pure returns (Assurance memory) {
        revert PanelIdle();
    }
}
