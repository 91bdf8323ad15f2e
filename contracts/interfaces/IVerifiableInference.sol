// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {CircuitId, ReleaseId, RequestId} from "../types/Ids.sol";
import {SetupTrust} from "../types/Policy.sol";
import {IERC7992Registry} from "./IERC7992Registry.sol";
import {IERC7992Storage} from "./IERC7992Storage.sol";
import {IERC7992Verifier} from "./IERC7992Verifier.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";

/// @title IVerifiableInference
/// @notice Receipts seen through ERC-7992: registry, verifier and storage in one contract.
/// @dev A model is a release that a circuit proves; its `modelId` is the release's id. `modelHash` is the release id,
/// `circuitHash` the circuit id (that of a list or family, where the release names one), `vkHash` what `vkHashOf` returns.
/// `output` is the words of the output, 32 bytes each: what `abi.encode` gives for that many integers.
/// `proof` is `abi.encode(RequestId request, address operator, uint256[] input, Evidence[] evidence)`.
/// Failures of evidence and policy revert with the named errors of router and verifiers (`PolicyNotMet`, `ProofInvalid`),
/// which say more than the draft's `InvalidProof`.
/// Warning: `verifyInference` keeps no state, as the draft wants it: the same inference verifies again. Its request id is in
/// the commitment; single use is the caller's, or `verifyAndStoreInference`'s.
interface IVerifiableInference is IERC7992Registry, IERC7992Verifier, IERC7992Storage {
    error ModelAlreadyRegistered(uint256 modelId);
    /// @notice A release never changes: a changed model is another one.
    error ModelImmutable(uint256 modelId);
    /// @notice A release without a circuit is not proven under a verifying key.
    error ModelWithoutCircuit(uint256 modelId);
    /// @notice The commitment is not to the release's circuit and key.
    error ModelCommitmentMismatch(bytes32 circuitHash, bytes32 vkHash);
    error InferenceAlreadyStored(bytes32 inferenceId);
    error InferenceNotFound(bytes32 inferenceId);

    /// @notice Returns the commitment to an input: bound to this chain, this contract, the model and one request.
    function inputCommitmentOf(ReleaseId release, RequestId request, bytes32 inputHash) external view returns (bytes32);

    /// @notice Returns `keccak256(abi.encode(key))` of a circuit, `keccak256(abi.encode(key, sigma, weightsCircuit))` of a
    /// commit-and-prove circuit, or the hash of these hashes for a list of circuits, or for a family, that of one inference
    /// first.
    function vkHashOf(CircuitId circuit) external view returns (bytes32);

    /// @notice Returns which set-ups of circuits every proof is demanded under, on top of its release's floor.
    function trusted() external view returns (SetupTrust trust, bytes32 pin);

    /// @notice Returns the router that verifies.
    function router() external view returns (IEvidenceRouter);
}
