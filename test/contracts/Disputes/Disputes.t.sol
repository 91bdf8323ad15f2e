// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CircuitRegistry} from "../../../contracts/CircuitRegistry.sol";
import {Disputes} from "../../../contracts/Disputes.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {IDisputes} from "../../../contracts/interfaces/IDisputes.sol";
import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {ArbiterMock} from "../../../contracts/mocks/ArbiterMock.sol";
import {Circuit, TensorEncoding, VerifyingKey, WordMode} from "../../../contracts/types/Circuit.sol";
import {ReleaseId} from "../../../contracts/types/Ids.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
import {vm} from "../Vm.sol";
import {DisputesHandler, RightAnswers} from "./DisputesHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract DisputesInvariants {
    Disputes private _disputes;
    DisputesHandler private _handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        CircuitRegistry circuits = new CircuitRegistry();
        ModelRegistry models = new ModelRegistry(circuits);
        StakeVault vault = new StakeVault(new WrappedNative("Wrapped Ether", "WETH"));
        ArbiterMock arbiter = new ArbiterMock(1 days);
        IEvidenceVerifier[] memory verifiers = new IEvidenceVerifier[](2);
        (verifiers[0], verifiers[1]) = (new RightAnswers(), arbiter);
        // By artifact: these are compiled by the IR pipeline.
        IEvidenceRouter router = IEvidenceRouter(
            deployArtifact("EvidenceRouter.sol:EvidenceRouter", abi.encode(models, circuits, verifiers))
        );
        _disputes = new Disputes(router, arbiter);
        address bonds = deployArtifact(
            "SignatureEvidence.sol:SignatureEvidence",
            abi.encode(vault, models, circuits, verifiers[0], 0.1 ether)
        );
        IInferenceRequests requests = IInferenceRequests(
            deployArtifact(
                "InferenceRequests.sol:InferenceRequests",
                abi.encode(router, vault, models, circuits, bonds, _disputes)
            )
        );
        _handler = new DisputesHandler(requests, _disputes, vault, arbiter, _publish(circuits, models));
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            DisputesHandler.ask.selector,
            DisputesHandler.respond.selector,
            DisputesHandler.challenge.selector
        );
        bytes memory seldom = bytes.concat(
            bytes.concat(
                DisputesHandler.answer.selector,
                DisputesHandler.timeout.selector,
                DisputesHandler.endRound.selector,
                DisputesHandler.rerun.selector,
                DisputesHandler.conclude.selector,
                DisputesHandler.finalize.selector
            ),
            bytes.concat(
                DisputesHandler.expire.selector,
                DisputesHandler.lapse.selector,
                DisputesHandler.withdraw.selector,
                DisputesHandler.pass.selector,
                DisputesHandler.passTo.selector
            )
        );
        return weighted(address(_handler), often, seldom);
    }

    /// @dev One campaign for all properties: each names itself where it fails.
    function invariant_Disputes() public view {
        property_BondConservation();
        property_SelfChallengeNeverPays();
        property_ChallengedAnswerIsAsDecided();
        property_DecisionsStay();
    }

    function property_BondConservation() public view {
        require(
            address(_disputes).balance == _handler.openBonds() + _handler.credits(),
            "BondConservation: bonds are not conserved"
        );
    }

    function property_SelfChallengeNeverPays() public view {
        require(_handler.ownedWealth() <= 3 * _handler.WEALTH(), "SelfChallengeNeverPays: dealing with oneself paid");
    }

    function property_ChallengedAnswerIsAsDecided() public view {
        for (uint256 i = 0; i < _handler.caseCount(); ++i) {
            require(_handler.isConsistent(i), "ChallengedAnswerIsAsDecided: an answer is not what its dispute says");
        }
    }

    function property_DecisionsStay() public view {
        require(
            !_handler.violated(),
            "DecisionsStay: finality went back, a decision changed, or a window was cut short"
        );
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryDecision() public {
        for (uint256 i = 0; i < 6; ++i) {
            _handler.ask(i, 10 ether, 1 ether, 2 ether, 1 days, i > 2);
            _handler.respond(i, i, i % 2 == 0);
            if (i > 0) _handler.challenge(i, i);
        }
        _handler.answer(2);
        _handler.endRound(3, false, true);
        _handler.conclude(3);
        _handler.endRound(4, true, true);
        _handler.rerun(4, 0);
        _handler.endRound(4, false, true);
        _handler.conclude(4);
        _handler.endRound(5, true, true);
        _handler.passTo(0, 2, false);
        _handler.finalize(0);
        _handler.passTo(1, 2, true);
        _handler.timeout(1);
        _handler.conclude(5);
        require(_handler.finalized() == 1, "nothing was final unchallenged");
        require(_handler.reached(IDisputes.Status.Upheld) == 2, "nothing was upheld");
        require(_handler.reached(IDisputes.Status.Overturned) == 2, "nothing was overturned");
        require(_handler.reached(IDisputes.Status.Undecided) == 1, "nothing was left undecided");
        _handler.withdraw(2);
        invariant_Disputes();
    }

    function _publish(CircuitRegistry circuits, ModelRegistry models) private returns (ReleaseId) {
        Circuit memory circuit;
        TensorEncoding memory word = TensorEncoding({mode: WordMode.Public, elements: 1, bits: 32, isSigned: false});
        (circuit.input, circuit.output) = (word, word);
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
        release.model = "model";
        release.circuit = circuits.register(circuit);
        release.weights = 1;
        return models.publish(release, "");
    }
}
