// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Words} from "./libraries/Words.sol";
import {Assurance, DEVELOPMENT_SETUP} from "./types/Assurance.sol";
import {SetupClass, TensorEncoding} from "./types/Circuit.sol";
import {EvidenceKind} from "./types/Evidence.sol";
import {CircuitId, ReleaseId} from "./types/Ids.sol";
import {Policy, Requirement, SetupTrust} from "./types/Policy.sol";
import {Receipt} from "./types/Receipt.sol";
import {Statement} from "./types/Statement.sol";

/// @title EvidenceRouter
/// @notice Verifies receipts: all evidence of one statement in one call, and policies over what was verified.
/// @dev Immutable: a new kind of evidence is a new router, hence another domain for statements.
contract EvidenceRouter is IEvidenceRouter, EIP712 {
    using Words for uint256[];

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;

    mapping(EvidenceKind kind => IEvidenceVerifier verifier) private _verifiers;

    constructor(
        IModelRegistry models,
        ICircuitRegistry circuits,
        IEvidenceVerifier[] memory verifiers
    ) EIP712("Vouch", "1") {
        _models = models;
        _circuits = circuits;
        for (uint256 i = 0; i < verifiers.length; ++i) {
            EvidenceKind kind = verifiers[i].kind();
            require(address(_verifiers[kind]) == address(0), VerifierKindDuplicated(kind));
            _verifiers[kind] = verifiers[i];
        }
    }

    /// @inheritdoc IEvidenceRouter
    function requireReceipt(
        Receipt calldata receipt,
        Policy calldata policy
    ) external view returns (Assurance memory assurance) {
        assurance = assess(receipt);
        _requireMet(policy, assurance, receipt.release);
    }

    /// @inheritdoc IEvidenceRouter
    function requireAssurance(Policy calldata policy, Assurance calldata assurance, ReleaseId release) external view {
        _requireMet(policy, assurance, release);
    }

    /// @inheritdoc IEvidenceRouter
    function requireSatisfiable(Policy calldata policy, ReleaseId release) external view returns (uint256 minStake) {
        Policy memory effective = _effective(policy, release);
        CircuitId circuit = _models.releaseOf(release).circuit;
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            bool possible = false;
            Requirement[] memory anyOf = effective.allOf[i].anyOf;
            for (uint256 j = 0; j < anyOf.length && !possible; ++j) {
                possible = _isPossible(anyOf[j], circuit);
            }
            require(possible, PolicyUnsatisfiable(i));
        }
        return effective.minStake;
    }

    /// @inheritdoc IEvidenceRouter
    function digestOf(Statement calldata statement) external view returns (bytes32) {
        return _hashTypedDataV4(statement.hash());
    }

    /// @inheritdoc IEvidenceRouter
    function verifierOf(EvidenceKind kind) external view returns (IEvidenceVerifier) {
        return _verifiers[kind];
    }

    /// @inheritdoc IEvidenceRouter
    function assess(Receipt calldata receipt) public view returns (Assurance memory assurance) {
        Statement memory statement = statementOf(receipt);
        bytes32 digest = _hashTypedDataV4(statement.hash());
        for (uint256 i = 0; i < receipt.evidence.length; ++i) {
            EvidenceKind kind = receipt.evidence[i].kind;
            require(!assurance.has(kind), EvidenceDuplicated(kind));
            IEvidenceVerifier verifier = _verifiers[kind];
            require(address(verifier) != address(0), EvidenceKindUnsupported(kind));

            Assurance memory part = verifier.verify({
                statement: statement,
                digest: digest,
                input: receipt.input,
                output: receipt.output,
                data: receipt.evidence[i].data
            });
            // A verifier speaks for its own kind only; there are five of them, so the shift stays within a byte.
            part.kinds = uint8(1 << uint8(kind));
            _merge(assurance, part);
        }
        if (!assurance.has(EvidenceKind.Zk)) _requireCanonical(receipt);
    }

    /// @inheritdoc IEvidenceRouter
    function statementOf(Receipt calldata receipt) public pure returns (Statement memory) {
        return
            Statement({
                release: receipt.release,
                request: receipt.request,
                operator: receipt.operator,
                inputHash: receipt.input.hash(),
                outputHash: receipt.output.hash()
            });
    }

    /// @dev For evidence without a proof, which alone is verified against a circuit: a signature, say, covers whatever words
    /// it was made over.
    function _requireCanonical(Receipt calldata receipt) private view {
        CircuitId circuit = _models.releaseOf(receipt.release).circuit;
        if (circuit == CircuitId.wrap(0)) return;

        (TensorEncoding memory input, TensorEncoding memory output) = _circuits.encodingsOf(circuit);
        receipt.input.requireCanonical(input);
        receipt.output.requireCanonical(output);
    }

    function _requireMet(Policy calldata policy, Assurance memory assurance, ReleaseId release) private view {
        Policy memory effective = _effective(policy, release);
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            bool met = false;
            Requirement[] memory anyOf = effective.allOf[i].anyOf;
            for (uint256 j = 0; j < anyOf.length && !met; ++j) {
                met = assurance.has(anyOf[j].kind) && _isMet(anyOf[j], assurance, release);
            }
            require(met, PolicyNotMet(i, assurance));
        }
        require(
            assurance.stakeAtRisk >= effective.minStake,
            PolicyStakeTooLow(assurance.stakeAtRisk, effective.minStake)
        );
    }

    /// @dev The floor's clauses come first.
    function _effective(Policy calldata policy, ReleaseId release) private view returns (Policy memory effective) {
        Policy memory floor;
        (floor.allOf, floor.minStake) = _models.floorOf(release);
        effective = floor.and(policy);
        require(effective.allOf.length > 0, PolicyEmpty());
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            require(effective.allOf[i].anyOf.length > 0, PolicyClauseEmpty(i));
        }
    }

    /// @dev Of a kind that was verified. A parameter that this version does not know is never met.
    function _isMet(
        Requirement memory requirement,
        Assurance memory assurance,
        ReleaseId release
    ) private view returns (bool) {
        if (requirement.kind == EvidenceKind.Signature) return _isPlain(requirement);
        if (requirement.kind != EvidenceKind.Zk) return false;
        bool development = assurance.flags & DEVELOPMENT_SETUP != 0;
        return _isTrusted(requirement, _models.releaseOf(release).circuit, development);
    }

    function _isPossible(Requirement memory requirement, CircuitId circuit) private view returns (bool) {
        if (address(_verifiers[requirement.kind]) == address(0)) return false;
        if (requirement.kind == EvidenceKind.Signature) return _isPlain(requirement);
        if (requirement.kind != EvidenceKind.Zk || circuit == CircuitId.wrap(0)) return false;
        (SetupClass setup, ) = _circuits.setupOf(circuit);
        return _isTrusted(requirement, circuit, setup == SetupClass.Development);
    }

    function _isTrusted(
        Requirement memory requirement,
        CircuitId circuit,
        bool development
    ) private view returns (bool) {
        bool pinned = requirement.pin == CircuitId.unwrap(circuit);
        if (requirement.params == uint8(SetupTrust.Any)) return pinned || requirement.pin == 0;
        if (development) return false;
        if (requirement.params == uint8(SetupTrust.Pinned)) return pinned;
        // A pin that is no address names nobody.
        if (requirement.params != uint8(SetupTrust.Attested) || uint256(requirement.pin) >> 160 != 0) return false;
        return _circuits.isAttestedBy(circuit, address(uint160(uint256(requirement.pin))));
    }

    function _isPlain(Requirement memory requirement) private pure returns (bool) {
        return requirement.params == 0 && requirement.pin == 0;
    }

    function _merge(Assurance memory into, Assurance memory part) private pure {
        into.kinds |= part.kinds;
        into.flags |= part.flags;
        if (part.quorumN > 0) (into.quorumK, into.quorumN) = (part.quorumK, part.quorumN);
        if (part.minTcb > 0) into.minTcb = part.minTcb;
        if (part.window > into.window) into.window = part.window;
        if (part.stakeAtRisk > into.stakeAtRisk) into.stakeAtRisk = part.stakeAtRisk;
    }
}
