// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {IQuorum} from "../../../contracts/interfaces/IQuorum.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {ICircuitRegistry} from "../../../contracts/interfaces/ICircuitRegistry.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IOperatorPools} from "../../../contracts/interfaces/IOperatorPools.sol";
import {CodeStorage} from "../../../contracts/libraries/CodeStorage.sol";
import {TensorEncoding, WordMode} from "../../../contracts/types/Circuit.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {CircuitId, ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Clause, Requirement} from "../../../contracts/types/Policy.sol";
import {RequestParams} from "../../../contracts/types/Request.sol";
import {Round, RoundId, RoundOrder, RoundStatus, Seat, SeatStatus} from "../../../contracts/types/Round.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
import {vm} from "../Vm.sol";

interface VmBlocks {
    function roll(uint256 number) external;

    function setBlockhash(uint256 number, bytes32 hash) external;

    function prevrandao(bytes32 value) external;
}

VmBlocks constant blocks = VmBlocks(address(vm));

/// @dev One release with a circuit of two unsigned elements of 8 bits.
contract OneRelease {
    address public constant PUBLISHER = address(0xbeef);
    address private immutable _pointer;

    constructor() {
        // As `ReleaseCode` lays out what `releaseOf` returns, without a floor.
        uint256 head = uint160(PUBLISHER) | (700 << 160);
        uint256 tensors = 1 | (8 << 24) | ((2 | (8 << 24)) << 128);
        bytes memory record = abi.encode(head, tensors, bytes32(uint256(1)), 0);
        _pointer = CodeStorage.write(bytes.concat(record, abi.encode(new Clause[](0), uint128(0))));
    }

    function releaseOf(ReleaseId) public pure returns (IModelRegistry.ReleaseRecord memory record) {
        (record.publisher, record.circuit, record.royaltyBps) = (PUBLISHER, CircuitId.wrap(bytes32(uint256(1))), 700);
        (record.input, record.output) = encodingsOf(record.circuit);
    }

    function pointerOf(ReleaseId) external view returns (address) {
        return _pointer;
    }

    function floorOf(ReleaseId) external pure returns (Clause[] memory allOf, uint128 minStake) {}

    function encodingsOf(CircuitId) public pure returns (TensorEncoding memory input, TensorEncoding memory output) {
        input = TensorEncoding({mode: WordMode.Public, elements: 1, bits: 8, isSigned: false});
        output = TensorEncoding({mode: WordMode.Public, elements: 2, bits: 8, isSigned: false});
    }
}

