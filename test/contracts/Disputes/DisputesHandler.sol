// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Disputes} from "../../../contracts/Disputes.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IArbiter} from "../../../contracts/interfaces/IArbiter.sol";
import {IDisputes} from "../../../contracts/interfaces/IDisputes.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {Policies} from "../../../contracts/libraries/Policies.sol";
import {ArbiterMock} from "../../../contracts/mocks/ArbiterMock.sol";
import {Assurance} from "../../../contracts/types/Assurance.sol";
import {Finality} from "../../../contracts/types/Delivery.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {SetupTrust} from "../../../contracts/types/Policy.sol";
import {RequestParams} from "../../../contracts/types/Request.sol";
import {Statement} from "../../../contracts/types/Statement.sol";
import {vm} from "../Vm.sol";

uint256 constant RIGHT = 1;
uint256 constant WRONG = 2;

/// @title RightAnswers
/// @notice A proof system in which the right output alone can be proven, by the digest of its statement.
contract RightAnswers is IEvidenceVerifier {
    error NotProven();

    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Zk;
    }

    function verify(
        Statement calldata,
        bytes32 digest,
        uint256[] calldata,
        uint256[] calldata output,
        bytes calldata data
    ) external pure returns (Assurance memory assurance) {
        require(output[0] == RIGHT && data.length == 32 && bytes32(data) == digest, NotProven());
        assurance.kinds = uint8(1 << uint8(EvidenceKind.Zk));
    }
}

