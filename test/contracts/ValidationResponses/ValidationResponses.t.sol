// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {ValidationResponses} from "../../../contracts/adapters/ValidationResponses.sol";
import {CircuitRegistry} from "../../../contracts/CircuitRegistry.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {ERC8004Mock} from "../../../contracts/mocks/ERC8004Mock.sol";
import {EvidenceMock} from "../../../contracts/mocks/EvidenceMock.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {ResponsesHandler} from "./ResponsesHandler.sol";

contract ValidationResponsesTest {
    ERC8004Mock private _registry;
    ValidationResponses private _validator;
    ResponsesHandler private _handler;

    function setUp() public {
        CircuitRegistry circuits = new CircuitRegistry();
        ModelRegistry models = new ModelRegistry(circuits);
        // Every kind that a piece of evidence can be of.
        IEvidenceVerifier[] memory verifiers = new IEvidenceVerifier[](4);
        verifiers[0] = new EvidenceMock(EvidenceKind.Signature);
        verifiers[1] = new EvidenceMock(EvidenceKind.Quorum);
        verifiers[2] = new EvidenceMock(EvidenceKind.Tee);
        verifiers[3] = new EvidenceMock(EvidenceKind.Zk);
        IEvidenceRouter router = IEvidenceRouter(
            deployArtifact("EvidenceRouter.sol:EvidenceRouter", abi.encode(models, circuits, verifiers))
        );
        _registry = new ERC8004Mock();
        _validator = new ValidationResponses(router, models, circuits, _registry, address(this));
        Release memory release;
        release.publisher = address(this);
        release.model = "any";
        _handler = new ResponsesHandler(_validator, _registry, router, models.publish(release, ""));
    }

    /// @dev Sequences of evidence, of which many are refused.
    function testFuzz_ResponseNeverFalls(uint8[12] calldata kinds, uint8[12] calldata flags) public {
        for (uint256 i = 0; i < kinds.length; ++i) {
            try _handler.respond(i, kinds[i], flags[i] & 15) {} catch {}
            _requireHighest();
        }
    }

    function test_SequenceReachesEveryGrade() public {
        _handler.respond(0, 1, 0);
        _handler.respond(0, 2, 0);
        _handler.respond(0, 8, 0);
        _handler.respond(0, 27, 0);
        require(_handler.highest(0) == 80, "grade of a proof");
        _requireHighest();
    }

    function _requireHighest() private view {
        require(!_handler.fell(), "a response was not above the one before");
        for (uint256 i = 0; i < _handler.REQUESTS(); ++i) {
            (, , uint8 response, , , ) = _registry.getValidationStatus(_handler.hashes(i));
            require(response == _handler.highest(i), "the registry has not the highest response");
            (uint8 given, bool overturned) = _validator.responseOf(_handler.hashes(i));
            require(given == response && !overturned, "validator and registry differ");
        }
    }
}
