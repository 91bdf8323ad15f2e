// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Evidence} from "../types/Evidence.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {RequestParams} from "../types/Request.sol";
import {Round, RoundId, RoundOrder, RoundStatus, Seat, SeatStatus} from "../types/Round.sol";
import {IEscrow} from "./IEscrow.sol";
import {IEvidenceVerifier} from "./IEvidenceVerifier.sol";
import {IInferenceRequests} from "./IInferenceRequests.sol";
import {IOperatorPools} from "./IOperatorPools.sol";

/// @title IQuorum
/// @notice Panels of operators that run a release independently: drawn by lot, they commit to their outputs, reveal them, and
/// the element-wise median stands where enough of them lie close to it.
/// @dev It is the operator of the requests that panels answer, the verifier of what they found, and a court that other
/// contracts order rounds from. It has no owner. It calls nobody back.
/// @dev Warning: a panel is as honest as the pool that it is drawn from. docs/quorum.md says how likely a share of a pool is
/// to get a majority, and who can bend the draw.
interface IQuorum is IEvidenceVerifier, IEscrow {
    event RequestsBound(address indexed requests);
    event RoundOpened(RoundId indexed round, address indexed client, RequestId indexed request, Round record);
    /// @notice The randomness of the round was forgotten before anyone drew: it is drawn from that of a later block.
    event RoundReseeded(RoundId indexed round, uint256 seedBlock, uint256 poolSize);
    event SeatTaken(RoundId indexed round, address indexed operator, uint256 seat);
    event OutputCommitted(RoundId indexed round, address indexed operator, bytes32 commitment);
    event OutputRevealed(RoundId indexed round, address indexed operator, uint256[] output);
    /// @notice `agreed` members agreed; `output` is the median where they did so within a tolerance, and empty where their
    /// outputs are the same and were revealed.
    event RoundConcluded(RoundId indexed round, bytes32 outputHash, uint256 agreed, uint256[] output);
    event RoundFailed(RoundId indexed round);
    /// @notice A member that was drawn did not reveal in time.
    event MemberAbsent(RoundId indexed round, address indexed operator, uint256 slashed);
    event RoundSettled(RoundId indexed round, uint256 fee, uint256 shares);

    /// @notice The blocks of this chain carry no randomness of a beacon chain.
    error ChainWithoutBeacon(uint256 prevrandao);
    error SenderNotBinder(address sender);
    error RequestsAlreadyBound(address requests);
    /// @notice These requests do not take this contract for the holder of panels' locks.
    error RequestsForeign(address requests);
    error PaymentNotFromRequests(address sender);
    /// @notice Neither the policy nor the release's floor asks for a quorum.
    error QuorumNotDemanded(RequestId request);
    /// @notice Not a majority of a panel of at most `MAX_PANEL`.
    error QuorumInvalid(uint256 k, uint256 n);
    /// @notice The pool cannot fill the panel.
    error QuorumPoolTooSmall(uint256 size, uint256 needed);
    /// @notice Outputs of this release are compared word by word: a tolerance needs a circuit with a public output.
    error QuorumToleranceMeaningless(ReleaseId release);
    /// @notice Elements of the output, times the square of the panel's size: medians would not fit into a transaction.
    error QuorumOutputTooLarge(uint256 work, uint256 limit);
    /// @notice An absent member would lose less than the panel earns.
    error QuorumStakeTooLow(uint256 penalty, uint256 fee);
    /// @notice Who works for a panel cannot be told from its gas: the fee pays for it, and the request's gas price is zero.
    error QuorumGasPriceNotZero(uint256 gasPrice);
    error QuorumFeeTooHigh(uint256 fee, uint256 limit);
    error RoundDeadlineTooSoon(uint256 deadline, uint256 limit);
    /// @notice Stake cannot be held for so long.
    error RoundDeadlineTooFar(uint256 deadline, uint256 limit);
    error RoundStatusInvalid(RoundId round, RoundStatus status);
    /// @notice The seed's block has not been built.
    error RoundNotDrawable(RoundId round, uint256 seedBlock);
    error RoundPhaseOver(RoundId round, uint256 endedAt);
    error RoundPhaseNotOver(RoundId round, uint256 endsAt);
    error SeatNotOf(RoundId round, uint256 seat, address sender);
    error SeatStatusInvalid(RoundId round, uint256 seat, SeatStatus status);
    error CommitmentMismatch(RoundId round, uint256 seat);
    /// @notice The outputs brought are not all that were revealed, in the order of seats.
    error OutputsMismatch(RoundId round);
    error RoundNotPaid(RoundId round);
    error RoundAlreadySettled(RoundId round);
    /// @notice This round is not the one that holds the request's lock.
    error RoundNotCurrent(RequestId request);
    /// @notice No panel agreed on this output for this request and input.
    error QuorumNotReached(RequestId request, bytes32 outputHash);
    error QuorumEvidenceNotEmpty();

