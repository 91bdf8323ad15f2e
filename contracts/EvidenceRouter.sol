// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IBatchVerifier} from "./interfaces/IBatchVerifier.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IExternalPrograms} from "./interfaces/IExternalPrograms.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {EnclaveEvidence} from "./libraries/EnclaveEvidence.sol";
import {ReleaseCode} from "./libraries/ReleaseCode.sol";
import {Requirements} from "./libraries/Requirements.sol";
import {Words} from "./libraries/Words.sol";
import {Answer} from "./types/Answer.sol";
import {Assurance, DEVELOPMENT_SETUP, EXTERNAL_VERIFIER, QUORUM_ARBITRATION} from "./types/Assurance.sol";
import {SetupClass} from "./types/Circuit.sol";
import {Evidence, EvidenceKind} from "./types/Evidence.sol";
import {CircuitId, ReleaseId, RequestId} from "./types/Ids.sol";
import {Clause, Policy, Requirement, SetupTrust} from "./types/Policy.sol";
import {Receipt} from "./types/Receipt.sol";
import {RequestParams} from "./types/Request.sol";
import {RuntimeClass} from "./types/Release.sol";
import {Statement} from "./types/Statement.sol";
import {BESIDE, FLAGS, PROVEN, REFUSED, Verdict} from "./types/Verdict.sol";

