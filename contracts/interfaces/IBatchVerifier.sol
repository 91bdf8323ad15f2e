// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Receipt} from "../types/Receipt.sol";
import {IEvidenceVerifier} from "./IEvidenceVerifier.sol";

/// @title IBatchVerifier
/// @notice Verifies the evidence of one kind in many receipts, for less than one by one. The verifier of `Zk` is one.
interface IBatchVerifier is IEvidenceVerifier {
    /// @notice Returns a verdict on each receipt's evidence of this kind, under the domain of the sender, which is a router.
    /// @dev Builds statements and digests itself from the words. A receipt that fails costs gas, but no other its verdict.
    /// Warning: says nothing of a receipt's other evidence.
    /// @return verdicts One byte for each receipt, a `Verdict`: of `verify` on its one piece of evidence of this kind, or
    /// `APART` where there is not exactly one, or it is one that no batch takes.
    function verifyMany(Receipt[] calldata receipts) external view returns (bytes memory verdicts);
}
