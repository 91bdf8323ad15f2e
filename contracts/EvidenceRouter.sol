// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IBatchVerifier} from "./interfaces/IBatchVerifier.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IExternalPrograms} from "./interfaces/IExternalPrograms.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Words} from "./libraries/Words.sol";
import {Assurance, DEVELOPMENT_SETUP, EXTERNAL_VERIFIER, QUORUM_ARBITRATION} from "./types/Assurance.sol";
import {SetupClass} from "./types/Circuit.sol";
import {Evidence, EvidenceKind} from "./types/Evidence.sol";
import {CircuitId, ReleaseId} from "./types/Ids.sol";
import {Clause, Policy, Requirement, SetupTrust} from "./types/Policy.sol";
import {Receipt} from "./types/Receipt.sol";
import {RuntimeClass} from "./types/Release.sol";
import {Statement} from "./types/Statement.sol";
import {BESIDE, FLAGS, PROVEN, REFUSED, Verdict} from "./types/Verdict.sol";

/// @title EvidenceRouter
/// @notice Verifies receipts: all evidence of one statement in one call, and policies over what was verified.
/// @dev Immutable: a new kind of evidence is a new router, hence another domain for statements.
contract EvidenceRouter is IEvidenceRouter, EIP712 {
    using Words for uint256[];

    /// @notice Words of an input where no circuit says how many: what an answer to fits into one transaction.
    uint256 public constant MAX_INPUT_WORDS = 10_000;

    /// @dev What a release's registry entry says.
    struct Terms {
        ReleaseId id;
        IModelRegistry.ReleaseRecord record;
        Policy floor;
    }

    /// @notice Seconds that an answer may have to stay open to challenge at most: no stake is held for longer.
    uint256 public constant MAX_WINDOW = 5 days;

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;

    /// @dev Verifies proofs of releases without a circuit; zero where this deployment takes none.
    IExternalPrograms private immutable _programs;

    mapping(EvidenceKind kind => IEvidenceVerifier verifier) private _verifiers;

    constructor(
        IModelRegistry models,
        ICircuitRegistry circuits,
        IEvidenceVerifier[] memory verifiers
    ) EIP712("Vouch", "1") {
        _models = models;
        _circuits = circuits;
        address programs = address(0);
        for (uint256 i = 0; i < verifiers.length; ++i) {
            EvidenceKind kind = verifiers[i].kind();
            if (ERC165Checker.supportsInterface(address(verifiers[i]), type(IExternalPrograms).interfaceId)) {
                require(programs == address(0), VerifierKindDuplicated(kind));
                programs = address(verifiers[i]);
                continue;
            }
            require(address(_verifiers[kind]) == address(0), VerifierKindDuplicated(kind));
            _verifiers[kind] = verifiers[i];
        }
        _programs = IExternalPrograms(programs);
    }

    /// @inheritdoc IEvidenceRouter
    function requireReceipt(
        Receipt calldata receipt,
        Policy calldata policy
    ) external view returns (Assurance memory assurance) {
        Terms memory terms = _termsOf(receipt.release);
        assurance = _assess(receipt, terms);
        _requireMet(_effective(policy, terms), assurance, terms);
    }

    /// @inheritdoc IEvidenceRouter
    function requireAssurance(Policy calldata policy, Assurance calldata assurance, ReleaseId release) external view {
        Terms memory terms = _termsOf(release);
        _requireMet(_effective(policy, terms), assurance, terms);
    }

    /// @inheritdoc IEvidenceRouter
    function assess(Receipt calldata receipt) external view returns (Assurance memory assurance) {
        assurance = _assess(receipt, _termsOf(receipt.release));
    }

    /// @inheritdoc IEvidenceRouter
    function assessFor(
        Receipt calldata receipt,
        Policy calldata policy,
        uint128 stakeAtRisk
    ) external view returns (Assurance memory assurance, uint256 window, address publisher, uint256 royaltyBps) {
        Terms memory terms = _termsOf(receipt.release);
        assurance = _assess(receipt, terms);
        assurance.stakeAtRisk = stakeAtRisk;
        Requirement memory arbitration;
        Policy memory effective = _effective(policy, terms);
        (window, arbitration) = _windowOf(effective, assurance, terms);
        if (window > 0) {
            _mark(assurance, arbitration, terms.record.circuit);
            _requireMetBy(effective, assurance, window, terms);
        }
        (publisher, royaltyBps) = (terms.record.publisher, terms.record.royaltyBps);
    }

    /// @inheritdoc IEvidenceRouter
    function requireAskable(
        ReleaseId release,
        uint256[] calldata input,
        Policy calldata policy
    ) external view returns (uint256 minStake, bool challengeable) {
        Terms memory terms = _termsOf(release);
        if (terms.record.circuit != CircuitId.wrap(0)) input.requireCanonical(terms.record.input);
        else require(input.length <= MAX_INPUT_WORDS, InputTooLong(input.length, MAX_INPUT_WORDS));
        return _requireSatisfiable(policy, terms);
    }

    /// @inheritdoc IEvidenceRouter
    function requireSatisfiable(
        Policy calldata policy,
        ReleaseId release
    ) external view returns (uint256 minStake, bool challengeable) {
        return _requireSatisfiable(policy, _termsOf(release));
    }

    /// @inheritdoc IEvidenceRouter
    function arbitrationOf(
        Policy calldata policy,
        Assurance calldata assurance,
        ReleaseId release
    ) external view returns (Requirement memory arbitration) {
        Terms memory terms = _termsOf(release);
        uint256 window;
        (window, arbitration) = _windowOf(_effective(policy, terms), assurance, terms);
        require(window > 0, AnswerNotChallengeable());
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
    function assessMany(
        Receipt[] calldata receipts
    ) external view returns (Assurance[] memory assurances, bool[] memory verified) {
        bytes memory verdicts = _verdictsOn(receipts);
        assurances = new Assurance[](receipts.length);
        verified = new bool[](receipts.length);
        for (uint256 i = 0; i < receipts.length; ++i) {
            uint8 verdict = uint8(verdicts[i]);
            if (verdict & (PROVEN | BESIDE) == PROVEN) {
                assurances[i].kinds = uint8(1 << uint8(EvidenceKind.Zk));
                (assurances[i].flags, verified[i]) = (verdict & FLAGS, true);
            } else if (verdict != Verdict.unwrap(REFUSED)) {
                (assurances[i], verified[i]) = _assessApart(receipts[i], verdict);
            }
        }
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

    /// @dev Hands on the calldata as it is, for less than encoding receipts anew: what both read at one place is the same.
    function _verdictsOn(Receipt[] calldata receipts) private view returns (bytes memory) {
        address verifier = address(_verifiers[EvidenceKind.Zk]);
        if (verifier == address(0)) return new bytes(receipts.length);
        (bool success, bytes memory returned) = verifier.staticcall(
            bytes.concat(IBatchVerifier.verifyMany.selector, msg.data[4:])
        );
        require(success, BatchFailed());
        return abi.decode(returned, (bytes));
    }

    /// @dev Calls this contract itself, so that a receipt which reverts takes no other with it. A verifier says why it refuses:
    /// where nothing is said, gas ran out, and that is the sender's choice, not the receipt's failure.
    /// @param verdict `PROVEN` where what is left to assess is beside a proof.
    function _assessApart(
        Receipt memory receipt,
        uint8 verdict
    ) private view returns (Assurance memory assurance, bool verified) {
        bool isProven = verdict & PROVEN != 0;
        if (isProven) receipt.evidence = _withoutZk(receipt.evidence);
        try this.assess(receipt) returns (Assurance memory assessed) {
            if (isProven) {
                assessed.kinds |= uint8(1 << uint8(EvidenceKind.Zk));
                assessed.flags |= verdict & FLAGS;
            }
            return (assessed, true);
        } catch (bytes memory reason) {
            require(reason.length > 0, BatchFailed());
        }
    }

    function _assess(Receipt calldata receipt, Terms memory terms) private view returns (Assurance memory assurance) {
        Statement memory statement = statementOf(receipt);
        bytes32 digest = _hashTypedDataV4(statement.hash());
        for (uint256 i = 0; i < receipt.evidence.length; ++i) {
            EvidenceKind kind = receipt.evidence[i].kind;
            require(!assurance.has(kind), EvidenceDuplicated(kind));
            IEvidenceVerifier verifier = _requireVerifier(kind, terms.record.circuit);
            _merge(assurance, _verify(receipt, i, verifier, statement, digest));
        }
        // A proof alone is verified against a circuit: a signature, say, covers whatever words it was made over.
        if (!assurance.has(EvidenceKind.Zk) && terms.record.circuit != CircuitId.wrap(0)) {
            receipt.input.requireCanonical(terms.record.input);
            receipt.output.requireCanonical(terms.record.output);
        }
    }

    function _verify(
        Receipt calldata receipt,
        uint256 index,
        IEvidenceVerifier verifier,
        Statement memory statement,
        bytes32 digest
    ) private view returns (Assurance memory part) {
        bytes calldata data = receipt.evidence[index].data;
        part = verifier.verify(statement, digest, receipt.input, receipt.output, data);
        // A verifier speaks for its own kind only; there are five of them, so the shift stays within a byte.
        part.kinds = uint8(1 << uint8(receipt.evidence[index].kind));
    }

    function _requireVerifier(EvidenceKind kind, CircuitId circuit) private view returns (IEvidenceVerifier verifier) {
        verifier = _verifiers[kind];
        if (kind == EvidenceKind.Zk && circuit == CircuitId.wrap(0) && address(_programs) != address(0)) {
            verifier = IEvidenceVerifier(address(_programs));
        }
        require(address(verifier) != address(0), EvidenceKindUnsupported(kind));
    }

    /// @dev Demands that the answer, once its window is over, meets every clause: the longest window decides how a challenge is
    /// judged, and a clause that names another judge must not be met in silence.
    function _requireMetBy(
        Policy memory effective,
        Assurance memory assurance,
        uint256 window,
        Terms memory terms
    ) private view {
        Assurance memory later = Assurance({
            // There are five kinds: the bit is within a byte.
            kinds: assurance.kinds | uint8(1 << uint8(EvidenceKind.Optimistic)),
            flags: assurance.flags,
            quorumK: assurance.quorumK,
            quorumN: assurance.quorumN,
            minTcb: assurance.minTcb,
            tolerance: assurance.tolerance,
            // A window has 40 bits.
            window: uint40(window),
            stakeAtRisk: assurance.stakeAtRisk
        });
        _requireMet(effective, later, terms);
    }

    function _requireMet(Policy memory effective, Assurance memory assurance, Terms memory terms) private view {
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            require(_isClauseMet(effective.allOf[i], assurance, terms), PolicyNotMet(i, assurance));
        }
        _requireStake(effective, assurance);
    }

    function _requireSatisfiable(
        Policy calldata policy,
        Terms memory terms
    ) private view returns (uint256 minStake, bool challengeable) {
        Policy memory effective = _effective(policy, terms);
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            bool possible = false;
            Requirement[] memory anyOf = effective.allOf[i].anyOf;
            for (uint256 j = 0; j < anyOf.length; ++j) {
                // Also one that is possible only once somebody has attested the set-up.
                if (anyOf[j].kind == EvidenceKind.Optimistic) challengeable = true;
                if (_isPossible(anyOf[j], terms)) possible = true;
            }
            require(possible, PolicyUnsatisfiable(i));
        }
        minStake = effective.minStake;
    }

    function _termsOf(ReleaseId release) private view returns (Terms memory terms) {
        terms.id = release;
        (terms.record, terms.floor.allOf, terms.floor.minStake) = _models.termsOf(release);
    }

    /// @dev Returns how long the answer must stay open to challenge: of every clause that is not met the shortest window that
    /// it offers, of these the longest, with the requirement that it comes from.
    function _windowOf(
        Policy memory effective,
        Assurance memory assurance,
        Terms memory terms
    ) private view returns (uint256 window, Requirement memory arbitration) {
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            if (_isClauseMet(effective.allOf[i], assurance, terms)) continue;
            Requirement memory shortest = _shortestWindow(effective.allOf[i], terms);
            uint256 offered = shortest.window();
            require(offered > 0, PolicyNotMet(i, assurance));
            if (offered > window) (window, arbitration) = (offered, shortest);
        }
        _requireStake(effective, assurance);
    }

    function _isClauseMet(
        Clause memory clause,
        Assurance memory assurance,
        Terms memory terms
    ) private view returns (bool met) {
        for (uint256 i = 0; i < clause.anyOf.length && !met; ++i) {
            met = assurance.has(clause.anyOf[i].kind) && _isMet(clause.anyOf[i], assurance, terms);
        }
    }

    /// @dev Of a kind that was verified. A parameter that this version does not know is never met.
    function _isMet(
        Requirement memory requirement,
        Assurance memory assurance,
        Terms memory terms
    ) private view returns (bool) {
        if (requirement.kind == EvidenceKind.Signature) return _isPlain(requirement);
        if (requirement.kind == EvidenceKind.Quorum) return _isQuorumMet(requirement, assurance);
        if (requirement.kind == EvidenceKind.Optimistic) {
            if (requirement.window() == 0 || assurance.window < requirement.window()) return false;
            bool byQuorum = assurance.flags & QUORUM_ARBITRATION != 0;
            // Neither stands in for the other: whoever can forge a proof would else decide in the place of a panel.
            if ((requirement.quorumN() > 0) != byQuorum) return false;
            if (byQuorum) return _isShareMet(requirement, assurance);
        } else if (requirement.kind != EvidenceKind.Zk) {
            return false;
        }
        bool outside = terms.record.circuit == CircuitId.wrap(0);
        if (outside != (assurance.flags & EXTERNAL_VERIFIER != 0)) return false;
        return _isProofTrusted(requirement, terms, assurance.flags & DEVELOPMENT_SETUP != 0);
    }

    function _isPossible(Requirement memory requirement, Terms memory terms) private view returns (bool) {
        EvidenceKind kind = requirement.kind;
        if (kind == EvidenceKind.Signature) return _hasVerifier(kind) && _isPlain(requirement);
        bool optimistic = kind == EvidenceKind.Optimistic;
        if (optimistic && (requirement.window() == 0 || requirement.window() > MAX_WINDOW)) return false;
        if (kind == EvidenceKind.Quorum || (optimistic && requirement.quorumN() > 0)) {
            // A panel that judges compares bits, which honest runs of another runtime class may differ in.
            if (optimistic && terms.record.runtime != RuntimeClass.BitExact) return false;
            return _hasVerifier(EvidenceKind.Quorum) && requirement.isQuorum();
        }
        if (!optimistic && kind != EvidenceKind.Zk) return false;
        CircuitId circuit = terms.record.circuit;
        if (circuit == CircuitId.wrap(0)) return _isProofTrusted(requirement, terms, false);
        return _hasVerifier(EvidenceKind.Zk) && _isProofTrusted(requirement, terms, _developmentFlag(circuit) != 0);
    }

    function _developmentFlag(CircuitId circuit) private view returns (uint8) {
        (SetupClass setup, ) = _circuits.setupOf(circuit);
        return setup == SetupClass.Development ? DEVELOPMENT_SETUP : 0;
    }

    function _hasVerifier(EvidenceKind kind) private view returns (bool) {
        return address(_verifiers[kind]) != address(0);
    }

    /// @dev Nothing where the clause offers none. Passes over what cannot be met here: a window that no stake would outlast, or
    /// a challenge that neither a proof nor a panel could decide.
    function _shortestWindow(
        Clause memory clause,
        Terms memory terms
    ) private view returns (Requirement memory shortest) {
        for (uint256 i = 0; i < clause.anyOf.length; ++i) {
            Requirement memory requirement = clause.anyOf[i];
            if (requirement.kind != EvidenceKind.Optimistic || !_isPossible(requirement, terms)) continue;
            if (shortest.window() == 0 || requirement.window() < shortest.window()) shortest = requirement;
        }
    }

    /// @dev Says in the assurance how a challenge would be decided.
    function _mark(Assurance memory assurance, Requirement memory arbitration, CircuitId circuit) private view {
        if (arbitration.quorumN() == 0) {
            if (circuit == CircuitId.wrap(0)) assurance.flags |= EXTERNAL_VERIFIER;
            else assurance.flags |= _developmentFlag(circuit);
            return;
        }
        assurance.flags |= QUORUM_ARBITRATION;
        // Of a panel that gave evidence and one that would judge, the smaller counts.
        if (assurance.quorumN > 0 && assurance.quorumK <= arbitration.quorumK()) return;
        (assurance.quorumK, assurance.quorumN) = (arbitration.quorumK(), arbitration.quorumN());
    }

    /// @dev Whether a proof of the release is of a set-up, or of an external program, that the requirement accepts. An external
    /// program is accepted by its pin alone, never by a requirement that names nothing.
    function _isProofTrusted(
        Requirement memory requirement,
        Terms memory terms,
        bool development
    ) private view returns (bool) {
        uint256 trust = requirement.trust();
        CircuitId circuit = terms.record.circuit;
        if (circuit == CircuitId.wrap(0)) {
            if (trust != uint8(SetupTrust.External) || requirement.pin == 0) return false;
            return address(_programs) != address(0) && _programs.pinOf(terms.id) == requirement.pin;
        }
        bool pinned = requirement.pin == CircuitId.unwrap(circuit);
        if (trust == uint8(SetupTrust.Any)) return pinned || requirement.pin == 0;
        if (development) return false;
        if (trust == uint8(SetupTrust.Pinned)) return pinned;
        // A pin that is no address names nobody.
        if (trust != uint8(SetupTrust.Attested) || uint256(requirement.pin) >> 160 != 0) return false;
        return _circuits.isAttestedBy(circuit, address(uint160(uint256(requirement.pin))));
    }

    /// @dev The floor's clauses come first.
    function _effective(Policy calldata policy, Terms memory terms) private pure returns (Policy memory effective) {
        effective = terms.floor.and(policy);
        require(effective.allOf.length > 0, PolicyEmpty());
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            require(effective.allOf[i].anyOf.length > 0, PolicyClauseEmpty(i));
        }
    }

    /// @dev Of the same share of operators at least, and as many, within no more.
    function _isQuorumMet(Requirement memory requirement, Assurance memory assurance) private pure returns (bool) {
        return
            requirement.isQuorum() &&
            _isShareMet(requirement, assurance) &&
            assurance.tolerance <= requirement.tolerance();
    }

    function _isShareMet(Requirement memory requirement, Assurance memory assurance) private pure returns (bool) {
        (uint256 k, uint256 n) = (requirement.quorumK(), requirement.quorumN());
        return assurance.quorumK >= k && assurance.quorumK * n >= k * assurance.quorumN;
    }

    function _requireStake(Policy memory effective, Assurance memory assurance) private pure {
        require(
            assurance.stakeAtRisk >= effective.minStake,
            PolicyStakeTooLow(assurance.stakeAtRisk, effective.minStake)
        );
    }

    function _isPlain(Requirement memory requirement) private pure returns (bool) {
        return requirement.params == 0 && requirement.pin == 0;
    }

    function _withoutZk(Evidence[] memory evidence) private pure returns (Evidence[] memory others) {
        others = new Evidence[](evidence.length - 1);
        uint256 kept = 0;
        for (uint256 i = 0; i < evidence.length; ++i) {
            if (evidence[i].kind != EvidenceKind.Zk) others[kept++] = evidence[i];
        }
    }

    function _merge(Assurance memory into, Assurance memory part) private pure {
        into.kinds |= part.kinds;
        into.flags |= part.flags;
        if (part.quorumN > 0) (into.quorumK, into.quorumN) = (part.quorumK, part.quorumN);
        if (part.minTcb > 0) into.minTcb = part.minTcb;
        if (part.tolerance > into.tolerance) into.tolerance = part.tolerance;
        if (part.window > into.window) into.window = part.window;
        if (part.stakeAtRisk > into.stakeAtRisk) into.stakeAtRisk = part.stakeAtRisk;
    }
}