/// @title DisputesHandler
/// @notice Random requests, answers right and wrong, challenges and decisions by twelve accounts. One of the operators, one
/// requester and one challenger are one owner, who deals with itself alone.
contract DisputesHandler {
    struct Case {
        RequestId id;
        bytes params;
        address requester;
        address operator;
        uint256 output;
        uint256 windowEnd;
        uint256 respondBy;
        bool challenged;
        Finality finality;
        bytes32 decided;
    }

    uint256 public constant OPERATORS = 4;
    uint256 public constant PARTIES = 12;
    /// @dev Operator 3, requester 7 and challenger 11 are one.
    uint256 private constant ROLES = 4;
    uint256 public constant WEALTH = 1_000 ether;

    IInferenceRequests public requests;
    Disputes public disputes;
    StakeVault public vault;
    ArbiterMock public arbiter;
    ReleaseId private _release;

    Case[] private _cases;
    mapping(IDisputes.Status status => uint256 count) public reached;
    uint256 public finalized;
    bool public violated;

    constructor(
        IInferenceRequests requests_,
        Disputes disputes_,
        StakeVault vault_,
        ArbiterMock arbiter_,
        ReleaseId release
    ) {
        (requests, disputes, vault, arbiter, _release) = (requests_, disputes_, vault_, arbiter_, release);
        for (uint256 i = 0; i < PARTIES; ++i) vm.deal(party(i), WEALTH);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            vm.prank(party(i));
            vault_.stake{value: 500 ether}();
            vm.prank(party(i));
            vault_.authorise(address(requests_), true);
        }
    }

    /// @dev Looks at every request before and after: finality only moves forward, a decided dispute stays.
    modifier watched() {
        _;
        for (uint256 i = 0; i < _cases.length; ++i) _watch(_cases[i]);
    }

    function ask(uint256 seed, uint80 stake, uint80 bond, uint80 cover, uint40 window, bool byQuorum) external watched {
        address requester = party(ROLES + (seed % ROLES));
        stake = uint80(1 + (stake % 20 ether));
        window = uint40(1 + (window % 5 days));
        RequestParams memory params;
        params.nonce = _cases.length;
        params.release = _release;
        params.input = new uint256[](1);
        params.policy = Policies.all(
            byQuorum
                ? Policies.optimisticByQuorum(window, 2, 3)
                : Policies.optimistic(window, SetupTrust.Any, bytes32(0))
        );
        (params.minFee, params.maxFee) = (1 ether, 2 ether);
        params.rampStart = uint40(block.timestamp);
        (params.stake, params.bond, params.cover) = (stake, uint80(1 + (bond % stake)), cover % 30 ether);
        (params.lockDeadline, params.deadline) = (uint40(block.timestamp + 1 days), uint40(block.timestamp + 2 days));

        vm.prank(requester);
        RequestId id = requests.request{value: params.escrow()}(params);
        Case storage added = _cases.push();
        (added.id, added.params, added.requester) = (id, abi.encode(params), requester);
    }

    function respond(uint256 seed, uint256 operator, bool right) external watched {
        Case storage it = _case(seed, IInferenceRequests.Status.Open);
        it.operator = _owned(it.requester) ? party(3) : party(operator % 3);
        it.output = right ? RIGHT : WRONG;
        vm.prank(it.operator);
        requests.lock(it.id, _params(it));
        vm.prank(it.operator);
        requests.fulfil(it.id, _params(it), _output(it), new Evidence[](0));
        it.windowEnd = requests.windowEndOf(it.id);
    }

    function challenge(uint256 seed, uint256 challenger) external watched {
        Case storage it = _case(seed, IInferenceRequests.Status.Provisional);
        address by = _owned(it.requester) ? party(11) : party(8 + (challenger % 3));
        vm.prank(by);
        disputes.challenge{value: _params(it).bond}(requests, it.id, _params(it), _output(it));
        if (block.timestamp > it.windowEnd || it.challenged) violated = true;
        (it.challenged, it.respondBy) = (true, block.timestamp + disputes.RESPONSE_PERIOD());
    }

    function answer(uint256 seed) external watched {
        Case storage it = _case(seed, IDisputes.Status.AwaitingProof);
        uint256[] memory input = _params(it).input;
        Statement memory statement = Statement({
            release: _release,
            request: it.id,
            operator: it.operator,
            inputHash: keccak256(abi.encodePacked(input)),
            outputHash: keccak256(abi.encodePacked(_output(it)))
        });
        bytes32 digest = requests.router().digestOf(statement);
        disputes.answer(requests, it.id, _params(it), _output(it), abi.encode(digest));
        if (it.output != RIGHT) violated = true;
    }

    function timeout(uint256 seed) external watched {
        Case storage it = _case(seed, IDisputes.Status.AwaitingProof);
        disputes.timeout(requests, it.id, _params(it), _output(it));
        if (block.timestamp <= it.respondBy) violated = true;
    }

    function endRound(uint256 seed, bool fails, bool right) external watched {
        Case storage it = _case(seed, IDisputes.Status.AwaitingQuorum);
        bytes32 round = disputes.disputeOf(requests, it.id).round;
        (IArbiter.Outcome outcome, ) = arbiter.outcomeOf(round);
        require(outcome == IArbiter.Outcome.Pending);
        uint256[] memory output = new uint256[](1);
        output[0] = right ? RIGHT : WRONG;
        if (fails) arbiter.fail(round);
        else arbiter.decide(round, keccak256(abi.encodePacked(output)));
    }

    function rerun(uint256 seed, uint256 payer) external watched {
        Case storage it = _case(seed, IDisputes.Status.AwaitingQuorum);
        address by = _owned(it.requester) ? party(3) : party(payer % 3);
        vm.prank(by);
        disputes.rerun{value: _params(it).bond}(requests, it.id, _params(it), _output(it));
    }

    function conclude(uint256 seed) external watched {
        Case storage it = _case(seed, IDisputes.Status.AwaitingQuorum);
        disputes.conclude(requests, it.id, _params(it), _output(it));
    }

    /// @dev Final exactly after the window, if nobody challenged.
    function finalize(uint256 seed) external watched {
        Case storage it = _case(seed, IInferenceRequests.Status.Provisional);
        bool due = requests.statusOf(it.id) == IInferenceRequests.Status.Provisional && block.timestamp > it.windowEnd;
        try requests.finalize(it.id, _params(it), _output(it)) {
            ++finalized;
            if (!due || it.challenged) violated = true;
        } catch {
            if (due) violated = true;
        }
    }

    function expire(uint256 seed) external watched {
        Case storage it = _case(seed, IInferenceRequests.Status.Open);
        requests.expire(it.id, _params(it));
    }

    function lapse(uint256 seed) external watched {
        Case storage it = _case(seed, IInferenceRequests.Status.Fulfilled);
        vault.lapse(it.operator, address(requests), RequestId.unwrap(it.id));
    }

    function withdraw(uint256 seed) external watched {
        address by = party(seed % PARTIES);
        // The next that has a credit, if any has.
        for (uint256 i = 0; i < PARTIES && disputes.creditOf(address(0), by) == 0; ++i) {
            by = party(addmod(seed, i, PARTIES));
        }
        vm.prank(by);
        disputes.withdraw(address(0), payable(by));
    }

    function pass(uint40 time) external watched {
        vm.warp(block.timestamp + 1 + (time % 4 days));
    }

    /// @dev To the second before, at or after the end of a window or of a response.
    function passTo(uint256 seed, uint8 offset, bool response) external watched {
        Case storage it =
            response
                ? _case(seed, seed % 2 == 0 ? IDisputes.Status.AwaitingProof : IDisputes.Status.AwaitingQuorum)
                : _case(seed, IInferenceRequests.Status.Provisional);
        uint256 end = response ? disputes.disputeOf(requests, it.id).decideBy : it.windowEnd;
        uint256 time = end + (offset % 3);
        require(time > block.timestamp + 1);
        vm.warp(time - 1);
    }

    function caseCount() external view returns (uint256) {
        return _cases.length;
    }

    /// @notice Returns the bonds that are still to be won.
    function openBonds() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _cases.length; ++i) {
            if (_statusOf(_cases[i]) == IDisputes.Status.AwaitingProof) sum += _params(_cases[i]).bond;
        }
    }

    function credits() external view returns (uint256 sum) {
        for (uint256 i = 0; i < PARTIES; ++i) sum += disputes.creditOf(address(0), party(i));
    }

    /// @notice Returns what the owner of three accounts has, but for what is escrowed.
    function ownedWealth() external view returns (uint256 sum) {
        for (uint256 i = 3; i < PARTIES; i += ROLES) {
            address it = party(i);
            (uint256 own, ) = vault.stakeOf(it);
            sum += it.balance + own + vault.creditOf(it) + arbiter.refundOf(it);
            sum += disputes.creditOf(address(0), it) + requests.creditOf(address(0), it);
        }
    }

    /// @notice Returns whether a challenged answer is as final as its dispute says.
    function isConsistent(uint256 index) external view returns (bool) {
        Case storage it = _cases[index];
        IDisputes.Status status = _statusOf(it);
        Finality finality = requests.finalityOf(it.id);
        if (status == IDisputes.Status.None) return !it.challenged && finality != Finality.Overturned;
        if (status == IDisputes.Status.Upheld) return finality == Finality.Final;
        bool open = status == IDisputes.Status.AwaitingProof || status == IDisputes.Status.AwaitingQuorum;
        return finality == (open ? Finality.Provisional : Finality.Overturned);
    }

    function party(uint256 index) public pure returns (address) {
        return address(uint160(0x1000 + index));
    }

    function _watch(Case storage it) private {
        Finality finality = requests.finalityOf(it.id);
        if (finality < it.finality || (it.finality >= Finality.Final && finality != it.finality)) violated = true;
        it.finality = finality;

        IDisputes.Dispute memory dispute = disputes.disputeOf(requests, it.id);
        if (dispute.status < IDisputes.Status.Upheld) return;
        bytes32 decided = keccak256(abi.encode(dispute));
        if (it.decided == 0) {
            ++reached[dispute.status];
            it.decided = decided;
        }
        if (it.decided != decided) violated = true;
    }

    function _statusOf(Case storage it) private view returns (IDisputes.Status) {
        return disputes.disputeOf(requests, it.id).status;
    }

    /// @dev Mostly one with whose request the call may succeed; one time in eight any.
    function _case(uint256 seed, IInferenceRequests.Status wanted) private view returns (Case storage) {
        uint256 count = _cases.length;
        for (uint256 i = 0; i < count && (seed >> 8) % 8 != 0; ++i) {
            Case storage it = _cases[addmod(seed, i, count)];
            if (requests.statusOf(it.id) == wanted) return it;
        }
        return _cases[seed % count];
    }

    /// @dev As above, by its dispute.
    function _case(uint256 seed, IDisputes.Status wanted) private view returns (Case storage) {
        uint256 count = _cases.length;
        for (uint256 i = 0; i < count && (seed >> 8) % 8 != 0; ++i) {
            Case storage it = _cases[addmod(seed, i, count)];
            if (_statusOf(it) == wanted) return it;
        }
        return _cases[seed % count];
    }

    function _params(Case storage it) private view returns (RequestParams memory) {
        return abi.decode(it.params, (RequestParams));
    }

    function _output(Case storage it) private view returns (uint256[] memory output) {
        output = new uint256[](1);
        output[0] = it.output;
    }

    function _owned(address account) private pure returns (bool) {
        return account == party(7);
    }
}
