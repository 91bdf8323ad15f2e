// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelFeed} from "../../../contracts/ModelFeed.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {SignatureEvidence} from "../../../contracts/evidence/SignatureEvidence.sol";
import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {IInputAdapter} from "../../../contracts/interfaces/IInputAdapter.sol";
import {IModelFeed} from "../../../contracts/interfaces/IModelFeed.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {Policies} from "../../../contracts/libraries/Policies.sol";
import {TensorEncoding, WordMode} from "../../../contracts/types/Circuit.sol";
import {Finality} from "../../../contracts/types/Delivery.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {FeedTerms} from "../../../contracts/types/Feed.sol";
import {CircuitId, ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Clause, Policy} from "../../../contracts/types/Policy.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {CodeStorage} from "../../../contracts/libraries/CodeStorage.sol";
import {RequestParams} from "../../../contracts/types/Request.sol";
import {Statement, digestFor} from "../../../contracts/types/Statement.sol";
import {vm} from "../Vm.sol";

/// @dev One release of four elements of 16 bits in and two of 32 bits out, whatever is asked for.
contract OneRelease is IModelRegistry {
    address private immutable _pointer;

    constructor() {
        // As `ReleaseCode` lays out what `releaseOf` returns: words that hold integers, 1 as the circuit, no floor.
        uint256 head = 8 << 184;
        uint256 input = 4 | (16 << 24) | (1 << 40);
        uint256 output = 2 | (32 << 24) | (1 << 40);
        bytes memory record = abi.encode(head, input | (output << 128), bytes32(uint256(1)), 0);
        _pointer = CodeStorage.write(bytes.concat(record, abi.encode(new Clause[](0), uint128(0))));
    }

    function publish(Release calldata, string calldata) external pure returns (ReleaseId id) {}

    function deprecate(ReleaseId, ReleaseId, string calldata) external pure {}

    function deprecatedAtOf(ReleaseId) external pure returns (uint256) {
        return 0;
    }

    function releaseOf(ReleaseId) public pure returns (ReleaseRecord memory record) {
        record.outputFractionBits = 8;
        record.circuit = CircuitId.wrap(bytes32(uint256(1)));
        record.input = TensorEncoding({mode: WordMode.Public, elements: 4, bits: 16, isSigned: true});
        record.output = TensorEncoding({mode: WordMode.Public, elements: 2, bits: 32, isSigned: true});
    }

    function floorOf(ReleaseId) external pure returns (Clause[] memory allOf, uint128 minStake) {}

    function pointerOf(ReleaseId) external view returns (address) {
        return _pointer;
    }

    function isPublished(ReleaseId) external pure returns (bool) {
        return true;
    }
}