/// @dev Acts as twelve members, a requester and a contract that orders rounds, and remembers what they did.
contract QuorumHandler {
    uint256 public constant MEMBERS = 12;
    uint80 public constant STAKE = 0.1 ether;
    ReleaseId private constant RELEASE = ReleaseId.wrap(bytes32(uint256(7)));

    IQuorum public immutable quorum;
    StakeVault public immutable vault;
    IInferenceRequests public immutable requests;

    address[] public members;
    RoundId[] public rounds;
    mapping(RoundId round => mapping(uint256 seat => uint256[] output)) private _outputs;
    mapping(RoundId round => RequestParams params) private _params;
    mapping(address account => uint256 amount) public withdrawn;
    mapping(address account => uint256 amount) public slashed;
    uint256 public concluded;
    uint256 public failed;
    uint256 public settled;
    bool public changedAfterEnd;
    uint256 private _nonce;
    uint256 private _now = block.timestamp;

    constructor(IQuorum quorum_, StakeVault vault_, IInferenceRequests requests_) payable {
        (quorum, vault, requests) = (quorum_, vault_, requests_);
        for (uint256 i = 0; i < MEMBERS; ++i) {
            address member = address(uint160(0x1000 + i));
            members.push(member);
            vm.deal(member, 3 ether);
            vm.prank(member);
            vault.stake{value: 3 ether}();
            vm.prank(member);
            vault.authorise(address(quorum), true);
            _serve(member, address(this));
            _serve(member, address(requests));
        }
    }

    /// @dev So that rounds come to their end before others begin.
    modifier fewLive() {
        for (uint256 i = rounds.length < 3 ? 0 : rounds.length - 3; i < rounds.length; ++i) {
            if (quorum.recordOf(rounds[i]).status >= RoundStatus.Concluded) {
                _;
                return;
            }
        }
        require(rounds.length < 3, "enough rounds");
        _;
    }

    /// @dev The runner keeps the time of a call that it reverts.
    modifier timed() {
        vm.warp(_now);
        _;
    }

    receive() external payable {}

    /* ACTIONS */

    function ask(uint256 seed) external timed fewLive {
        (uint8 k, uint8 n, uint32 tolerance) = _panel(seed);
        RequestParams memory params;
        params.nonce = ++_nonce;
        params.release = RELEASE;
        params.input = new uint256[](1);
        params.policy.allOf = new Clause[](1);
        params.policy.allOf[0].anyOf = new Requirement[](1);
        uint256 packed = k | (uint256(n) << 8) | (uint256(tolerance) << 16);
        params.policy.allOf[0].anyOf[0] = Requirement(EvidenceKind.Quorum, uint64(packed), 0);
        // No multiple of a panel's size.
        (params.minFee, params.maxFee) = (1e15 + 1, 1e15 + 1);
        (params.stake, params.cover) = (STAKE, 1e14);
        params.lockDeadline = uint40(block.timestamp + 30 minutes);
        params.deadline = uint40(block.timestamp + 1 hours);
        RequestId id = requests.request{value: params.maxFee}(params);
        RoundId round = quorum.openFor(id, params);
        rounds.push(round);
        _params[round] = params;
    }

    function order(uint256 seed) external timed fewLive {
        (uint8 k, uint8 n, uint32 tolerance) = _panel(seed);
        RoundId round = quorum.openRound{value: 1e15 + 1}(
            RoundOrder({
                release: RELEASE,
                request: RequestId.wrap(bytes32(seed)),
                inputHash: bytes32(seed),
                k: k,
                n: n > 11 ? 11 : n,
                tolerance: tolerance,
                stake: STAKE,
                deadline: uint40(block.timestamp + 1 hours),
                excluded: members[seed % MEMBERS],
                beneficiary: address(this)
            })
        );
        rounds.push(round);
    }

    function draw(uint256 seed) external timed {
        (RoundId round, Round memory record) = _pick(seed, RoundStatus.Open);
        if (block.number <= record.seedBlock) blocks.roll(record.seedBlock + 1 + (seed % 100));
        bytes memory header = bytes.concat(new bytes(448), hex"808080808080a0", keccak256(abi.encode(seed)));
        blocks.setBlockhash(record.seedBlock, keccak256(header));
        quorum.draw(round, header);
        _note(round, record);
    }

    function commit(uint256 seed, uint8 noise) external timed {
        (RoundId round, Round memory record) = _pick(seed, RoundStatus.Drawn);
        // Several seats at once, so that sequences get far; the noise says who stays away: about one in four.
        for (uint256 i = 0; i < record.seats; ++i) {
            if ((noise >> (i % 4)) & 0x11 == 0 || record.status != RoundStatus.Drawn) continue;
            Seat memory seat = quorum.seatOf(round, i);
            if (seat.status != SeatStatus.Seated) continue;
            uint256 value = uint256(keccak256(abi.encode(seed, i)));
            _outputs[round][i] = new uint256[](1);
            _outputs[round][i][0] = (100 + (value % 3)) | ((value % 11 == 0 ? 255 : 50) << 8);
            bytes32 commitment = quorum.commitmentOf(
                round,
                seat.operator,
                keccak256(abi.encodePacked(_outputs[round][i])),
                bytes32(i)
            );
            vm.prank(seat.operator);
            quorum.commit(round, i, commitment);
        }
    }

    function reveal(uint256 seed, uint8 noise) external timed {
        (RoundId round, Round memory record) = _pick(seed, RoundStatus.Drawn);
        (, uint256 commitDeadline, ) = quorum.deadlinesOf(round);
        // Who has not committed by then is absent.
        if (seed % 2 == 0 && record.committed > 0) _waitUntil(commitDeadline + 1);
        for (uint256 i = 0; i < record.seats; ++i) {
            if ((noise >> (i % 4)) & 0x11 == 0) continue;
            Seat memory seat = quorum.seatOf(round, i);
            if (seat.status != SeatStatus.Committed) continue;
            vm.prank(seat.operator);
            quorum.reveal(round, i, _outputs[round][i], bytes32(i));
        }
    }

    function conclude(uint256 seed) external timed {
        (RoundId round, Round memory record) = _pick(seed, RoundStatus.Drawn);
        if (record.status == RoundStatus.Concluded || record.status == RoundStatus.Failed) {
            try quorum.conclude(round, new uint256[][](0)) {
                changedAfterEnd = true;
            } catch {}
            return;
        }
        (uint256 drawDeadline, , uint256 revealDeadline) = quorum.deadlinesOf(round);
        if (seed % 4 == 0) _waitUntil((record.status == RoundStatus.Open ? drawDeadline : revealDeadline) + 1);
        bool needed = record.tolerance > 0 && record.revealed >= record.k;
        quorum.conclude(round, needed ? outputsOf(round) : new uint256[][](0));
        _note(round, record);
    }

    function answer(uint256 seed) external timed {
        (RoundId round, Round memory record) = _pick(seed, RoundStatus.Concluded);
        if (record.status == RoundStatus.Failed) {
            quorum.unlock(record.request, _params[round]);
            return;
        }
        uint256[] memory output = naiveMedian(round);
        Evidence[] memory evidence = new Evidence[](1);
        evidence[0].kind = EvidenceKind.Quorum;
        requests.fulfil(record.request, _params[round], output, evidence);
    }

    function settle(uint256 seed) external timed {
        (RoundId round, Round memory record) = _pick(seed, RoundStatus.Concluded);
        // The next that is not settled, if one is not.
        for (uint256 i = 0; i < 6 && record.settled; ++i) (round, record) = _pick(seed + i, RoundStatus.Concluded);
        quorum.settle(round);
        ++settled;
    }

    function withdraw(uint256 seed) external timed {
        address account = members[seed % MEMBERS];
        // The next that has a credit, if any has.
        for (uint256 i = 0; i < MEMBERS && quorum.creditOf(address(0), account) == 0; ++i) {
            account = members[addmod(seed, i, MEMBERS)];
        }
        uint256 credit = quorum.creditOf(address(0), account);
        vm.prank(account);
        quorum.withdraw(address(0), payable(account));
        withdrawn[account] += credit;
    }

    function resign(uint256 seed) external timed {
        IOperatorPools pools = quorum.pools();
        vm.prank(members[seed % MEMBERS]);
        pools.resign((seed >> 8) % 2 == 0 ? address(this) : address(requests), RELEASE);
    }

    function serve(uint256 seed) external timed {
        _serve(members[seed % MEMBERS], (seed >> 8) % 2 == 0 ? address(this) : address(requests));
    }

    function pass(uint16 time) external {
        _waitUntil(_now + (time % 15 minutes));
    }

    /* WHAT HAPPENED */

    function roundCount() external view returns (uint256) {
        return rounds.length;
    }

    /// @dev Of a member, by the address that it got.
    function indexOf(address member) external view returns (uint256) {
        return uint160(member) - uint160(members[0]);
    }

    function outputsOf(RoundId round) public view returns (uint256[][] memory outputs) {
        Round memory record = quorum.recordOf(round);
        outputs = new uint256[][](record.revealed);
        uint256 count = 0;
        for (uint256 i = 0; i < record.seats; ++i) {
            if (quorum.seatOf(round, i).status >= SeatStatus.Revealed) outputs[count++] = _outputs[round][i];
        }
    }

    /// @dev Of each byte, by counting.
    function naiveMedian(RoundId round) public view returns (uint256[] memory output) {
        uint256[][] memory outputs = outputsOf(round);
        output = new uint256[](1);
        for (uint256 shift = 0; shift < 16; shift += 8) {
            for (uint256 value = 0; value < 256; ++value) {
                uint256 upTo = 0;
                for (uint256 i = 0; i < outputs.length; ++i) {
                    if ((outputs[i][0] >> shift) & 255 <= value) ++upTo;
                }
                if (upTo > (outputs.length - 1) / 2) {
                    output[0] |= value << shift;
                    break;
                }
            }
        }
    }

    function isWithin(RoundId round, uint256 seat, uint256 tolerance) external view returns (bool) {
        uint256 middle = naiveMedian(round)[0];
        uint256 word = _outputs[round][seat][0];
        for (uint256 shift = 0; shift < 16; shift += 8) {
            int256 difference = int256((word >> shift) & 255) - int256((middle >> shift) & 255);
            if (difference > int256(tolerance) || -difference > int256(tolerance)) return false;
        }
        return true;
    }

    function _note(RoundId round, Round memory before) private {
        Round memory record = quorum.recordOf(round);
        if (record.status == RoundStatus.Concluded) ++concluded;
        if (record.status == RoundStatus.Failed) ++failed;
        bool ended = record.status == RoundStatus.Concluded || record.status == RoundStatus.Failed;
        if (!ended || before.status != RoundStatus.Drawn) return;
        for (uint256 i = 0; i < record.seats; ++i) {
            Seat memory seat = quorum.seatOf(round, i);
            if (seat.status < SeatStatus.Revealed) slashed[seat.operator] += STAKE / 2;
        }
    }

    /// @dev Of the last few rounds, so that some come to their end: mostly one with which the call may succeed.
    function _pick(uint256 seed, RoundStatus wanted) private view returns (RoundId round, Round memory record) {
        uint256 recent = wanted == RoundStatus.Concluded ? 6 : 3;
        if (recent > rounds.length) recent = rounds.length;
        for (uint256 i = 0; i <= recent; ++i) {
            round = rounds[rounds.length - 1 - (addmod(seed, i, recent))];
            record = quorum.recordOf(round);
            if (record.status == wanted || (seed >> 8) % 8 == 0) break;
        }
    }

    function _waitUntil(uint256 time) private {
        if (time > _now) _now = time;
        vm.warp(_now);
    }

    function _panel(uint256 seed) private pure returns (uint8 k, uint8 n, uint32 tolerance) {
        n = uint8(seed % 7) + 1;
        k = n / 2 + 1;
        tolerance = uint32((seed >> 8) % 3);
    }

    function _serve(address member, address client) private {
        IOperatorPools pools = quorum.pools();
        vm.prank(member);
        pools.serve(client, RELEASE, IOperatorPools.Terms(address(0), 0, STAKE, 50));
    }
}

