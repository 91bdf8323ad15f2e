// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {Statement} from "../types/Statement.sol";

/// @title IEvidenceVerifier
/// @notice Verifies one kind of evidence for a statement.
interface IEvidenceVerifier {
    /// @notice Returns the kind that this contract verifies.
    function kind() external view returns (EvidenceKind);

    /// @notice Returns what `data` proves of `statement`; reverts with a named error where it proves nothing.
    /// @dev `statement`, `digest`, `input` and `output` agree with each other: the router built the first two from the
    /// words. A verifier trusts nothing else and takes keys and commitments from the registries. That of `Zk` demands canonical
    /// words itself, since the router does so only where there is no proof.
    /// @param statement Claim, with the hashes of the words.
    /// @param digest EIP-712 digest of the statement under the router's domain.
    /// @param input Words of the input.
    /// @param output Words of the output.
    /// @param data Evidence in the encoding of this kind.
    function verify(
        Statement calldata statement,
        bytes32 digest,
        uint256[] calldata input,
        uint256[] calldata output,
        bytes calldata data
    ) external view returns (Assurance memory);
}