/// @dev Drives two feeds at random, one whose answers are final at once and one whose are open to challenge, as four
/// operators, four keepers, two donors, the sponsor and the disputes contract, and keeps naive books of both. It is itself
/// the sponsor, the disputes contract and the adapter, which fails on command.
contract FeedHandler is IInputAdapter {
    uint256 public constant FEEDS = 2;
    uint256 public constant KEEPERS = 4;
    uint256 public constant CAPACITY = 3;
    uint256 private constant OPERATORS = 4;
    uint256 private constant DONORS = 2;
    uint40 private constant WINDOW = 20 minutes;
    uint40 private constant START = 1_000_000_500;
    uint32 private constant INTERVAL = 1 hours;

    /// @dev A round as it was when its answer became final.
    struct Expected {
        RequestId request;
        int256 answer;
        int256 confidence;
        bytes32 provenance;
        uint256 startedAt;
        uint256 updatedAt;
    }

    struct Run {
        RequestId id;
        uint256 startedAt;
        bytes32 provenance;
        int32 answer;
        int32 confidence;
    }

    IInferenceRequests public requests;
    IEvidenceRouter private _router;
    ModelFeed[] public feeds;
    mapping(uint256 feed => uint256 amount) public prepaid;
    mapping(uint256 feed => Expected[] rounds) private _expected;
    mapping(uint256 feed => Run[] runs) private _runs;
    mapping(uint256 feed => mapping(uint256 slot => uint256 count)) private _slots;
    mapping(RequestId id => RequestParams params) private _params;
    mapping(RequestId id => Finality finality) private _finalities;
    bool public slotRunTwice;
    bool public slotRunOutOfOrder;
    bool public finalityMovedBack;
    bool public rewardWrong;
    uint256 public lateAnswers;
    uint256 public superseded;
    uint256 public overturned;
    bool private _failing;
    uint256 private _now = 1_000_000_000;

    function init(
        IInferenceRequests requests_,
        StakeVault vault,
        IEvidenceRouter router,
        SignatureEvidence signatures
    ) external payable {
        (requests, _router) = (requests_, router);
        vm.warp(_now);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            address account = vm.addr(_keyOf(i));
            vm.deal(account, 1_000 ether);
            vm.prank(account);
            vault.authorise(address(requests_), true);
            vm.prank(account);
            vault.authorise(address(signatures), true);
            vm.prank(account);
            vault.stake{value: 1_000 ether}();
            vm.prank(account);
            signatures.post(1 ether);
        }
        for (uint256 i = 0; i < FEEDS; ++i) {
            feeds.push(new ModelFeed({requests_: requests_, sponsor_: address(this), terms_: _terms(i == 1)}));
            topUp(i, 0, 1 ether);
        }
    }

    /// @dev The runner keeps the time of a call that it reverts.
    modifier timed() {
        vm.warp(_now);
        _;
    }

    receive() external payable {}

    /* THE SCHEDULE */

    function run(uint256 which, uint256 keeper) public timed {
        uint256 index = which % FEEDS;
        ModelFeed feed = feeds[index];
        // Mostly in a slot that has not been run.
        if (keeper % 4 != 0 && _slots[index][_slot()] > 0) {
            _waitUntil(START + (_slot() + 1) * INTERVAL + (keeper % 700));
        }
        address payee = keeperOf(keeper);
        uint256 owed = feed.rewardsOf(payee);
        bytes32 provenance = _provenance();
        uint256 credit = requests.creditOf(address(0), address(feed));
        uint256 before = feed.balance();
        RequestId id = feed.run(payee);

        uint256 slot = _slot();
        if (++_slots[index][slot] > 1) slotRunTwice = true;
        uint256 count = _runs[index].length;
        if (count > 0 && (_runs[index][count - 1].startedAt - START) / INTERVAL >= slot) slotRunOutOfOrder = true;
        uint256 reward = feed.rewardsOf(payee) - owed;
        uint256 late = (_now - START) % INTERVAL;
        if (reward != (late >= 600 ? 6_000 gwei : (late * 6_000 gwei) / 600)) rewardWrong = true;
        _runs[index].push(Run({id: id, startedAt: _now, provenance: provenance, answer: 0, confidence: 0}));
        uint256 escrow = _copyParams(id, index, count);
        if (before < escrow + reward) prepaid[index] += credit;
        prepaid[index] -= escrow + reward;
    }

    function topUp(uint256 which, uint256 donor, uint96 amount) public {
        uint256 index = which % FEEDS;
        address account = address(uint160(0xD000 + (donor % DONORS)));
        uint256 value = amount % 2 ether;
        vm.deal(account, value);
        vm.prank(account);
        (bool sent, ) = address(feeds[index]).call{value: value}("");
        require(sent, "refused");
        prepaid[index] += value;
    }

    function collect(uint256 which) external timed {
        uint256 index = which % FEEDS;
        uint256 credit = requests.creditOf(address(0), address(feeds[index]));
        feeds[index].collect();
        prepaid[index] += credit;
    }

    function collectCompensation(uint256 which) external timed {
        feeds[which % FEEDS].collectCompensation();
    }

    function withdraw(uint256 which, uint96 amount) external timed {
        uint256 index = which % FEEDS;
        uint256 some = amount % (feeds[index].balance() / 4 + 2);
        feeds[index].withdraw(some, payable(address(0xBEEF)));
        prepaid[index] -= some;
    }

    function withdrawRewards(uint256 which, uint256 keeper) external timed {
        vm.prank(keeperOf(keeper));
        feeds[which % FEEDS].withdrawRewards(payable(address(0xBEEF)));
    }

    function fail(uint8 seed) external {
        _failing = seed % 4 == 0;
    }

    function pass(uint32 wait) external {
        _waitUntil(_now + (wait % 10 minutes));
    }

    function passLong(uint32 wait) external {
        _waitUntil(_now + (wait % 1 hours));
    }

    /* THE ANSWERS */

    function lock(uint256 which, uint256 back, uint256 operator) public timed {
        (, Run storage some) = _pick(which, back, IInferenceRequests.Status.Open);
        vm.prank(vm.addr(_keyOf(operator % OPERATORS)));
        requests.lock(some.id, _params[some.id]);
    }

    function fulfil(uint256 which, uint256 back, int32 answer, int32 confidence) public timed {
        (uint256 index, Run storage some) = _pick(which, back, IInferenceRequests.Status.Locked);
        Evidence[] memory evidence = _sign(some, requests.operatorOf(some.id), answer, confidence);
        requests.fulfil(some.id, _params[some.id], _outputOf(some), evidence);
        _note(index, some);
    }

    function expire(uint256 which, uint256 back) public timed {
        (, Run storage some) = _pick(which, back, IInferenceRequests.Status.Open);
        if (back % 4 == 0) _waitUntil(_params[some.id].deadline + 1);
        requests.expire(some.id, _params[some.id]);
    }

    function fulfilLate(uint256 which, uint256 back, uint256 operator, int32 answer) public timed {
        (uint256 index, Run storage some) = _pick(which, back, IInferenceRequests.Status.Expired);
        address account = vm.addr(_keyOf(operator % OPERATORS));
        Evidence[] memory evidence = _sign(some, account, answer, answer);
        requests.fulfilLate(some.id, _params[some.id], account, _outputOf(some), evidence);
        _note(index, some);
        ++lateAnswers;
    }

    function finalize(uint256 back) public timed {
        (uint256 index, Run storage some) = _pick(1, back, IInferenceRequests.Status.Provisional);
        if (back % 2 == 0) _waitUntil(requests.windowEndOf(some.id) + 1);
        requests.finalize(some.id, _params[some.id], _outputOf(some));
        _note(index, some);
    }

    function contest(uint256 back) public timed {
        (, Run storage some) = _pick(1, back, IInferenceRequests.Status.Provisional);
        requests.contest(some.id);
    }

    function resolve(uint256 back, bool upheld) public timed {
        (uint256 index, Run storage some) = _pick(1, back, IInferenceRequests.Status.Challenged);
        requests.resolve(some.id, _params[some.id], _outputOf(some), upheld, address(0xBEEF));
        if (!upheld) ++overturned;
        _note(index, some);
    }

    /// @inheritdoc IInputAdapter
    function inputOf(ReleaseId, bytes calldata) external view returns (uint256[] memory words, bytes32 provenance) {
        require(!_failing, "no input");
        words = new uint256[](1);
        provenance = _provenance();
    }

    /* WHAT THE INVARIANTS READ */

    function keeperOf(uint256 keeper) public pure returns (address) {
        return address(uint160(0xEE00 + (keeper % KEEPERS)));
    }

    function expectedCount(uint256 feed) external view returns (uint256) {
        return _expected[feed].length;
    }

    function expectedOf(uint256 feed, uint256 round) external view returns (Expected memory) {
        return _expected[feed][round - 1];
    }

    /// @dev How many requests a feed waits for, each by what the requests' contract says of it.
    function awaited(uint256 feed) external view returns (uint256 count) {
        for (uint256 i = 0; i < _runs[feed].length; ++i) {
            RequestId id = _runs[feed][i].id;
            IInferenceRequests.Status status = requests.statusOf(id);
            bool lockable = status == IInferenceRequests.Status.Open && _now <= _params[id].lockDeadline;
            bool locked = status == IInferenceRequests.Status.Locked && _now <= _params[id].deadline;
            if (lockable || locked || status == IInferenceRequests.Status.Provisional) ++count;
        }
    }

    /* HELP */

    function _waitUntil(uint256 time) private {
        if (time > _now) _now = time;
        vm.warp(_now);
        for (uint256 i = 0; i < FEEDS; ++i) {
            for (uint256 j = 0; j < _runs[i].length; ++j) _look(_runs[i][j].id);
        }
    }

    /// @dev An answer is a round if it is final and its input newer than that of the last.
    function _note(uint256 index, Run storage some) private {
        _look(some.id);
        if (requests.finalityOf(some.id) != Finality.Final) return;
        Expected[] storage rounds = _expected[index];
        if (rounds.length > 0 && rounds[rounds.length - 1].startedAt >= some.startedAt) {
            ++superseded;
            return;
        }
        rounds.push(
            Expected({
                request: some.id,
                answer: _decimal(some.answer),
                confidence: _decimal(some.confidence),
                provenance: some.provenance,
                startedAt: some.startedAt,
                updatedAt: _now
            })
        );
    }

    function _look(RequestId id) private {
        Finality finality = requests.finalityOf(id);
        if (finality < _finalities[id]) finalityMovedBack = true;
        if (_finalities[id] > Finality.Provisional && finality != _finalities[id]) finalityMovedBack = true;
        _finalities[id] = finality;
    }

    /// @dev Rounds half up by division: in five decimals of 2^-8.
    function _decimal(int32 element) private pure returns (int256) {
        int256 doubled = int256(element) * 1e5 * 2 + 256;
        int256 quotient = doubled / 512;
        return doubled % 512 < 0 ? quotient - 1 : quotient;
    }

    function _slot() private view returns (uint256) {
        return (_now - START) / INTERVAL;
    }

    /// @dev Of the last three, mostly one with which the call may succeed.
    function _pick(
        uint256 which,
        uint256 back,
        IInferenceRequests.Status wanted
    ) private view returns (uint256 index, Run storage some) {
        index = which % FEEDS;
        uint256 count = _runs[index].length;
        uint256 recent = count < 3 ? count : 3;
        for (uint256 i = 0; i < recent && (back >> 8) % 8 != 0; ++i) {
            some = _runs[index][count - 1 - addmod(back, i, recent)];
            if (requests.statusOf(some.id) == wanted) return (index, some);
        }
        some = _runs[index][count - 1 - (back % recent)];
    }

    function _provenance() private view returns (bytes32) {
        return keccak256(abi.encode(_now));
    }

    function _outputOf(Run storage some) private view returns (uint256[] memory words) {
        words = new uint256[](1);
        words[0] = uint256(int256(some.answer) + 2 ** 31) | (uint256(int256(some.confidence) + 2 ** 31) << 32);
    }

    function _sign(
        Run storage some,
        address operator,
        int32 answer,
        int32 confidence
    ) private returns (Evidence[] memory evidence) {
        (some.answer, some.confidence) = (answer, confidence);
        Statement memory statement = Statement({
            release: ReleaseId.wrap(bytes32(uint256(7))),
            request: some.id,
            operator: operator,
            inputHash: keccak256(abi.encodePacked(new uint256[](1))),
            outputHash: keccak256(abi.encodePacked(_outputOf(some)))
        });
        for (uint256 i = 0; i < OPERATORS; ++i) {
            if (vm.addr(_keyOf(i)) != operator) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(i), statement.digestFor(address(_router)));
            evidence = new Evidence[](1);
            evidence[0] = Evidence({kind: EvidenceKind.Signature, data: abi.encodePacked(r, s, v)});
        }
    }

    function _copyParams(RequestId id, uint256 index, uint256 nonce) private returns (uint256) {
        RequestParams storage copy = _params[id];
        copy.nonce = nonce;
        copy.release = ReleaseId.wrap(bytes32(uint256(7)));
        copy.input.push(0);
        Policy memory policy = _policy(index == 1);
        for (uint256 i = 0; i < policy.allOf.length; ++i) {
            copy.policy.allOf.push();
            copy.policy.allOf[i].anyOf.push(policy.allOf[i].anyOf[0]);
        }
        (copy.minFee, copy.maxFee, copy.rampStart) = (1e12, 2e12, uint40(_now));
        (copy.stake, copy.bond, copy.cover) = (1e15, 1e14, 1e13);
        (copy.maxGasPrice, copy.verificationGas) = (1 gwei, 100_000);
        (copy.callbackGas, copy.provisionalGas) = (300_000, index == 1 ? 200_000 : 0);
        (copy.lockDeadline, copy.deadline) = (uint40(_now + 30 minutes), uint40(_now + 90 minutes));
        return copy.escrow();
    }

    function _policy(bool optimistic) private pure returns (Policy memory) {
        if (!optimistic) return Policies.all(Policies.signature());
        return Policies.all(Policies.signature(), Policies.optimisticByQuorum(WINDOW, 2, 3));
    }

    function _terms(bool optimistic) private view returns (FeedTerms memory terms) {
        terms.schedule.release = ReleaseId.wrap(bytes32(uint256(7)));
        terms.schedule.policy = _policy(optimistic);
        terms.schedule.adapter = this;
        (terms.schedule.start, terms.schedule.interval) = (START, INTERVAL);
        (terms.schedule.minFee, terms.schedule.maxFee) = (1e12, 2e12);
        (terms.schedule.stake, terms.schedule.bond, terms.schedule.cover) = (1e15, 1e14, 1e13);
        (terms.schedule.maxGasPrice, terms.schedule.verificationGas) = (1 gwei, 100_000);
        (terms.schedule.callbackGas, terms.schedule.provisionalGas) = (300_000, optimistic ? 200_000 : 0);
        (terms.schedule.lockPeriod, terms.schedule.answerPeriod) = (30 minutes, 90 minutes);
        (terms.schedule.minReward, terms.schedule.maxReward, terms.schedule.rewardRamp) = (0, 6_000 gwei, 600);
        (terms.answerIndex, terms.confidenceIndex, terms.decimals) = (0, 1, 5);
        (terms.capacity, terms.maxAge) = (uint16(CAPACITY), type(uint32).max);
    }

    function _keyOf(uint256 operator) private pure returns (uint256) {
        return 0xC0FFEE + operator;
    }
}
