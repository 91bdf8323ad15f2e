// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeVault} from "../../../contracts/StakeVault.sol";
import {MessageBoard} from "../../../contracts/examples/MessageBoard.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {Policies} from "../../../contracts/libraries/Policies.sol";
import {Assurance} from "../../../contracts/types/Assurance.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {SetupTrust} from "../../../contracts/types/Policy.sol";
import {RequestParams} from "../../../contracts/types/Request.sol";
import {Statement} from "../../../contracts/types/Statement.sol";
import {vm} from "../Vm.sol";

uint96 constant DEPOSIT = 3 ether;
uint96 constant FEE = 1 ether;
uint40 constant WINDOW = 1 hours;

/// @title Signed
/// @notice Takes anything for a signature.
contract Signed is IEvidenceVerifier {
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Signature;
    }

    function verify(
        Statement calldata,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external pure returns (Assurance memory assurance) {
        assurance.kinds = uint8(1 << uint8(EvidenceKind.Signature));
    }
}

/// @title BoardHandler
/// @notice Random posts, answers, disputes and withdrawals by three authors and two operators; it is the contract that decides
/// disputes, too, and keeps naive books of who is owed what.
contract BoardHandler {
    struct Posted {
        address author;
        RequestId request;
        uint40 postedAt;
        uint256 output;
        MessageBoard.Status last;
    }

    uint256 public constant AUTHORS = 3;
    uint256 private constant OPERATORS = 2;
    /// @dev Messages of a run, all of which are looked at after every call.
    uint256 private constant MOST = 10;
    uint256 private constant LOGIT_ZERO = 1 << 31;

    MessageBoard public board;
    IInferenceRequests public requests;
    ReleaseId private _release;
    Posted[] private _posted;
    mapping(address author => uint256 amount) public withdrawn;
    mapping(MessageBoard.Status status => uint256 count) public reached;
    uint256 public burned;
    bool public finalMoved;
    uint256 private _now = 1_800_000_000;

    function init(MessageBoard board_, IInferenceRequests requests_, StakeVault vault, ReleaseId release) external {
        (board, requests, _release) = (board_, requests_, release);
        for (uint256 i = 0; i < AUTHORS; ++i) vm.deal(author(i), 1_000_000 ether);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            vm.deal(_operator(i), 100_000 ether);
            vm.prank(_operator(i));
            vault.stake{value: 100_000 ether}();
            vm.prank(_operator(i));
            vault.authorise(address(requests_), true);
        }
    }

    /// @dev The runner keeps the time of a call that it reverts. What is final is compared before and after.
    modifier watched() {
        vm.warp(_now);
        _;
        for (uint256 i = 0; i < _posted.length; ++i) {
            MessageBoard.Status status = board.messageOf(i + 1).status;
            Posted storage it = _posted[i];
            if (it.last >= MessageBoard.Status.Visible && status != it.last) finalMoved = true;
            if (status != it.last) ++reached[status];
            it.last = status;
        }
    }

    function post(uint256 by, bool spam) public watched {
        require(_posted.length < MOST, "enough");
        address from = author(by);
        vm.prank(from);
        uint256 id = board.post{value: DEPOSIT + FEE}(spam ? "spam" : "ham");
        _posted.push(
            Posted({
                author: from,
                request: board.messageOf(id).request,
                postedAt: uint40(_now),
                output: spam ? LOGIT_ZERO + 1 : LOGIT_ZERO,
                last: MessageBoard.Status.None
            })
        );
    }

    function cancel(uint256 seed) public watched {
        (uint256 id, Posted storage it) = _pick(seed, IInferenceRequests.Status.Open);
        RequestParams memory params = _paramsOf(id);
        vm.prank(it.author);
        board.cancel(id, params);
    }

    function lock(uint256 seed, uint256 operator) public watched {
        (uint256 id, Posted storage it) = _pick(seed, IInferenceRequests.Status.Open);
        RequestParams memory params = _paramsOf(id);
        vm.prank(_operator(operator));
        requests.lock(it.request, params);
    }

    /// @dev Right or wrong: only what becomes final counts.
    function fulfil(uint256 seed, bool wrong) public watched {
        (uint256 id, Posted storage it) = _pick(seed, IInferenceRequests.Status.Locked);
        if (wrong) it.output = 2 * LOGIT_ZERO + 1 - it.output;
        Evidence[] memory evidence = new Evidence[](1);
        evidence[0].kind = EvidenceKind.Signature;
        requests.fulfil(it.request, _paramsOf(id), _outputOf(it), evidence);
    }

    function finalize(uint256 seed) public watched {
        (uint256 id, Posted storage it) = _pick(seed, IInferenceRequests.Status.Provisional);
        if (seed % 2 == 0) pass(uint32(WINDOW) + 1);
        requests.finalize(it.request, _paramsOf(id), _outputOf(it));
    }

    function contest(uint256 seed) public watched {
        (, Posted storage it) = _pick(seed, IInferenceRequests.Status.Provisional);
        requests.contest(it.request);
    }

    function resolve(uint256 seed, bool upheld) public watched {
        (uint256 id, Posted storage it) = _pick(seed, IInferenceRequests.Status.Challenged);
        requests.resolve(it.request, _paramsOf(id), _outputOf(it), upheld, address(0xBEEF));
    }

    function expire(uint256 seed) public watched {
        bool locked = seed % 2 == 0;
        (uint256 id, Posted storage it) = _pick(
            seed,
            locked ? IInferenceRequests.Status.Locked : IInferenceRequests.Status.Open
        );
        if (seed % 3 == 0) pass(20 minutes + 1);
        requests.expire(it.request, _paramsOf(id));
    }

    function reclaim(uint256 seed) public watched {
        (uint256 id, ) = _pick(seed, IInferenceRequests.Status.Expired);
        board.reclaim(id);
    }

    function withdraw(uint256 by) public watched {
        address from = author(by);
        uint256 before = address(0xCAFE).balance;
        vm.prank(from);
        board.withdraw(payable(address(0xCAFE)));
        withdrawn[from] += address(0xCAFE).balance - before;
    }

    function burn() public watched {
        uint256 before = board.BURN().balance;
        board.burn();
        burned += board.BURN().balance - before;
    }

    function pass(uint32 wait) public {
        _now += wait % 2 hours;
        vm.warp(_now);
    }

    function author(uint256 seed) public pure returns (address) {
        return address(uint160(0xA000 + (seed % AUTHORS)));
    }

    function count() external view returns (uint256) {
        return _posted.length;
    }

    function postedOf(uint256 id) external view returns (Posted memory) {
        return _posted[id - 1];
    }

    function isHam(uint256 id) external view returns (bool) {
        return _posted[id - 1].output <= LOGIT_ZERO;
    }

    function _operator(uint256 seed) private pure returns (address) {
        return address(uint160(0xB000 + (seed % OPERATORS)));
    }

    function _outputOf(Posted storage it) private view returns (uint256[] memory output) {
        output = new uint256[](1);
        output[0] = it.output;
    }

    /// @dev Mostly one with which the call may succeed, of the last few.
    function _pick(
        uint256 seed,
        IInferenceRequests.Status wanted
    ) private view returns (uint256 id, Posted storage it) {
        uint256 some = _posted.length;
        uint256 recent = some < 6 ? some : 6;
        for (uint256 i = 0; i < recent && (seed >> 8) % 8 != 0; ++i) {
            id = some - addmod(seed, i, recent);
            it = _posted[id - 1];
            if (requests.statusOf(it.request) == wanted) return (id, it);
        }
        id = 1 + (seed % some);
        it = _posted[id - 1];
    }

    /// @dev What the board asked with.
    function _paramsOf(uint256 id) private view returns (RequestParams memory params) {
        Posted storage it = _posted[id - 1];
        params.nonce = id - 1;
        params.release = _release;
        params.input = new uint256[](1);
        params.input[0] = board.messageOf(id).textHash == keccak256("spam") ? 2 : 1;
        params.policy = Policies.all(Policies.signature(), Policies.optimistic(WINDOW, SetupTrust.Any, bytes32(0)));
        (params.minFee, params.maxFee) = (FEE, FEE);
        (params.stake, params.bond) = (1 ether, 0.5 ether);
        (params.callbackGas, params.provisionalGas) = (board.CALLBACK_GAS(), board.CALLBACK_GAS());
        params.rampStart = it.postedAt;
        (params.lockDeadline, params.deadline) = (it.postedAt + 10 minutes, it.postedAt + 20 minutes);
    }
}