contract QuorumInvariants {
    QuorumHandler private _handler;
    IQuorum private _quorum;
    StakeVault private _vault;

    function setUp() public {
        vm.warp(1_800_000_000);
        blocks.roll(1000);
        blocks.prevrandao(keccak256("beacon"));
        OneRelease registries = new OneRelease();
        _vault = new StakeVault(IERC20(address(new WrappedNative("Wrapped Ether", "WETH"))));
        IModelRegistry models = IModelRegistry(address(registries));
        ICircuitRegistry circuits = ICircuitRegistry(address(registries));
        _quorum = IQuorum(
            deployArtifact("Quorum.sol:Quorum", abi.encode(_vault, models, circuits, 1 ether, address(this)))
        );
        IEvidenceVerifier[] memory verifiers = new IEvidenceVerifier[](1);
        verifiers[0] = _quorum;
        address router = deployArtifact("EvidenceRouter.sol:EvidenceRouter", abi.encode(models, circuits, verifiers));
        IInferenceRequests requests = IInferenceRequests(
            deployArtifact(
                "InferenceRequests.sol:InferenceRequests",
                abi.encode(router, _vault, models, circuits, address(0), address(0))
            )
        );
        _quorum.bind(requests);
        vm.deal(address(this), 1000 ether);
        _handler = new QuorumHandler{value: 1000 ether}(_quorum, _vault, requests);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            QuorumHandler.ask.selector,
            QuorumHandler.order.selector,
            QuorumHandler.draw.selector,
            QuorumHandler.commit.selector,
            QuorumHandler.reveal.selector,
            QuorumHandler.conclude.selector
        );
        bytes memory seldom = bytes.concat(
            QuorumHandler.answer.selector,
            QuorumHandler.settle.selector,
            QuorumHandler.withdraw.selector,
            QuorumHandler.resign.selector,
            QuorumHandler.serve.selector,
            QuorumHandler.pass.selector
        );
        return weighted(address(_handler), often, seldom);
    }

    /// @dev A round of each sort goes through, step by step.
    function test_HandlerDrivesRounds() external {
        for (uint256 i = 0; i < 6; ++i) {
            uint256 before = _handler.concluded();
            if (i % 2 == 0) _handler.ask(i + 256);
            else _handler.order(i + 256);
            _handler.draw(0);
            _handler.commit(6 * i, type(uint8).max);
            _handler.reveal(6 * i, type(uint8).max);
            _handler.conclude(0);
            uint256 concluded = _handler.concluded();
            if (i % 2 != 0 || concluded == before) continue;
            _handler.answer(0);
            _handler.settle(0);
        }
        require(_handler.concluded() > 2, "few rounds concluded");
        require(_handler.settled() > 0, "no request was answered");
        invariant_Quorum();
        afterInvariant();
    }

    /// @dev Sequences like those of the invariants get to every end, and the invariants hold there.
    function test_SequencesReachEveryEnd() external {
        uint256 done = 0;
        for (uint256 i = 0; i < 1500; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("sequence", i)));
            (bool possible, ) = address(_handler).call(_actionOf(seed % 17, seed >> 8));
            if (possible) ++done;
        }
        require(done > 500, "few actions were possible");
        require(_handler.failed() > 10, "few rounds failed");
        require(_handler.concluded() > 5, "few rounds concluded");
        uint256 absences = 0;
        for (uint256 m = 0; m < _handler.MEMBERS(); ++m) {
            absences += _handler.slashed(_handler.members(m)) / (_handler.STAKE() / 2);
        }
        require(absences > 20, "few were absent");
        invariant_Quorum();
        afterInvariant();
    }

    /// @dev One campaign for all properties: each names itself where it fails.
    function invariant_Quorum() public view {
        property_ExposureIsThatOfLiveRounds();
        property_OnlyAbsenceCosts();
        property_Solvent();
        property_EndIsFinal();
    }

    /// @dev At the end of each run: what these read of a round stays, so what was wrong on the way is wrong then.
    function afterInvariant() public view {
        property_OnlyAgreeingArePaidOnce();
        property_OutputIsMedianOfReveals();
    }

    /// @dev What a member exposes is what the live rounds that it sits in do: no liability leaks, and none ends early.
    function property_ExposureIsThatOfLiveRounds() public view {
        uint256 members = _handler.MEMBERS();
        uint256[] memory expected = new uint256[](members);
        for (uint256 i = 0; i < _handler.roundCount(); ++i) {
            RoundId round = _handler.rounds(i);
            Round memory record = _quorum.recordOf(round);
            for (uint256 j = 0; j < record.seats && record.status == RoundStatus.Drawn; ++j) {
                expected[_handler.indexOf(_quorum.seatOf(round, j).operator)] += record.stake;
            }
        }
        for (uint256 m = 0; m < members; ++m) {
            (uint256 own, uint256 delegated) = _vault.exposureOf(_handler.members(m));
            bool same = own + delegated == expected[m];
            require(same, "ExposureIsThatOfLiveRounds: exposed to another amount than rounds need");
        }
    }

    /// @dev A member loses half of what it exposed for each absence, and nothing else.
    function property_OnlyAbsenceCosts() public view {
        for (uint256 m = 0; m < _handler.MEMBERS(); ++m) {
            address member = _handler.members(m);
            (uint256 own, ) = _vault.stakeOf(member);
            require(
                own + _handler.slashed(member) == 3 ether,
                "OnlyAbsenceCosts: lost another amount than absence costs"
            );
        }
    }

    /// @dev A member is paid its share of the settled rounds in which it agreed, once, and the shares of a round are its fee.
    function property_OnlyAgreeingArePaidOnce() public view {
        uint256 members = _handler.MEMBERS();
        uint256[] memory expected = new uint256[](members);
        for (uint256 i = 0; i < _handler.roundCount(); ++i) _addShares(_handler.rounds(i), expected);
        for (uint256 m = 0; m < members; ++m) {
            address member = _handler.members(m);
            uint256 paid = _quorum.creditOf(address(0), member) + _handler.withdrawn(member);
            require(paid == expected[m], "OnlyAgreeingArePaidOnce: paid another amount than its shares");
        }
    }

    function property_Solvent() public view {
        uint256 owed = _quorum.creditOf(address(0), address(_handler));
        for (uint256 m = 0; m < _handler.MEMBERS(); ++m) {
            owed += _quorum.creditOf(address(0), _handler.members(m));
        }
        for (uint256 i = 0; i < _handler.roundCount(); ++i) {
            Round memory record = _quorum.recordOf(_handler.rounds(i));
            if (record.prepaid && !record.settled) owed += record.fee;
        }
        require(address(_quorum).balance >= owed, "Solvent: owes more than it has");
    }

    function property_OutputIsMedianOfReveals() public view {
        for (uint256 i = 0; i < _handler.roundCount(); ++i) {
            RoundId round = _handler.rounds(i);
            Round memory record = _quorum.recordOf(round);
            bool concluded = record.status == RoundStatus.Concluded;
            require(concluded == (record.agreed > 0), "OutputIsMedianOfReveals: agreed without a conclusion");
            if (!concluded) continue;
            require(record.agreed >= record.k, "OutputIsMedianOfReveals: fewer agree than must");
            require(
                record.outputHash == keccak256(abi.encodePacked(_handler.naiveMedian(round))),
                "OutputIsMedianOfReveals: not the median"
            );
            uint256 agreed = 0;
            for (uint256 j = 0; j < record.seats; ++j) {
                SeatStatus status = _quorum.seatOf(round, j).status;
                if (status < SeatStatus.Revealed) continue;
                bool within = _handler.isWithin(round, j, record.tolerance);
                require(
                    within == (status == SeatStatus.Agreed),
                    "OutputIsMedianOfReveals: agrees beyond the tolerance, or not within it"
                );
                if (within) ++agreed;
            }
            require(agreed == record.agreed, "OutputIsMedianOfReveals: counted another number");
        }
    }

    function property_EndIsFinal() public view {
        require(!_handler.changedAfterEnd(), "EndIsFinal: ended twice");
        uint256 ended = 0;
        for (uint256 i = 0; i < _handler.roundCount(); ++i) {
            RoundStatus status = _quorum.recordOf(_handler.rounds(i)).status;
            if (status == RoundStatus.Concluded || status == RoundStatus.Failed) ++ended;
        }
        require(ended == _handler.concluded() + _handler.failed(), "EndIsFinal: an end did not last");
    }

    function _actionOf(uint256 action, uint256 seed) private pure returns (bytes memory) {
        bytes4[9] memory selectors = [
            QuorumHandler.ask.selector,
            QuorumHandler.order.selector,
            QuorumHandler.draw.selector,
            QuorumHandler.conclude.selector,
            QuorumHandler.answer.selector,
            QuorumHandler.settle.selector,
            QuorumHandler.withdraw.selector,
            QuorumHandler.resign.selector,
            QuorumHandler.serve.selector
        ];
        // Time passes now and then, also so far that phases end.
        if (action == 16) return abi.encodeCall(QuorumHandler.pass, (uint16(seed)));
        if (action == 15) action = 2;
        if (action < 9) return abi.encodeWithSelector(selectors[action], seed);
        // Three in four seats.
        uint8 noise = uint8(seed | (seed >> 64));
        bytes4 selector = action % 2 == 1 ? QuorumHandler.commit.selector : QuorumHandler.reveal.selector;
        return abi.encodeWithSelector(selector, seed, noise);
    }

    /// @dev First of those that agreed gets what cannot be divided; together they get the fee.
    function _addShares(RoundId round, uint256[] memory expected) private view {
        Round memory record = _quorum.recordOf(round);
        if (!record.settled || record.agreed == 0) return;
        uint256 left = record.fee;
        uint256 equal = record.fee / record.agreed;
        uint256 share = equal + (record.fee % record.agreed);
        for (uint256 i = 0; i < record.seats; ++i) {
            Seat memory seat = _quorum.seatOf(round, i);
            if (seat.status != SeatStatus.Agreed) continue;
            expected[_handler.indexOf(seat.operator)] += share;
            (left, share) = (left - share, equal);
        }
        require(left == 0, "OnlyAgreeingArePaidOnce: shared out another amount than the fee");
    }
}