    /// @notice Names the requests whose locks this contract holds: once, by the account named at construction.
    /// @dev They are built after their router, and the router after this contract. They must name it in turn.
    function bind(IInferenceRequests requests) external;

    /* ROUNDS */

    /// @notice Locks an open request for a panel of the strictest size, majority and tolerance that its policy and the
    /// release's floor name; anyone may.
    /// @dev Every member exposes the request's stake, half of which an absent one loses: not less than the fee, where both
    /// are native. The request buys no gas.
    function openFor(RequestId id, RequestParams calldata params) external returns (RoundId);

    /// @notice Orders a round of the pool that serves the sender, for the value sent; any contract may.
    /// @dev Nothing of it is evidence for a request. Read `resultOf`.
    function openRound(RoundOrder calldata order) external payable returns (RoundId);

    /// @notice Draws the panel by the randomness of the round's seed block and exposes its members' stake; anyone may.
    /// @dev A round whose seed block the chain has forgotten gets another one instead: then draw again. A panel with fewer
    /// than `k` seats taken fails at once.
    /// @param header RLP encoding of the seed block's header; not looked at where the chain has forgotten its hash.
    function draw(RoundId round, bytes calldata header) external;

    /// @notice Commits the sender, that has this seat, to an output.
    /// @dev Warning: an output may be easy to guess; a salt that is not random gives it away. Keep both: who cannot reveal
    /// loses stake.
    /// @param commitment See `commitmentOf`.
    function commit(RoundId round, uint256 seat, bytes32 commitment) external;

    /// @notice Reveals the output that the sender has committed to: once all members have committed or the time for it is
    /// over, in canonical words.
    function reveal(RoundId round, uint256 seat, uint256[] calldata output, bytes32 salt) external;

    /// @notice Ends a round: it concludes where at least `k` members agree, else fails; anyone may.
    /// @dev As soon as nobody can reveal any more, and after its deadline as a failure. Absent members are slashed; of what
    /// that takes the beneficiary is compensated if the round failed. All others get their stake back.
    /// @param outputs All revealed outputs in the order of seats where the round has a tolerance and at least `k` revealed;
    /// else none.
    function conclude(RoundId round, uint256[][] calldata outputs) external;

    /// @notice Gives up the lock of a request whose round failed, so that another operator or panel may serve it; anyone may.
    function unlock(RequestId id, RequestParams calldata params) external;

    /// @notice Sends the answer that the request's panel agreed on; anyone may.
    /// @dev `InferenceRequests.fulfil` takes it from anyone too, except where it stays open to challenge: then only from here.
    function answer(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external;

    /// @notice Shares the fee of an answered request between the members of its round that agreed; anyone may.
    /// @dev Equally; what is left over goes to the first of them. They `withdraw` it. If the round failed and the request was
    /// answered in its name by other evidence, the requester gets the fee.
    function settle(RoundId round) external;

    /* VIEWS */

    /// @notice Returns the blocks from the opening of a round to the one whose randomness draws its panel.
    function SEED_DELAY() external view returns (uint256);

    /// @notice Returns the seconds in which a panel can be drawn, at least.
    function DRAW_PERIOD() external view returns (uint256);

    /// @notice Returns the seconds that a member has for running the release and committing, at least.
    function COMMIT_PERIOD() external view returns (uint256);

    /// @notice Returns the seconds that a member has for revealing, at least.
    function REVEAL_PERIOD() external view returns (uint256);

    /// @notice Returns the seconds for concluding a round and answering the request.
    function CONCLUDE_PERIOD() external view returns (uint256);

    /// @notice Returns the pools that panels are drawn from.
    function pools() external view returns (IOperatorPools);

    /// @notice Returns the requests whose locks this contract holds; zero until they are bound.
    function requests() external view returns (IInferenceRequests);

    /// @notice Returns the commitment of `operator` to an output, by the hash of its words, in a round.
    /// @dev It holds the operator, so that nobody can copy another's.
    function commitmentOf(
        RoundId round,
        address operator,
        bytes32 outputHash,
        bytes32 salt
    ) external view returns (bytes32);

    /// @notice Returns how a round stands, and what how many members agreed on; zeros until it concluded.
    /// @dev `Concluded` and `Failed` never change. Warning: a round whose deadline is over fails only when somebody says so.
    function resultOf(RoundId round) external view returns (RoundStatus status, bytes32 outputHash, uint256 agreed);

    /// @notice Returns the latest round of a request; zero where there was none.
    function roundOf(RequestId request) external view returns (RoundId);

    function recordOf(RoundId round) external view returns (Round memory);

    function seatOf(RoundId round, uint256 seat) external view returns (Seat memory);

    /// @notice Returns the last seconds at which a round can be drawn, committed to, and revealed.
    function deadlinesOf(
        RoundId round
    ) external view returns (uint256 drawDeadline, uint256 commitDeadline, uint256 revealDeadline);
}
