// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CircuitRegistry} from "../../../contracts/CircuitRegistry.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {MessageBoard} from "../../../contracts/examples/MessageBoard.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {Circuit, TensorEncoding, VerifyingKey, WordMode} from "../../../contracts/types/Circuit.sol";
import {Finality} from "../../../contracts/types/Delivery.sol";
import {ReleaseId} from "../../../contracts/types/Ids.sol";
import {SetupTrust} from "../../../contracts/types/Policy.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {RightAnswers} from "../Disputes/DisputesHandler.sol";
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {vm} from "../Vm.sol";
import {BoardHandler, DEPOSIT, FEE, Signed, WINDOW} from "./BoardHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract MessageBoardInvariants {
    /// @dev Seeds by which the handler picks a message with which the call succeeds, when its time has come.
    uint256 private constant WANTED = 256;
    uint256 private constant OPEN_AND_LATE = 261;

    MessageBoard private _board;
    IInferenceRequests private _requests;
    BoardHandler private _handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        CircuitRegistry circuits = new CircuitRegistry();
        ModelRegistry models = new ModelRegistry(circuits);
        StakeVault vault = new StakeVault(new WrappedNative("Wrapped Ether", "WETH"));
        IEvidenceVerifier[] memory verifiers = new IEvidenceVerifier[](2);
        (verifiers[0], verifiers[1]) = (new Signed(), new RightAnswers());
        _handler = new BoardHandler();
        address router = deployArtifact("EvidenceRouter.sol:EvidenceRouter", abi.encode(models, circuits, verifiers));
        address bonds = deployArtifact(
            "SignatureEvidence.sol:SignatureEvidence",
            abi.encode(vault, models, circuits, verifiers[1], 0.1 ether)
        );
        _requests = IInferenceRequests(
            deployArtifact(
                "InferenceRequests.sol:InferenceRequests",
                abi.encode(router, vault, models, circuits, bonds, _handler)
            )
        );
        ReleaseId release = _publish(circuits, models);
        _board = new MessageBoard({
            requests_: _requests,
            release_: release,
            vocabulary: bytes.concat(bytes16("ham"), bytes16("spam")),
            terms_: MessageBoard.Terms({
                deposit: DEPOSIT,
                fee: FEE,
                stake: 1 ether,
                bond: 0.5 ether,
                window: WINDOW,
                lockPeriod: 10 minutes,
                answerPeriod: 20 minutes,
                trust: SetupTrust.Any,
                pin: bytes32(0)
            })
        });
        _handler.init(_board, _requests, vault, release);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            BoardHandler.post.selector,
            BoardHandler.lock.selector,
            BoardHandler.fulfil.selector
        );
        bytes memory seldom = bytes.concat(
            bytes.concat(
                BoardHandler.finalize.selector,
                BoardHandler.contest.selector,
                BoardHandler.resolve.selector,
                BoardHandler.expire.selector,
                BoardHandler.reclaim.selector
            ),
            bytes.concat(
                BoardHandler.cancel.selector,
                BoardHandler.withdraw.selector,
                BoardHandler.burn.selector,
                BoardHandler.pass.selector
            )
        );
        return weighted(address(_handler), often, seldom);
    }

    function invariant_MessageBoard() public view {
        property_BoardConservation();
        property_AuthorsGetWhatTheyAreDue();
        property_OnlyFinalVerdictsCount();
        require(!_handler.finalMoved(), "MessageEndIsFinal: a message that was decided moved");
    }

    /// @dev Of a request that is dead the fee is back, whether or not the message knows.
    function property_BoardConservation() public view {
        uint256 held = _board.forfeited();
        for (uint256 i = 0; i < _handler.AUTHORS(); ++i) held += _board.owedTo(_handler.author(i));
        for (uint256 id = 1; id <= _handler.count(); ++id) {
            MessageBoard.Message memory message = _board.messageOf(id);
            if (message.status >= MessageBoard.Status.Visible) continue;
            held += DEPOSIT;
            IInferenceRequests.Status status = _requests.statusOf(message.request);
            if (status == IInferenceRequests.Status.Expired) held += FEE;
        }
        uint256 backed = address(_board).balance + _requests.creditOf(address(0), address(_board));
        require(backed == held, "BoardConservation: the board holds another sum than it owes");
    }

    function property_AuthorsGetWhatTheyAreDue() public view {
        uint256 spam = 0;
        uint256[] memory due = new uint256[](_handler.AUTHORS());
        for (uint256 id = 1; id <= _handler.count(); ++id) {
            MessageBoard.Message memory message = _board.messageOf(id);
            uint256 index = uint160(message.author) - uint160(_handler.author(0));
            if (message.status == MessageBoard.Status.Visible) due[index] += DEPOSIT;
            if (message.status == MessageBoard.Status.Unjudged) due[index] += DEPOSIT + FEE;
            if (message.status == MessageBoard.Status.Spam) spam += DEPOSIT;
        }
        for (uint256 i = 0; i < due.length; ++i) {
            address author = _handler.author(i);
            require(
                _board.owedTo(author) + _handler.withdrawn(author) == due[i],
                "AuthorsGetWhatTheyAreDue: an author got, or is owed, another sum"
            );
        }
        require(_board.forfeited() + _handler.burned() == spam, "AuthorsGetWhatTheyAreDue: another sum burns");
    }

    function property_OnlyFinalVerdictsCount() public view {
        for (uint256 id = 1; id <= _handler.count(); ++id) {
            MessageBoard.Message memory message = _board.messageOf(id);
            bool judged = message.status == MessageBoard.Status.Visible || message.status == MessageBoard.Status.Spam;
            Finality finality = _requests.finalityOf(message.request);
            require(judged == (finality == Finality.Final), "OnlyFinalVerdictsCount: judged, and not final");
            if (!judged) continue;
            bool shown = message.status == MessageBoard.Status.Visible;
            require(shown == _handler.isHam(id), "OnlyFinalVerdictsCount: another verdict");
        }
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryState() public {
        _answer(1, false);
        _handler.finalize(WANTED);
        _answer(2, true);
        _handler.finalize(WANTED);
        _answer(3, false);
        _handler.contest(WANTED);
        _handler.resolve(WANTED, false);
        _handler.post(0, true);
        _handler.expire(OPEN_AND_LATE);
        _handler.reclaim(WANTED);
        _handler.post(0, true);
        _handler.cancel(WANTED);
        _handler.withdraw(0);
        _handler.withdraw(1);
        _handler.burn();
        require(_handler.reached(MessageBoard.Status.Visible) == 1, "nothing is visible");
        require(_handler.reached(MessageBoard.Status.Spam) == 1, "nothing is spam");
        require(_handler.reached(MessageBoard.Status.Unjudged) == 3, "nothing was dismissed");
        invariant_MessageBoard();
    }

    function _answer(uint256 by, bool spam) private {
        _handler.post(by, spam);
        _handler.lock(WANTED, 0);
        _handler.fulfil(WANTED, false);
    }

    function _publish(CircuitRegistry circuits, ModelRegistry models) private returns (ReleaseId) {
        Circuit memory circuit;
        circuit.input = TensorEncoding({mode: WordMode.Public, elements: 2, bits: 1, isSigned: false});
        circuit.output = TensorEncoding({mode: WordMode.Public, elements: 1, bits: 32, isSigned: true});
        VerifyingKey memory key = circuit.key;
        key.alpha = [uint256(1), 2];
        // Once, twice and three times the generator of G2: no two may be one.
        key.beta = [
            uint256(11559732032986387107991004021392285783925812861821192530917403151452391805634),
            10857046999023057135944570762232829481370756359578518086990519993285655852781,
            4082367875863433681332203403145435568316851327593401208105741076214120093531,
            8495653923123431417604973247489272438418190587263600148770280649306958101930
        ];
        key.gamma = [
            uint256(14583779054894525174450323658765874724019480979794335525732096752006891875705),
            18029695676650738226693292988307914797657423701064905010927197838374790804409,
            11474861747383700316476719153975578001603231366361248090558603872215261634898,
            2140229616977736810657479771656733941598412651537078903776637920509952744750
        ];
        key.delta = [
            uint256(7273165102799931111715871471550377909735733521218303035754523677688038059653),
            2725019753478801796453339367788033689375851816420509565303521482350756874229,
            957874124722006818841961785324909313781880061366718538693995380805373202866,
            2512659008974376214222774206987427162027254181373325676825515531566330959255
        ];
        key.ic = new uint256[2][](4);
        for (uint256 i = 0; i < 4; ++i) key.ic[i] = key.alpha;

        Release memory release;
        release.publisher = address(this);
        release.model = "board";
        release.circuit = circuits.register(circuit);
        release.weights = 1;
        return models.publish(release, "");
    }
}