/// @title EvidenceRouter
/// @notice Verifies receipts: all evidence of one statement in one call, and policies over what was verified.
/// @dev Immutable: a new kind of evidence is a new router, hence another domain for statements.
contract EvidenceRouter is IEvidenceRouter, EIP712, ERC165 {
    using ReleaseCode for address;
    using ReleaseCode for bytes;
    using EnclaveEvidence for bytes;
    using Requirements for Requirement;
    using Words for uint256[];

    /// @notice Words of an input where no circuit says how many: what an answer to fits into one transaction.
    uint256 public constant MAX_INPUT_WORDS = 10_000;

    /// @dev What a release's registry entry says, and which enclave signed, where one did.
    /// @param record As `ReleaseCode` reads it.
    /// @param enclave Id of its key; zero where nothing is known but the assurance.
    struct Terms {
        ReleaseId id;
        CircuitId circuit;
        bytes record;
        Policy floor;
        bytes32 enclave;
        bytes32 measurement;
    }

    /// @dev In the place of an enclave's id where none has signed yet: the one that is demanded may.
    bytes32 private constant ANY_ENCLAVE = bytes32(type(uint256).max);

    /// @notice Seconds that an answer may have to stay open to challenge at most: no stake is held for longer.
    uint256 public constant MAX_WINDOW = 5 days;

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;

    /// @dev Verifies proofs of releases without a circuit; zero where this deployment takes none.
    IExternalPrograms private immutable _programs;

    IEvidenceVerifier private immutable _signatures;
    IEvidenceVerifier private immutable _quorums;
    IEnclaveRegistry private immutable _enclaves;
    IEvidenceVerifier private immutable _proofs;

    constructor(
        IModelRegistry models,
        ICircuitRegistry circuits,
        IEvidenceVerifier[] memory verifiers
    ) EIP712("Vouch", "1") {
        _models = models;
        _circuits = circuits;
        address programs = address(0);
        IEvidenceVerifier[] memory ofKind = new IEvidenceVerifier[](uint8(type(EvidenceKind).max) + 1);
        for (uint256 i = 0; i < verifiers.length; ++i) {
            EvidenceKind kind = verifiers[i].kind();
            // That an answer stood for a while is nothing that a piece of evidence shows.
            require(kind != EvidenceKind.Optimistic, EvidenceKindUnsupported(kind));
            if (ERC165Checker.supportsInterface(address(verifiers[i]), type(IExternalPrograms).interfaceId)) {
                require(programs == address(0), VerifierKindDuplicated(kind));
                programs = address(verifiers[i]);
                continue;
            }
            require(address(ofKind[uint8(kind)]) == address(0), VerifierKindDuplicated(kind));
            ofKind[uint8(kind)] = verifiers[i];
        }
        _programs = IExternalPrograms(programs);
        _signatures = ofKind[uint8(EvidenceKind.Signature)];
        _quorums = ofKind[uint8(EvidenceKind.Quorum)];
        _enclaves = IEnclaveRegistry(address(ofKind[uint8(EvidenceKind.Tee)]));
        _proofs = ofKind[uint8(EvidenceKind.Zk)];
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
    function assessFulfilment(
        address operator,
        uint128 stakeAtRisk,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external view returns (Answer memory answer) {
        Terms memory terms = _termsOf(params.release);
        Statement memory statement = Statement({
            release: params.release,
            request: id,
            operator: operator,
            inputHash: params.input.hash(),
            outputHash: output.hash()
        });
        Assurance memory assurance = _assess(statement, params.input, output, evidence, terms);
        assurance.stakeAtRisk = stakeAtRisk;
        Policy memory effective = _effective(params.policy, terms);
        _requireStake(effective, assurance);
        bool accepted;
        (answer, accepted) = _answerBy(effective, assurance, terms);
        if (!accepted) revert PolicyNotMet(_firstUnmet(effective, assurance, terms), assurance);
    }

    /// @inheritdoc IEvidenceRouter
    function assessManyFor(
        Receipt[] calldata receipts,
        Policy[] calldata policies,
        uint128[] calldata stakesAtRisk
    ) external view returns (Answer[] memory answers, bool[] memory accepted) {
        bytes memory verdicts = _verdictsOn(receipts);
        answers = new Answer[](receipts.length);
        accepted = new bool[](receipts.length);
        Terms memory terms;
        for (uint256 i = 0; i < receipts.length; ++i) {
            (Assurance memory assurance, bool verified) = _assessBy(uint8(verdicts[i]), receipts[i]);
            if (!verified) continue;
            if (terms.id != receipts[i].release) terms = _termsOf(receipts[i].release);
            if (assurance.has(EvidenceKind.Tee)) _identifyIn(receipts[i], terms);
            assurance.stakeAtRisk = stakesAtRisk[i];
            Policy memory effective = _effective(policies[i], terms);
            if (assurance.stakeAtRisk < effective.minStake) continue;
            (answers[i], accepted[i]) = _answerBy(effective, assurance, terms);
        }
    }

    /// @inheritdoc IEvidenceRouter
    function requireAskable(
        ReleaseId release,
        uint256[] calldata input,
        Policy calldata policy
    ) external view returns (uint256 minStake, bool challengeable) {
        Terms memory terms = _termsOf(release);
        if (terms.circuit != CircuitId.wrap(0)) input.requireCanonical(terms.record.input());
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
    function isPossible(Requirement calldata requirement, ReleaseId release) external view returns (bool) {
        return _isPossible(requirement, _termsOf(release));
    }

    /// @inheritdoc IEvidenceRouter
    function digestOf(Statement calldata statement) external view returns (bytes32) {
        return _hashTypedDataV4(statement.hash());
    }

    /// @inheritdoc IEvidenceRouter
    function verifierOf(EvidenceKind kind) public view returns (IEvidenceVerifier verifier) {
        if (kind == EvidenceKind.Zk) return _proofs;
        if (kind == EvidenceKind.Signature) return _signatures;
        if (kind == EvidenceKind.Quorum) return _quorums;
        if (kind == EvidenceKind.Tee) return IEvidenceVerifier(address(_enclaves));
    }

    /// @inheritdoc IEvidenceRouter
    function assessMany(
        Receipt[] calldata receipts
    ) external view returns (Assurance[] memory assurances, bool[] memory verified) {
        bytes memory verdicts = _verdictsOn(receipts);
        assurances = new Assurance[](receipts.length);
        verified = new bool[](receipts.length);
        for (uint256 i = 0; i < receipts.length; ++i) {
            (assurances[i], verified[i]) = _assessBy(uint8(verdicts[i]), receipts[i]);
        }
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IEvidenceRouter).interfaceId || super.supportsInterface(interfaceId);
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
        address verifier = address(_proofs);
        if (verifier == address(0)) return new bytes(receipts.length);
        (bool success, bytes memory returned) = verifier.staticcall(
            bytes.concat(IBatchVerifier.verifyMany.selector, msg.data[4:])
        );
        require(success, BatchFailed());
        return abi.decode(returned, (bytes));
    }

    /// @dev What a receipt amounts to of which a batch said `verdict`.
    function _assessBy(
        uint8 verdict,
        Receipt calldata receipt
    ) private view returns (Assurance memory assurance, bool verified) {
        if (verdict == Verdict.unwrap(REFUSED)) return (assurance, false);
        if (verdict & (PROVEN | BESIDE) != PROVEN) return _assessApart(receipt, verdict);
        assurance.kinds = uint8(1 << uint8(EvidenceKind.Zk));
        (assurance.flags, verified) = (verdict & FLAGS, true);
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

    function _assess(Receipt calldata receipt, Terms memory terms) private view returns (Assurance memory) {
        return _assess(statementOf(receipt), receipt.input, receipt.output, receipt.evidence, terms);
    }

    function _assess(
        Statement memory statement,
        uint256[] calldata input,
        uint256[] calldata output,
        Evidence[] calldata evidence,
        Terms memory terms
    ) private view returns (Assurance memory assurance) {
        bytes32 digest = _hashTypedDataV4(statement.hash());
        for (uint256 i = 0; i < evidence.length; ++i) {
            EvidenceKind kind = evidence[i].kind;
            require(!assurance.has(kind), EvidenceDuplicated(kind));
            IEvidenceVerifier verifier = _requireVerifier(kind, terms.circuit);
            Assurance memory part = verifier.verify(statement, digest, input, output, evidence[i].data);
            if (kind == EvidenceKind.Tee) _identify(terms, statement.operator, evidence[i].data);
            // A verifier speaks for its own kind only; there are five of them, so the shift stays within a byte.
            part.kinds = uint8(1 << uint8(kind));
            _merge(assurance, part);
        }
        // A proof alone is verified against a circuit: a signature, say, covers whatever words it was made over.
        if (!assurance.has(EvidenceKind.Zk) && terms.circuit != CircuitId.wrap(0)) {
            input.requireCanonical(terms.record.input());
            output.requireCanonical(terms.record.output());
        }
    }

    function _identifyIn(Receipt calldata receipt, Terms memory terms) private pure {
        for (uint256 i = 0; i < receipt.evidence.length; ++i) {
            if (receipt.evidence[i].kind != EvidenceKind.Tee) continue;
            _identify(terms, receipt.operator, receipt.evidence[i].data);
        }
    }

    /// @dev Of evidence that was verified. A requirement of an enclave asks for it only where the assurance has one.
    function _identify(Terms memory terms, address operator, bytes calldata data) private pure {
        terms.measurement = data.measurement();
        terms.enclave = EnclaveEvidence.idOf(operator, data.key(), terms.measurement);
    }

    function _requireVerifier(EvidenceKind kind, CircuitId circuit) private view returns (IEvidenceVerifier verifier) {
        verifier = verifierOf(kind);
        if (kind == EvidenceKind.Zk && circuit == CircuitId.wrap(0) && address(_programs) != address(0)) {
            verifier = IEvidenceVerifier(address(_programs));
        }
        require(address(verifier) != address(0), EvidenceKindUnsupported(kind));
    }

    /// @dev What an answer amounts to: final at once where the policy is met, else open to challenge for the shortest window
    /// that the policy offers and that, once it is over, meets every clause. Accepted where there is one.
    function _answerBy(
        Policy memory effective,
        Assurance memory assurance,
        Terms memory terms
    ) private view returns (Answer memory answer, bool accepted) {
        (answer.publisher, answer.royaltyBps) = (terms.record.publisher(), terms.record.royaltyBps());
        answer.assurance = assurance;
        if (_firstUnmet(effective, assurance, terms) == effective.allOf.length) return (answer, true);

        Requirement memory judge = _judgeOf(effective, assurance, terms);
        if (judge.window() == 0) return (answer, false);
        _mark(assurance, judge, terms.circuit);
        // A window has 40 bits.
        answer.window = uint40(judge.window());
        if (judge.quorumN() > 0) (answer.judgeK, answer.judgeN) = (judge.quorumK(), judge.quorumN());
        return (answer, true);
    }

    /// @dev The alternative of the shortest window under whose judge every clause is met once the window is over; one without a
    /// window where there is none. Passes over what cannot be met here: a window that no stake would outlast, or a challenge
    /// that neither a proof nor a panel could decide. A clause that names another judge is not met in silence.
    function _judgeOf(
        Policy memory effective,
        Assurance memory assurance,
        Terms memory terms
    ) private view returns (Requirement memory judge) {
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            Requirement[] memory anyOf = effective.allOf[i].anyOf;
            for (uint256 j = 0; j < anyOf.length; ++j) {
                if (anyOf[j].kind != EvidenceKind.Optimistic || !_isPossible(anyOf[j], terms)) continue;
                if (judge.window() > 0 && judge.window() <= anyOf[j].window()) continue;
                Assurance memory later = _unchallenged(assurance, anyOf[j], terms.circuit);
                if (_firstUnmet(effective, later, terms) == effective.allOf.length) judge = anyOf[j];
            }
        }
    }

    /// @dev The assurance of an answer that nobody challenged, or in vain.
    function _unchallenged(
        Assurance memory assurance,
        Requirement memory judge,
        CircuitId circuit
    ) private view returns (Assurance memory later) {
        later = Assurance({
            // There are five kinds: the bit is within a byte.
            kinds: assurance.kinds | uint8(1 << uint8(EvidenceKind.Optimistic)),
            flags: assurance.flags,
            quorumK: assurance.quorumK,
            quorumN: assurance.quorumN,
            minTcb: assurance.minTcb,
            tolerance: assurance.tolerance,
            // A window has 40 bits.
            window: uint40(judge.window()),
            stakeAtRisk: assurance.stakeAtRisk
        });
        _mark(later, judge, circuit);
    }

    function _requireMet(Policy memory effective, Assurance memory assurance, Terms memory terms) private view {
        uint256 unmet = _firstUnmet(effective, assurance, terms);
        require(unmet == effective.allOf.length, PolicyNotMet(unmet, assurance));
        _requireStake(effective, assurance);
    }

    /// @dev Index of the first clause that the assurance does not meet; their number where it meets all.
    function _firstUnmet(
        Policy memory effective,
        Assurance memory assurance,
        Terms memory terms
    ) private view returns (uint256 index) {
        while (index < effective.allOf.length && _isClauseMet(effective.allOf[index], assurance, terms)) ++index;
    }

    function _requireSatisfiable(
        Policy calldata policy,
        Terms memory terms
    ) private view returns (uint256 minStake, bool challengeable) {
        Policy memory effective = _effective(policy, terms);
        terms.enclave = ANY_ENCLAVE;
        Assurance memory best;
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            bool possible = false;
            Requirement[] memory anyOf = effective.allOf[i].anyOf;
            for (uint256 j = 0; j < anyOf.length; ++j) {
                // Also one that is possible only once somebody has attested the set-up.
                if (anyOf[j].kind == EvidenceKind.Optimistic) challengeable = true;
                if (!_isPossible(anyOf[j], terms)) continue;
                possible = true;
                anyOf[j].strengthen(best);
            }
            require(possible, PolicyUnsatisfiable(i));
        }
        minStake = effective.minStake;
        if (challengeable && effective.allOf.length > 1) _requireCompatible(effective, best, terms);
    }

    /// @dev Demands that one judge can meet all clauses that no evidence meets. `best` is all evidence that the policy names;
    /// a panel that gives some may be another than one that judges, so the answer may also do without it.
    function _requireCompatible(Policy memory effective, Assurance memory best, Terms memory terms) private view {
        if (best.has(EvidenceKind.Zk)) {
            CircuitId circuit = terms.circuit;
            best.flags = circuit == CircuitId.wrap(0) ? EXTERNAL_VERIFIER : _developmentFlag(circuit);
        }
        if (_firstUnmet(effective, best, terms) == effective.allOf.length) return;
        if (_judgeOf(effective, best, terms).window() > 0) return;
        (best.quorumK, best.quorumN) = (0, 0);
        best.kinds &= ~uint8(1 << uint8(EvidenceKind.Quorum));
        require(_judgeOf(effective, best, terms).window() > 0, PolicyJudgesConflict());
    }

    function _termsOf(ReleaseId release) private view returns (Terms memory terms) {
        address pointer = _models.pointerOf(release);
        (terms.id, terms.record, terms.floor) = (release, pointer.recordAt(), pointer.floorAt());
        terms.circuit = terms.record.circuit();
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
        if (requirement.kind == EvidenceKind.Signature) return requirement.isPlain();
        if (requirement.kind == EvidenceKind.Quorum) return requirement.isQuorumMet(assurance);
        if (requirement.kind == EvidenceKind.Tee) return _isEnclaveMet(requirement, assurance, terms);
        if (requirement.kind == EvidenceKind.Optimistic) {
            if (requirement.window() == 0 || assurance.window < requirement.window()) return false;
            bool byQuorum = assurance.flags & QUORUM_ARBITRATION != 0;
            // Neither stands in for the other: whoever can forge a proof would else decide in the place of a panel.
            if ((requirement.quorumN() > 0) != byQuorum) return false;
            if (byQuorum) return requirement.isShareMet(assurance);
        } else if (requirement.kind != EvidenceKind.Zk) {
            return false;
        }
        bool outside = terms.circuit == CircuitId.wrap(0);
        if (outside != (assurance.flags & EXTERNAL_VERIFIER != 0)) return false;
        return _isProofTrusted(requirement, terms, assurance.flags & DEVELOPMENT_SETUP != 0);
    }

    /// @dev Which measurement it was and which advisories apply is known where the evidence is at hand, and not from an assurance.
    function _isEnclaveMet(
        Requirement memory requirement,
        Assurance memory assurance,
        Terms memory terms
    ) private view returns (bool) {
        if (!requirement.isStatusMet(assurance)) return false;
        if (terms.enclave == ANY_ENCLAVE) return true;
        if (requirement.pin != 0 && requirement.pin != terms.measurement) return false;
        uint48 advisories = requirement.refusedAdvisories();
        return advisories == 0 || (terms.enclave != 0 && _enclaves.isExempt(terms.enclave, advisories));
    }

    function _isPossible(Requirement memory requirement, Terms memory terms) private view returns (bool) {
        EvidenceKind kind = requirement.kind;
        if (kind == EvidenceKind.Tee) {
            return _hasVerifier(kind) && requirement.isEnclave() && _enclaves.isServable(terms.id, requirement.pin);
        }
        if (kind == EvidenceKind.Signature) return _hasVerifier(kind) && requirement.isPlain();
        bool optimistic = kind == EvidenceKind.Optimistic;
        if (optimistic && (requirement.window() == 0 || requirement.window() > MAX_WINDOW)) return false;
        if (kind == EvidenceKind.Quorum || (optimistic && requirement.quorumN() > 0)) {
            // A panel that judges compares bits, which honest runs of another runtime class may differ in.
            if (optimistic && terms.record.runtime() != RuntimeClass.BitExact) return false;
            return _hasVerifier(EvidenceKind.Quorum) && requirement.isQuorum();
        }
        if (!optimistic && kind != EvidenceKind.Zk) return false;
        CircuitId circuit = terms.circuit;
        if (circuit == CircuitId.wrap(0)) return _isProofTrusted(requirement, terms, false);
        return _hasVerifier(EvidenceKind.Zk) && _isProofTrusted(requirement, terms, _developmentFlag(circuit) != 0);
    }

    function _developmentFlag(CircuitId circuit) private view returns (uint8) {
        (SetupClass setup, ) = _circuits.setupOf(circuit);
        return setup == SetupClass.Development ? DEVELOPMENT_SETUP : 0;
    }

    function _hasVerifier(EvidenceKind kind) private view returns (bool) {
        return address(verifierOf(kind)) != address(0);
    }

    /// @dev Says in the assurance how a challenge would be decided.
    function _mark(Assurance memory assurance, Requirement memory arbitration, CircuitId circuit) private view {
        if (arbitration.quorumN() == 0) {
            if (circuit == CircuitId.wrap(0)) assurance.flags |= EXTERNAL_VERIFIER;
            else assurance.flags |= _developmentFlag(circuit);
            return;
        }
        assurance.flags |= QUORUM_ARBITRATION;
        (uint256 k, uint256 n) = (arbitration.quorumK(), arbitration.quorumN());
        if (assurance.quorumN > 0) {
            // Of a panel that gave evidence and one that would judge: as many as the smaller, of as small a share as either.
            uint256 least = Math.min(k, assurance.quorumK);
            n = Math.max(Math.ceilDiv(least * n, k), Math.ceilDiv(least * assurance.quorumN, assurance.quorumK));
            k = least;
        }
        // No more than `MAX_PANEL`, as each panel has at most.
        (assurance.quorumK, assurance.quorumN) = (uint8(k), uint8(n));
    }

    /// @dev Whether a proof of the release is of a set-up, or of an external program, that the requirement accepts. An external
    /// program is accepted by its pin alone, never by a requirement that names nothing.
    function _isProofTrusted(
        Requirement memory requirement,
        Terms memory terms,
        bool development
    ) private view returns (bool) {
        uint256 trust = requirement.trust();
        CircuitId circuit = terms.circuit;
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

    function _requireStake(Policy memory effective, Assurance memory assurance) private pure {
        require(
            assurance.stakeAtRisk >= effective.minStake,
            PolicyStakeTooLow(assurance.stakeAtRisk, effective.minStake)
        );
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
