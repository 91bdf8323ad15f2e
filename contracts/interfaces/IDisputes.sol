// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {RequestId} from "../types/Ids.sol";
import {RequestParams} from "../types/Request.sol";
import {IArbiter} from "./IArbiter.sol";
import {IEscrow} from "./IEscrow.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";
import {IInferenceRequests} from "./IInferenceRequests.sol";

/// @title IDisputes
/// @notice Challenges of optimistic answers: one for an answer, decided by a proof of the very statement, or by a panel that
/// runs the model again where a proof cannot decide.
/// @dev A challenger acts once and has no later clock: who drops a challenge changes nothing. An answer that was challenged
/// becomes final by the proof or by the quorum, and in no other way. docs/disputes.md has the clocks and who pays whom.
/// @dev Bonds are native: so are gas and the panels that they are to cover, and the vault's asset is the wrapped native
/// token, against which requests weigh their fees one to one. Nobody owns this contract.
/// @dev Requests live in a contract that the caller names, and a dispute is of one request in one such contract.
/// Warning: a bond is as safe as that contract. One that is not built with this router, and with this contract to decide,
/// can keep the bonds of its own disputes locked; it reaches no others.
interface IDisputes is IEscrow {
    /// @notice Where a dispute stands; the last three are final.
    /// @dev `AwaitingProof`: the operator's to answer. `AwaitingQuorum`: a panel's. `Undecided`: no panel came to a decision.
    enum Status {
        None,
        AwaitingProof,
        AwaitingQuorum,
        Upheld,
        Overturned,
        Undecided
    }

    /// @notice What is stored of a dispute. Once it is decided, nothing of it changes.
    /// @param decideBy Last second for the proof, or until which a panel's round must end.
    /// @param k Members of a panel that must agree; 0 where a proof decides.
    /// @param n Members of a panel; 0 where a proof decides.
    /// @param operator Whose answer it is.
    /// @param commitment Hash of the parameters and of the statement, as the request held it when it was challenged.
    /// @param round Latest round of the arbiter; 0 where a proof decides.
    struct Dispute {
        address challenger;
        Status status;
        uint40 decideBy;
        uint8 k;
        uint8 n;
        address operator;
        bytes32 commitment;
        bytes32 round;
    }

    event AnswerChallenged(
        IInferenceRequests indexed requests,
        RequestId indexed id,
        address indexed challenger,
        address operator,
        uint256 bond,
        uint256 decideBy
    );
    /// @notice A panel was asked, and prepaid by `payer`.
    event RoundOpened(
        IInferenceRequests indexed requests,
        RequestId indexed id,
        bytes32 indexed round,
        address payer,
        uint256 paid
    );
    event DisputeDecided(IInferenceRequests indexed requests, RequestId indexed id, Status status);

    /// @notice The router takes evidence from a quorum and there is no arbiter, or the other way round.
    error ArbiterMismatch(address arbiter, address quorum);
    /// @notice A round of this arbiter does not fit the time that a dispute has.
    error ArbiterTooSlow(uint256 period, uint256 limit);
    error DisputeStatusInvalid(RequestId id, Status status);
    /// @notice Parameters and output brought are not those of the answer.
    error DisputeAnswerMismatch(RequestId id);
    error ResponsePeriodOpen(RequestId id, uint256 closesAt);
    error ResponsePeriodClosed(RequestId id, uint256 closedAt);
    /// @notice The latest round has not failed.
    error RoundNotFailed(bytes32 round, IArbiter.Outcome outcome);
    /// @notice Another round would end after the dispute's time.
    error RoundTooLate(uint256 endsAt, uint256 limit);
    error RoundPaymentTooLow(uint256 sent, uint256 needed);

    /// @notice Challenges a provisional answer with a bond, `params.bond`, sent along.
    /// @dev Where a proof decides, the operator has `RESPONSE_PERIOD` to bring one. Where a quorum decides, the bond pays the
    /// first panel.
    /// @dev Warning: who copies a pending challenge takes its reward; send through a private relay. The reward is a share of
    /// what is left of the operator's own stake after the requester's compensation: look at the liability first, for it may
    /// be nothing, and a panel costs the bond whatever it decides.
    function challenge(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external payable;

    /// @notice Upholds an answer by a proof of its statement; anyone may send it, the bond is the operator's.
    /// @dev No policy but the one that the challenge is decided by is held against the proof: the answer met the others.
    /// @param proof Zk evidence, as the router's verifier reads it.
    function answer(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        bytes calldata proof
    ) external;

    /// @notice Overturns an answer for which no proof came in time; anyone may.
    /// @dev The challenger gets its bond back here and the reward in the vault. Stake that lapsed, because nobody came for
    /// days, is not slashed, but the requester is refunded all the same.
    function timeout(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external;

    /// @notice Asks another panel after one that failed, for the bond's price or more, as long as it can decide in time; anyone
    /// may, and pays for it.
    /// @dev So neither side is at the mercy of a price that is too low.
    function rerun(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external payable;

    /// @notice Decides as the latest panel did: upholds the answer if it gave the same output, else overturns it; anyone may.
    /// @dev Without a decision until the dispute's time is over the answer is never final: the requester is refunded, and
    /// nobody is slashed, rewarded or paid.
    /// Warning: the requester has then seen the output for nothing. Where no panel serves a release, a requester can bring
    /// that about by itself: an operator looks at the pool of the arbiter before it locks under such a policy.
    function conclude(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external;

    /// @notice Returns the router that verifies proofs.
    function router() external view returns (IEvidenceRouter);

    /// @notice Returns who runs models again; zero where only proofs decide.
    function arbiter() external view returns (IArbiter);

    /// @notice Returns the seconds that a challenge leaves for the proof, or for panels to decide.
    function RESPONSE_PERIOD() external view returns (uint256);

    /// @notice Returns the seconds after which a round that is still pending when the time is over counts as failed.
    function CONCLUSION_PERIOD() external view returns (uint256);

    /// @notice Returns a dispute; zeros where there is none.
    function disputeOf(IInferenceRequests requests, RequestId id) external view returns (Dispute memory);
}
