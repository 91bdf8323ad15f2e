// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Escrow} from "./Escrow.sol";
import {OperatorPools} from "./OperatorPools.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IOperatorPools} from "./interfaces/IOperatorPools.sol";
import {IQuorum} from "./interfaces/IQuorum.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {Agreement} from "./libraries/Agreement.sol";
import {BeaconSeed} from "./libraries/BeaconSeed.sol";
import {Panels} from "./libraries/Panels.sol";
import {Words} from "./libraries/Words.sol";
import {Assurance} from "./types/Assurance.sol";
import {TensorEncoding, WordMode} from "./types/Circuit.sol";
import {Finality} from "./types/Delivery.sol";
import {Evidence, EvidenceKind} from "./types/Evidence.sol";
import {CircuitId, ReleaseId, RequestId} from "./types/Ids.sol";
import {Policy, MAX_PANEL} from "./types/Policy.sol";
import {RequestParams} from "./types/Request.sol";
import {Round, RoundId, RoundOrder, RoundStatus, Seat, SeatStatus} from "./types/Round.sol";
import {Statement} from "./types/Statement.sol";

/// @title Quorum
/// @notice Panels of operators that run a release independently.
/// @dev It calls out to the immutable contracts that it was built with, to the requests that it was bound to, and to the
/// tokens and payees of a withdrawal.
contract Quorum is IQuorum, Escrow, ERC165 {
    using Words for uint256[];

    /// @inheritdoc IQuorum
    uint256 public constant SEED_DELAY = 4;
    /// @inheritdoc IQuorum
    uint256 public constant DRAW_PERIOD = 5 minutes;
    /// @inheritdoc IQuorum
    uint256 public constant COMMIT_PERIOD = 10 minutes;
    /// @inheritdoc IQuorum
    uint256 public constant REVEAL_PERIOD = 10 minutes;
    /// @inheritdoc IQuorum
    uint256 public constant CONCLUDE_PERIOD = 10 minutes;
    /// @notice Seconds after its deadline for which the stake of a round that nobody concluded stays exposed, at least.
    uint256 public constant GRACE_PERIOD = 1 days;
    /// @notice Share of its exposed stake that an absent member loses: one in so many.
    uint256 public constant ABSENCE_DIVISOR = 2;

    /// @notice Elements of an output that has a tolerance, times the square of the panel's size, at most.
    uint256 public constant MAX_MEDIAN_WORK = 2 ** 15;

    uint256 private constant BPS = 10_000;

    /// @inheritdoc IQuorum
    IInferenceRequests public requests;

    /// @inheritdoc IQuorum
    IOperatorPools public immutable pools;

    IStakeVault private immutable _vault;
    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;
    address private immutable _binder;

    uint256 private _roundCount;
    mapping(RoundId round => Round record) private _rounds;
    mapping(RoundId round => Seat[] seats) private _seats;
    mapping(RequestId request => RoundId round) private _roundOf;

    constructor(IStakeVault vault, IModelRegistry models, ICircuitRegistry circuits, uint80 minStake, address binder) {
        // Chains without a beacon put a constant there, or another number that is small.
        require(block.prevrandao > type(uint64).max, ChainWithoutBeacon(block.prevrandao));
        pools = new OperatorPools(vault, minStake);
        _vault = vault;
        _models = models;
        _circuits = circuits;
        _binder = binder;
    }

    /// @dev What requests pay out.
    receive() external payable {
        require(msg.sender == address(requests), PaymentNotFromRequests(msg.sender));
    }

    /// @inheritdoc IQuorum
    function bind(IInferenceRequests requests_) external {
        require(msg.sender == _binder, SenderNotBinder(msg.sender));
        require(address(requests) == address(0), RequestsAlreadyBound(address(requests)));
        bool mutual =
            address(requests_.router().verifierOf(EvidenceKind.Quorum)) == address(this) &&
                address(requests_.vault()) == address(_vault);
        require(mutual, RequestsForeign(address(requests_)));

        requests = requests_;

        emit RequestsBound(address(requests_));
    }

    /* ROUNDS */

    /// @inheritdoc IQuorum
    function openFor(RequestId id, RequestParams calldata params) external returns (RoundId round) {
        require(params.maxGasPrice == 0, QuorumGasPriceNotZero(params.maxGasPrice));
        uint256 fee = params.feeAt(block.timestamp);
        uint256 penalty = params.stake / ABSENCE_DIVISOR;
        require(params.token != NATIVE || penalty >= fee, QuorumStakeTooLow(penalty, fee));
        Round memory record;
        (record.k, record.n, record.tolerance) = _panelFor(id, params);
        record.client = address(requests);
        record.beneficiary = requests.requesterOf(id);
        record.stake = params.stake;
        record.token = params.token;
        // Both are at most what they are parts of, which have 96 and 80 bits.
        record.fee = uint96(fee - (fee * _models.releaseOf(params.release).royaltyBps) / BPS);
        record.compensation = uint80(params.compensation(fee) / record.n);
        record.deadline = params.deadline;
        record.release = params.release;
        record.request = id;
        record.inputHash = params.input.hash();

        round = _open(record);
        _roundOf[id] = round;
        requests.lock(id, params);
    }

    /// @inheritdoc IQuorum
    function openRound(RoundOrder calldata order) external payable returns (RoundId round) {
        require(msg.value <= type(uint96).max, QuorumFeeTooHigh(msg.value, type(uint96).max));
        uint256 penalty = order.stake / ABSENCE_DIVISOR;
        require(penalty >= msg.value, QuorumStakeTooLow(penalty, msg.value));
        Round memory record;
        (record.k, record.n, record.tolerance) = (order.k, order.n, order.tolerance);
        (record.client, record.prepaid) = (msg.sender, true);
        (record.excluded, record.beneficiary) = (order.excluded, order.beneficiary);
        record.stake = order.stake;
        // Checked above; a part of it is at most the penalty, which has 80 bits.
        record.fee = uint96(msg.value);
        record.compensation = order.n > 0 ? uint80(msg.value / order.n) : 0;
        record.deadline = order.deadline;
        (record.release, record.request, record.inputHash) = (order.release, order.request, order.inputHash);

        round = _open(record);
    }

    /// @inheritdoc IQuorum
    function draw(RoundId round, bytes calldata header) external {
        Round storage record = _rounds[round];
        _requireStatus(round, record, RoundStatus.Open);
        uint256 seedBlock = record.seedBlock;
        require(block.number > seedBlock, RoundNotDrawable(round, seedBlock));
        (uint256 drawDeadline, , ) = deadlinesOf(round);
        require(block.timestamp <= drawDeadline, RoundPhaseOver(round, drawDeadline));

        bytes32 hash = BeaconSeed.hashOf(seedBlock);
        if (hash == 0) {
            (record.seedBlock, record.poolSize) = _seed(record.client, record.release);

            emit RoundReseeded(round, record.seedBlock, record.poolSize);
            return;
        }
        bytes32 seed = keccak256(abi.encode(BeaconSeed.mixOf(header, seedBlock, hash), round));
        _move(round, record, RoundStatus.Open, RoundStatus.Drawn);
        _fill(round, record, seed);

        if (record.seats < record.k) _end({round: round, record: record, concluded: false, penalised: false});
    }

    /// @inheritdoc IQuorum
    function commit(RoundId round, uint256 seat, bytes32 commitment) external {
        Round storage record = _rounds[round];
        Seat storage taken = _takenSeat(round, record, seat);
        require(taken.status == SeatStatus.Seated, SeatStatusInvalid(round, seat, taken.status));
        (, uint256 commitDeadline, ) = deadlinesOf(round);
        require(block.timestamp <= commitDeadline, RoundPhaseOver(round, commitDeadline));

        (taken.status, taken.hash) = (SeatStatus.Committed, commitment);
        ++record.committed;

        emit OutputCommitted(round, msg.sender, commitment);
    }

    /// @inheritdoc IQuorum
    function reveal(RoundId round, uint256 seat, uint256[] calldata output, bytes32 salt) external {
        Round storage record = _rounds[round];
        Seat storage taken = _takenSeat(round, record, seat);
        require(taken.status == SeatStatus.Committed, SeatStatusInvalid(round, seat, taken.status));
        (, uint256 commitDeadline, uint256 revealDeadline) = deadlinesOf(round);
        bool begun = record.committed == record.seats || block.timestamp > commitDeadline;
        require(begun, RoundPhaseNotOver(round, commitDeadline));
        require(block.timestamp <= revealDeadline, RoundPhaseOver(round, revealDeadline));
        bytes32 outputHash = output.hash();
        bool committed = taken.hash == commitmentOf(round, msg.sender, outputHash, salt);
        require(committed, CommitmentMismatch(round, seat));
        CircuitId circuit = _models.releaseOf(record.release).circuit;
        if (circuit != CircuitId.wrap(0)) output.requireCanonical(_outputEncoding(circuit));

        (taken.status, taken.hash) = (SeatStatus.Revealed, outputHash);
        ++record.revealed;

        emit OutputRevealed(round, msg.sender, output);
    }

    /// @inheritdoc IQuorum
    function conclude(RoundId round, uint256[][] calldata outputs) external {
        Round storage record = _rounds[round];
        (uint256 drawDeadline, uint256 commitDeadline, uint256 revealDeadline) = deadlinesOf(round);
        if (record.status == RoundStatus.Open) {
            require(block.timestamp > drawDeadline, RoundPhaseNotOver(round, drawDeadline));
            _end({round: round, record: record, concluded: false, penalised: false});
            return;
        }
        _requireStatus(round, record, RoundStatus.Drawn);
        bool committed = record.committed == record.seats || block.timestamp > commitDeadline;
        bool revealed = (committed && record.revealed == record.committed) || block.timestamp > revealDeadline;
        require(revealed, RoundPhaseNotOver(round, revealDeadline));

        bool possible = record.revealed >= record.k && block.timestamp <= record.deadline;
        bool concluded = possible && _agree(round, record, outputs);
        _end({round: round, record: record, concluded: concluded, penalised: true});
    }

    /// @inheritdoc IQuorum
    function unlock(RequestId id, RequestParams calldata params) external {
        RoundId round = _roundOf[id];
        _requireStatus(round, _rounds[round], RoundStatus.Failed);

        requests.unlock(id, params);
    }

    /// @inheritdoc IQuorum
    function answer(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external {
        Round storage record = _rounds[_roundOf[id]];
        bytes32 outputHash = output.hash();
        bool agreed = record.status == RoundStatus.Concluded && record.outputHash == outputHash;
        require(agreed, QuorumNotReached(id, outputHash));

        requests.fulfil(id, params, output, evidence);
    }

    /// @inheritdoc IQuorum
    function settle(RoundId round) external {
        Round storage record = _rounds[round];
        bool ended = record.status == RoundStatus.Concluded || record.status == RoundStatus.Failed;
        require(ended, RoundStatusInvalid(round, record.status));
        require(!record.settled, RoundAlreadySettled(round));
        require(_roundOf[record.request] == round, RoundNotCurrent(record.request));
        require(_isPaid(record), RoundNotPaid(round));

        address token = record.token;
        _share(round, record);
        if (requests.creditOf(token, address(this)) > 0) requests.withdraw(token, payable(address(this)));
    }

    /* VIEWS */

    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Quorum;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata statement,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata data
    ) external view returns (Assurance memory assurance) {
        require(data.length == 0, QuorumEvidenceNotEmpty());
        Round storage record = _rounds[_roundOf[statement.request]];
        bool reached =
            record.status == RoundStatus.Concluded &&
                statement.operator == address(this) &&
                statement.release == record.release &&
                statement.inputHash == record.inputHash &&
                statement.outputHash == record.outputHash;
        require(reached, QuorumNotReached(statement.request, statement.outputHash));

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Quorum));
        (assurance.quorumK, assurance.quorumN) = (record.agreed, record.n);
        assurance.tolerance = record.tolerance;
    }

    /// @inheritdoc IQuorum
    function resultOf(RoundId round) external view returns (RoundStatus status, bytes32 outputHash, uint256 agreed) {
        Round storage record = _rounds[round];
        return (record.status, record.outputHash, record.agreed);
    }

    /// @inheritdoc IQuorum
    function roundOf(RequestId request) external view returns (RoundId) {
        return _roundOf[request];
    }

    /// @inheritdoc IQuorum
    function recordOf(RoundId round) external view returns (Round memory) {
        return _rounds[round];
    }

    /// @inheritdoc IQuorum
    function seatOf(RoundId round, uint256 seat) external view returns (Seat memory) {
        return _seats[round][seat];
    }

    /// @inheritdoc IQuorum
    function commitmentOf(
        RoundId round,
        address operator,
        bytes32 outputHash,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), round, operator, outputHash, salt));
    }

    /// @inheritdoc IQuorum
    function deadlinesOf(
        RoundId round
    ) public view returns (uint256 drawDeadline, uint256 commitDeadline, uint256 revealDeadline) {
        uint256 deadline = _rounds[round].deadline;
        require(deadline > 0, RoundStatusInvalid(round, RoundStatus.None));
        revealDeadline = deadline - CONCLUDE_PERIOD;
        commitDeadline = revealDeadline - REVEAL_PERIOD;
        drawDeadline = commitDeadline - COMMIT_PERIOD;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IQuorum).interfaceId ||
            interfaceId == type(IEvidenceVerifier).interfaceId ||
            interfaceId == type(IEscrow).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /* STATE */

    /// @dev The one place where a round changes its state.
    function _move(RoundId round, Round storage record, RoundStatus from, RoundStatus to) private {
        _requireStatus(round, record, from);
        record.status = to;
    }

    function _open(Round memory record) private returns (RoundId round) {
        (uint256 k, uint256 n) = (record.k, record.n);
        require(n <= MAX_PANEL && k <= n && 2 * k > n, QuorumInvalid(k, n));
        uint256 soonest = block.timestamp + DRAW_PERIOD + COMMIT_PERIOD + REVEAL_PERIOD + CONCLUDE_PERIOD;
        require(record.deadline >= soonest, RoundDeadlineTooSoon(record.deadline, soonest));
        uint256 latest = block.timestamp + _vault.MAX_LIABILITY() - GRACE_PERIOD;
        require(record.deadline <= latest, RoundDeadlineTooFar(record.deadline, latest));
        require(record.stake >= ABSENCE_DIVISOR, QuorumStakeTooLow(record.stake / ABSENCE_DIVISOR, record.fee));
        uint256 size = pools.poolSizeOf(record.client, record.release);
        uint256 needed = record.excluded == address(0) ? n : n + 1;
        require(size >= needed, QuorumPoolTooSmall(size, needed));
        _requireComparable(record);

        round = RoundId.wrap(keccak256(abi.encode(block.chainid, address(this), ++_roundCount)));
        (record.seedBlock, record.poolSize) = _seed(record.client, record.release);
        _rounds[round] = record;
        _move(round, _rounds[round], RoundStatus.None, RoundStatus.Open);

        emit RoundOpened(round, record.client, record.request, record);
    }

    /// @dev Fixes pool and block: whoever joins, leaves or moves afterwards does so without effect but to leave seats empty.
    function _seed(address client, ReleaseId release) private view returns (uint64 seedBlock, uint32 poolSize) {
        // Blocks are counted in fewer than 64 bits, members in 32.
        return (uint64(block.number + SEED_DELAY), uint32(pools.poolSizeOf(client, release)));
    }

    /// @dev Seats the operators that can and will take part.
    function _fill(RoundId round, Round storage record, bytes32 seed) private {
        IOperatorPools.Draft memory draft = IOperatorPools.Draft({
            client: record.client,
            release: record.release,
            seed: seed,
            size: record.poolSize,
            fixedAt: record.seedBlock - SEED_DELAY,
            seats: record.n,
            excluded: record.excluded,
            token: record.token,
            fee: record.fee / record.n,
            stake: record.stake,
            compensation: record.compensation
        });
        uint256 until = record.deadline + GRACE_PERIOD;
        address[] memory members = pools.draw(draft);
        // At most `MAX_PANEL`.
        record.seats = uint8(members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            _seats[round].push(Seat({operator: members[i], status: SeatStatus.Seated, hash: 0}));

            emit SeatTaken(round, members[i], i);

            _vault.open({
                operator: members[i],
                liability: RoundId.unwrap(round),
                amount: draft.stake,
                compensation: draft.compensation,
                until: until
            });
        }
    }

    /// @dev Compares what was revealed; returns whether at least `k` members agree, and marks them if so.
    function _agree(RoundId round, Round storage record, uint256[][] calldata outputs) private returns (bool) {
        bytes32[] memory hashes = _revealed(round, record);
        uint256[] memory words;
        uint256 agreeing;
        bytes32 outputHash;
        if (record.tolerance == 0) {
            // More than half of all members are more than half of those that revealed: theirs is the median.
            require(outputs.length == 0, OutputsMismatch(round));
            (outputHash, agreeing) = Agreement.plurality(hashes);
        } else {
            require(outputs.length == hashes.length, OutputsMismatch(round));
            for (uint256 i = 0; i < hashes.length; ++i) {
                require(outputs[i].hash() == hashes[i], OutputsMismatch(round));
            }
            CircuitId circuit = _models.releaseOf(record.release).circuit;
            (words, agreeing) = Agreement.median(outputs, _outputEncoding(circuit), record.tolerance);
            outputHash = keccak256(abi.encodePacked(words));
        }
        uint256 agreed = Agreement.size(agreeing);
        if (agreed < record.k) return false;

        // At most `MAX_PANEL`.
        (record.outputHash, record.agreed) = (outputHash, uint8(agreed));
        uint256 index = 0;
        for (uint256 i = 0; index < hashes.length; ++i) {
            Seat storage seat = _seats[round][i];
            if (seat.status != SeatStatus.Revealed) continue;
            if ((agreeing >> index) & 1 != 0) seat.status = SeatStatus.Agreed;
            ++index;
        }

        emit RoundConcluded(round, outputHash, agreed, words);
        return true;
    }

    /// @dev Ends every liability of the round, and the round.
    function _end(RoundId round, Round storage record, bool concluded, bool penalised) private {
        _move(round, record, record.status, concluded ? RoundStatus.Concluded : RoundStatus.Failed);
        if (!concluded) emit RoundFailed(round);
        if (record.prepaid) _share(round, record);

        Seat[] storage seats = _seats[round];
        address[] memory members = new address[](record.seats);
        for (uint256 i = 0; i < members.length; ++i) {
            members[i] = seats[i].operator;
            bool absent = penalised && seats[i].status < SeatStatus.Revealed;
            if (absent) _penalise(round, record, members[i], concluded);
            else _vault.close(members[i], RoundId.unwrap(round));
        }
        pools.dismiss(record.client, record.release, members);
    }

    /* MONEY */

    /// @dev Once for a round: its fee to those that agreed, or back.
    function _share(RoundId round, Round storage record) private {
        record.settled = true;
        (address token, uint256 fee, uint256 shares) = (record.token, record.fee, record.agreed);

        emit RoundSettled(round, fee, shares);

        if (shares == 0) {
            _credit(token, record.beneficiary, fee);
            return;
        }
        uint256 share = fee / shares;
        uint256 rest = fee % shares;
        Seat[] storage seats = _seats[round];
        for (uint256 i = 0; i < record.seats; ++i) {
            if (seats[i].status != SeatStatus.Agreed) continue;
            _credit(token, seats[i].operator, share + rest);
            rest = 0;
        }
    }

    /// @dev Compensates for a failure only: nobody may gain from a member that is kept from revealing.
    function _penalise(RoundId round, Round storage record, address operator, bool concluded) private {
        bytes32 liability = RoundId.unwrap(round);
        uint256 lapseDay = _vault.liabilityOf(operator, address(this), liability).lapseDay;
        // Nobody came for days: a liability that is void keeps no round from ending.
        if (block.timestamp >= lapseDay * 1 days) {
            _vault.close(operator, liability);
            return;
        }
        // A quotient is at most the stake, which has 80 bits.
        uint80 amount = uint80(record.stake / ABSENCE_DIVISOR);

        emit MemberAbsent(round, operator, amount);

        IStakeVault.Verdict memory verdict = IStakeVault.Verdict({
            amount: amount,
            injured: concluded ? address(0) : record.beneficiary,
            compensation: record.compensation,
            challenger: address(0),
            reward: 0
        });
        _vault.slash(operator, liability, verdict);
    }

    /* CHECKS */

    function _requireStatus(RoundId round, Round storage record, RoundStatus status) private view {
        require(record.status == status, RoundStatusInvalid(round, record.status));
    }

    /// @dev Whether medians can be taken of the release's outputs, where a tolerance asks for them.
    function _requireComparable(Round memory record) private view {
        CircuitId circuit = _models.releaseOf(record.release).circuit;
        // The release was published: else its record could not be read.
        if (record.tolerance == 0) return;
        require(circuit != CircuitId.wrap(0), QuorumToleranceMeaningless(record.release));
        TensorEncoding memory output = _outputEncoding(circuit);
        require(output.mode == WordMode.Public, QuorumToleranceMeaningless(record.release));
        uint256 work = uint256(output.elements) * record.n * record.n;
        require(work <= MAX_MEDIAN_WORK, QuorumOutputTooLarge(work, MAX_MEDIAN_WORK));
    }

    function _takenSeat(RoundId round, Round storage record, uint256 seat) private view returns (Seat storage taken) {
        _requireStatus(round, record, RoundStatus.Drawn);
        require(seat < record.seats, SeatNotOf(round, seat, msg.sender));
        taken = _seats[round][seat];
        require(taken.operator == msg.sender, SeatNotOf(round, seat, msg.sender));
    }

    /// @dev In time, for this contract's answer: one given late pays nothing and has no stake behind it.
    function _isPaid(Round storage record) private view returns (bool) {
        if (requests.operatorOf(record.request) != address(this)) return false;
        if (requests.finalityOf(record.request) != Finality.Final) return false;
        return requests.assuranceOf(record.request).stakeAtRisk > 0;
    }

    /// @dev In the order of seats.
    function _revealed(RoundId round, Round storage record) private view returns (bytes32[] memory hashes) {
        hashes = new bytes32[](record.revealed);
        Seat[] storage seats = _seats[round];
        uint256 index = 0;
        for (uint256 i = 0; index < hashes.length; ++i) {
            if (seats[i].status == SeatStatus.Revealed) hashes[index++] = seats[i].hash;
        }
    }

    function _panelFor(
        RequestId id,
        RequestParams calldata params
    ) private view returns (uint8 k, uint8 n, uint32 tolerance) {
        Policy memory floor;
        (floor.allOf, floor.minStake) = _models.floorOf(params.release);
        (k, n, tolerance) = Panels.strictest(floor.and(params.policy));
        require(n > 0, QuorumNotDemanded(id));
    }

    function _outputEncoding(CircuitId circuit) private view returns (TensorEncoding memory output) {
        (, output) = _circuits.encodingsOf(circuit);
    }
}
