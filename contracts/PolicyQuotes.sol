// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPolicyQuotes} from "./interfaces/IPolicyQuotes.sol";
import {IQuorum} from "./interfaces/IQuorum.sol";
import {ITallies} from "./interfaces/ITallies.sol";
import {ReleaseCode} from "./libraries/ReleaseCode.sol";
import {
    DEVELOPMENT_SETUP,
    EXTERNAL_VERIFIER,
    QUORUM_ARBITRATION,
    SIMULATED_ENCLAVE,
    VOUCHED_ENCLAVE
} from "./types/Assurance.sol";
import {EvidenceKind} from "./types/Evidence.sol";
import {CircuitId, ReleaseId} from "./types/Ids.sol";
import {Policy, Requirement, SetupTrust} from "./types/Policy.sol";

/// @title PolicyQuotes
/// @notice Prices each branch of a policy: the gas and the time that an answer by it takes, and what such answers were paid.
/// @dev Holds nothing and decides nothing. Every constant of gas is a measurement of the contracts of this version, held to
/// them by `test/contracts/PolicyQuotes/gas.test.ts`.
contract PolicyQuotes is IPolicyQuotes, ERC165 {
    using ReleaseCode for address;
    using ReleaseCode for bytes;

    /// @dev A release, the demands on an answer of it, and the answer's size.
    struct Subject {
        ReleaseId release;
        Policy effective;
        uint256 segments;
        uint256 outputElements;
        uint256 inputWords;
        uint256 outputWords;
    }

    /// @dev What one kind of evidence adds to an answer.
    /// @param within Gas that it adds to the transaction with the answer.
    /// @param beside Gas of other transactions.
    /// @param unknown Set where a verifier of the publisher's choice uses gas too.
    struct Cost {
        uint256 within;
        uint256 beside;
        bool unknown;
        uint256 leastSeconds;
        uint256 mostSeconds;
    }

    /// @notice Seconds from block to block on a chain whose blocks have the randomness of a beacon, as panels need it.
    uint256 public constant BLOCK_PERIOD = 12;

    /// @dev Receipt, settlement, credits and events of an answer, whatever supports it.
    uint256 private constant ANSWER_GAS = 107_400;
    uint256 private constant ANSWER_GAS_PER_INPUT_WORD = 632;
    uint256 private constant ANSWER_GAS_PER_OUTPUT_WORD = 878;
    /// @dev What EIP-7623 charges at least for the calldata of a transaction that brings a request's parameters.
    uint256 private constant CALLDATA_GAS = 42_000;
    uint256 private constant CALLDATA_GAS_PER_WORD = 1280;

    uint256 private constant SIGNATURE_GAS = 20_450;
    uint256 private constant ENCLAVE_GAS = 28_600;
    /// @dev What asking the registrars adds: quoted wherever an enclave that they vouch for would do.
    uint256 private constant VOUCHED_GAS = 5550;

    uint256 private constant PROOF_GAS = 237_300;
    uint256 private constant PROOF_GAS_PER_INPUT_WORD = 85;
    uint256 private constant PROOF_GAS_PER_OUTPUT_WORD = 98;
    /// @dev Each circuit of a list beyond the first.
    uint256 private constant SEGMENT_GAS = 226_150;

    /// @dev What `finalize` takes, with the difference between a proposal and an answer that is final at once.
    uint256 private constant WINDOW_GAS = 101_000;
    uint256 private constant WINDOW_GAS_PER_INPUT_WORD = 685;
    uint256 private constant WINDOW_GAS_PER_OUTPUT_WORD = 685;

    /// @dev Opening beyond a lock, drawing, concluding and settling a round, and the way of the answer through the quorum.
    uint256 private constant PANEL_GAS = 588_500;
    uint256 private constant PANEL_GAS_PER_OUTPUT_WORD = 20;
    /// @dev Of each member, its commitment included.
    uint256 private constant SEAT_GAS = 183_200;
    uint256 private constant REVEAL_GAS = 73_850;
    uint256 private constant REVEAL_GAS_PER_WORD = 583;
    /// @dev As `CALLDATA_GAS`, without parameters.
    uint256 private constant REVEAL_CALLDATA_GAS = 24_700;
    /// @dev A tolerance: the output's encoding is read, every output is brought again, and a median taken of each element for
    /// `MEDIAN_GAS + n * MEDIAN_GAS_PER_SEAT + n^2 * MEDIAN_GAS_PER_PAIR`.
    uint256 private constant TOLERANCE_GAS = 20_000;
    uint256 private constant TOLERANCE_GAS_PER_SEAT_AND_WORD = 772;
    uint256 private constant MEDIAN_GAS = 1050;
    uint256 private constant MEDIAN_GAS_PER_SEAT = 226;
    uint256 private constant MEDIAN_GAS_PER_PAIR = 64;

    uint256 private constant KINDS = uint256(type(EvidenceKind).max) + 1;
    /// @dev Above every set of kinds.
    uint256 private constant KIND_SETS = 32;
    /// @dev Above every set of flags.
    uint256 private constant FLAG_SETS = 64;

    /// @inheritdoc IPolicyQuotes
    IInferenceRequests public immutable requests;

    IEvidenceRouter private immutable _router;
    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;
    /// @dev Seconds of a round of the quorum, at the soonest and at the nearest deadline; zero without a quorum.
    uint256 private immutable _leastRound;
    uint256 private immutable _mostRound;
    /// @dev Seconds that a challenge takes at most where a proof decides it, and a panel.
    uint256 private immutable _proofPeriod;
    uint256 private immutable _panelPeriod;

    /// @param requests_ Requests with the contract that decides their challenges.
    constructor(IInferenceRequests requests_) {
        IEvidenceRouter router = requests_.router();
        IDisputes disputes = IDisputes(requests_.disputes());
        (requests, _router, _models, _circuits) = (requests_, router, requests_.models(), requests_.circuits());
        _proofPeriod = disputes.RESPONSE_PERIOD();
        _panelPeriod = _proofPeriod + disputes.CONCLUSION_PERIOD();
        IQuorum quorum = IQuorum(address(router.verifierOf(EvidenceKind.Quorum)));
        if (address(quorum) == address(0)) return;
        // It is drawn in a block after that of its seed.
        _leastRound = (quorum.SEED_DELAY() + 1) * BLOCK_PERIOD;
        uint256 shown = quorum.COMMIT_PERIOD() + quorum.REVEAL_PERIOD();
        _mostRound = quorum.DRAW_PERIOD() + shown + quorum.CONCLUDE_PERIOD();
    }

    /// @inheritdoc IPolicyQuotes
    function quote(
        ReleaseId release,
        Policy calldata policy,
        address token,
        uint256 inputWords,
        uint256 outputWords
    ) external view returns (Quote[][] memory clauses) {
        Subject memory subject = _subjectOf(release, policy, inputWords, outputWords);
        clauses = new Quote[][](subject.effective.allOf.length);
        for (uint256 i = 0; i < clauses.length; ++i) {
            Requirement[] memory anyOf = subject.effective.allOf[i].anyOf;
            clauses[i] = new Quote[](anyOf.length);
            for (uint256 j = 0; j < anyOf.length; ++j) {
                if (_router.isPossible(anyOf[j], release)) clauses[i][j] = _quoteOf(anyOf[j], subject, token);
            }
        }
    }

    /// @inheritdoc IPolicyQuotes
    function cheapest(
        ReleaseId release,
        Policy calldata policy,
        uint256 inputWords,
        uint256 outputWords
    ) external view returns (Plan memory plan) {
        Subject memory subject = _subjectOf(release, policy, inputWords, outputWords);
        _router.requireSatisfiable(policy, release);
        plan.choices = new uint256[](subject.effective.allOf.length);
        Cost[] memory dearest = new Cost[](KINDS);
        for (uint256 i = 0; i < plan.choices.length; ++i) {
            Cost memory chosen;
            (plan.choices[i], chosen) = _chosenOf(i, subject);
            uint256 kind = uint8(subject.effective.allOf[i].anyOf[plan.choices[i]].kind);
            dearest[kind] = _dearer(dearest[kind], chosen);
        }

        Cost memory sum;
        for (uint256 kind = 0; kind < KINDS; ++kind) {
            Cost memory cost = dearest[kind];
            (sum.within, sum.beside) = (sum.within + cost.within, sum.beside + cost.beside);
            // Nothing but a panel and a window takes time, and a window opens with the answer.
            (sum.leastSeconds, sum.mostSeconds) = (
                sum.leastSeconds + cost.leastSeconds,
                sum.mostSeconds + cost.mostSeconds
            );
        }
        // No other kind has a verifier of the publisher's choice.
        (plan.gasKnown, plan.gas) = (!dearest[uint8(EvidenceKind.Zk)].unknown, _gasOf(sum, subject));
        (plan.leastSeconds, plan.mostSeconds) = (sum.leastSeconds, sum.mostSeconds);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IPolicyQuotes).interfaceId || super.supportsInterface(interfaceId);
    }

    function _subjectOf(
        ReleaseId release,
        Policy calldata policy,
        uint256 inputWords,
        uint256 outputWords
    ) private view returns (Subject memory subject) {
        address pointer = _models.pointerOf(release);
        IModelRegistry.ReleaseRecord memory record = pointer.recordAt().decode();
        Policy memory floor = pointer.floorAt();
        subject.release = release;
        subject.effective = floor.and(policy);
        require(subject.effective.allOf.length > 0, IEvidenceRouter.PolicyEmpty());
        for (uint256 i = 0; i < subject.effective.allOf.length; ++i) {
            require(subject.effective.allOf[i].anyOf.length > 0, IEvidenceRouter.PolicyClauseEmpty(i));
        }
        if (record.circuit != CircuitId.wrap(0)) {
            uint256 listed = _circuits.segmentsOf(record.circuit).length;
            subject.segments = listed > 0 ? listed : 1;
        }
        subject.outputElements = record.output.elements;
        (subject.inputWords, subject.outputWords) = (inputWords, outputWords);
    }

    /// @dev Of a policy that can be met.
    function _chosenOf(
        uint256 clause,
        Subject memory subject
    ) private view returns (uint256 choice, Cost memory chosen) {
        Requirement[] memory anyOf = subject.effective.allOf[clause].anyOf;
        bool possible = false;
        for (uint256 i = 0; i < anyOf.length; ++i) {
            if (!_router.isPossible(anyOf[i], subject.release)) continue;
            Cost memory cost = _costOf(anyOf[i], subject);
            bool better = cost.unknown == chosen.unknown ? _extraOf(cost) < _extraOf(chosen) : chosen.unknown;
            if (possible && !better) continue;
            (possible, choice, chosen) = (true, i, cost);
        }
    }

    function _quoteOf(
        Requirement memory requirement,
        Subject memory subject,
        address token
    ) private view returns (Quote memory) {
        Cost memory cost = _costOf(requirement, subject);
        return
            Quote({
                possible: true,
                gas: cost.unknown ? 0 : _gasOf(cost, subject),
                leastSeconds: cost.leastSeconds,
                mostSeconds: cost.mostSeconds,
                ofRelease: _feesOf(subject.release, token, requirement),
                ofAll: _feesOf(ReleaseId.wrap(0), token, requirement)
            });
    }

    /// @dev Of a requirement that is possible.
    function _costOf(Requirement memory requirement, Subject memory subject) private view returns (Cost memory cost) {
        if (requirement.kind == EvidenceKind.Signature) {
            cost.within = SIGNATURE_GAS;
        } else if (requirement.kind == EvidenceKind.Tee) {
            cost.within = ENCLAVE_GAS;
            if (requirement.enclaveFlags() & VOUCHED_ENCLAVE != 0) cost.within += VOUCHED_GAS;
        } else if (requirement.kind == EvidenceKind.Zk) {
            if (subject.segments == 0) cost.unknown = true;
            else cost.within = _proofGas(subject);
        } else if (requirement.kind == EvidenceKind.Optimistic) {
            cost.beside = _windowGas(subject);
            cost.leastSeconds = requirement.window() + 1;
            cost.mostSeconds = requirement.window() + (requirement.quorumN() > 0 ? _panelPeriod : _proofPeriod);
        } else {
            cost.beside = _panelGas(requirement, subject);
            (cost.leastSeconds, cost.mostSeconds) = (_leastRound, _mostRound);
        }
    }

    /// @dev What final answers were paid whose evidence is as `requirement` demands; of all releases where `release` is zero.
    function _feesOf(
        ReleaseId release,
        address token,
        Requirement memory requirement
    ) private view returns (Fees memory fees) {
        uint256 value = 0;
        for (uint256 flags = 0; flags < FLAG_SETS; ++flags) {
            if (!_isSuch(requirement, flags)) continue;
            // Fewer than `FLAG_SETS`, hence below 2^8.
            (uint256 results, uint256 paid) = _settledWith(release, token, requirement.kind, uint8(flags));
            (fees.results, value) = (fees.results + results, value + paid);
        }
        if (fees.results > 0) fees.mean = value / fees.results;
    }

    /// @dev Number and fees of final answers with evidence of a kind, whatever is beside it, and with these flags.
    function _settledWith(
        ReleaseId release,
        address token,
        EvidenceKind kind,
        uint8 flags
    ) private view returns (uint256 results, uint256 value) {
        for (uint256 kinds = 0; kinds < KIND_SETS; ++kinds) {
            if (kinds & (1 << uint8(kind)) == 0) continue;
            // Fewer than `KIND_SETS`, hence below 2^8.
            ITallies.Tally memory tally = requests.tallyOf(release, token, uint8(kinds), flags);
            (results, value) = (results + tally.results, value + tally.value);
        }
    }

    /// @dev Whether an answer with these flags is supported in the way of the requirement.
    function _isSuch(Requirement memory requirement, uint256 flags) private pure returns (bool) {
        if (flags & (SIMULATED_ENCLAVE | VOUCHED_ENCLAVE) & ~uint256(requirement.enclaveFlags()) != 0) return false;
        if (requirement.kind == EvidenceKind.Optimistic) {
            bool byPanel = requirement.quorumN() > 0;
            if (byPanel != (flags & QUORUM_ARBITRATION != 0)) return false;
            if (byPanel) return true;
        } else if (requirement.kind != EvidenceKind.Zk) {
            return true;
        }
        uint256 trust = requirement.trust();
        if ((trust == uint8(SetupTrust.External)) != (flags & EXTERNAL_VERIFIER != 0)) return false;
        return flags & DEVELOPMENT_SETUP == 0 || trust == uint8(SetupTrust.Any);
    }

    function _gasOf(Cost memory cost, Subject memory subject) private pure returns (uint256) {
        uint256 answer = ANSWER_GAS + cost.within;
        answer += subject.inputWords * ANSWER_GAS_PER_INPUT_WORD + subject.outputWords * ANSWER_GAS_PER_OUTPUT_WORD;
        return Math.max(answer, _calldataGas(subject)) + cost.beside;
    }

    function _proofGas(Subject memory subject) private pure returns (uint256) {
        uint256 words = subject.inputWords * PROOF_GAS_PER_INPUT_WORD + subject.outputWords * PROOF_GAS_PER_OUTPUT_WORD;
        return PROOF_GAS + words + (subject.segments - 1) * SEGMENT_GAS;
    }

    function _windowGas(Subject memory subject) private pure returns (uint256) {
        uint256 input = subject.inputWords * WINDOW_GAS_PER_INPUT_WORD;
        uint256 output = subject.outputWords * WINDOW_GAS_PER_OUTPUT_WORD;
        return Math.max(WINDOW_GAS + input + output, _calldataGas(subject));
    }

    function _panelGas(Requirement memory requirement, Subject memory subject) private pure returns (uint256) {
        uint256 n = requirement.quorumN();
        uint256 words = subject.outputWords;
        uint256 reveal = Math.max(
            REVEAL_GAS + words * REVEAL_GAS_PER_WORD,
            REVEAL_CALLDATA_GAS + words * CALLDATA_GAS_PER_WORD
        );
        uint256 round = PANEL_GAS + words * PANEL_GAS_PER_OUTPUT_WORD;
        if (requirement.tolerance() > 0) {
            uint256 element = MEDIAN_GAS + n * MEDIAN_GAS_PER_SEAT + n * n * MEDIAN_GAS_PER_PAIR;
            round += TOLERANCE_GAS + n * words * TOLERANCE_GAS_PER_SEAT_AND_WORD + subject.outputElements * element;
        }
        return round + n * (SEAT_GAS + reveal);
    }

    function _calldataGas(Subject memory subject) private pure returns (uint256) {
        return CALLDATA_GAS + (subject.inputWords + subject.outputWords) * CALLDATA_GAS_PER_WORD;
    }

    /// @dev Of each member the greater: a clause may take the more time, and another the more gas.
    function _dearer(Cost memory a, Cost memory b) private pure returns (Cost memory) {
        return
            Cost({
                within: Math.max(a.within, b.within),
                beside: Math.max(a.beside, b.beside),
                unknown: a.unknown || b.unknown,
                leastSeconds: Math.max(a.leastSeconds, b.leastSeconds),
                mostSeconds: Math.max(a.mostSeconds, b.mostSeconds)
            });
    }

    function _extraOf(Cost memory cost) private pure returns (uint256) {
        return cost.within + cost.beside;
    }
}
