// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IERC8004Identity} from "../interfaces/IERC8004Identity.sol";
import {IERC8004Validation} from "../interfaces/IERC8004Validation.sol";
import {IEvidenceRouter} from "../interfaces/IEvidenceRouter.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IValidationResponses} from "../interfaces/IValidationResponses.sol";
import {Determinism} from "../libraries/Determinism.sol";
import {Policies} from "../libraries/Policies.sol";
import {TcbStatus} from "../types/Tcb.sol";
import {
    Assurance,
    DEVELOPMENT_SETUP,
    EXTERNAL_VERIFIER,
    SIMULATED_ENCLAVE,
    VOUCHED_ENCLAVE
} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {ReleaseId} from "../types/Ids.sol";
import {Clause, Policy, SetupTrust} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";
import {Statement} from "../types/Statement.sol";

/// @title ValidationResponses
/// @notice A validator of ERC-8004: responds to an agent's validation request with what evidence was verified.
/// @dev Keeps what it responded itself: registries may be upgraded, and monotony does not rest on what one of them says.
contract ValidationResponses is IValidationResponses, ERC165 {
    struct Response {
        uint8 value;
        bool overturned;
    }

    uint8 private constant ATTESTED_PROOF = 100;
    uint8 private constant PROOF = 80;
    uint8 private constant ENCLAVE = 70;
    uint8 private constant QUORUM = 50;
    uint8 private constant SIGNATURE = 20;

    bytes32 private constant REQUEST_TAG = keccak256("vouch.erc8004.request.v1");

    IEvidenceRouter public immutable router;
    IERC8004Validation public immutable registry;
    address public immutable attester;

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;

    mapping(bytes32 requestHash => Response response) private _responses;

    constructor(
        IEvidenceRouter router_,
        IModelRegistry models,
        ICircuitRegistry circuits,
        IERC8004Validation registry_,
        address attester_
    ) {
        router = router_;
        registry = registry_;
        attester = attester_;
        _models = models;
        _circuits = circuits;
    }

    /// @inheritdoc IValidationResponses
    function respond(uint256 agentId, bytes32 salt, Receipt calldata receipt) external returns (uint8 response) {
        bytes32 digest = router.digestOf(router.statementOf(receipt));
        bytes32 requestHash = requestHashOf(agentId, digest, salt);
        _requireRequested(requestHash, agentId, receipt.operator);
        Response storage given = _responses[requestHash];
        require(!given.overturned, ResponseOverturned(requestHash));
        Assurance memory assurance = router.assess(receipt);
        _requireFloor(receipt.release, assurance);
        response = _gradeOf(assurance, receipt.release);
        require(response > given.value, ResponseNotHigher(requestHash, given.value, response));

        given.value = response;

        emit Responded(requestHash, agentId, digest, response);

        string memory tag = response == ATTESTED_PROOF ? "hard-finality" : "soft-finality";
        _send(requestHash, response, keccak256(abi.encode(receipt)), tag);
    }

    /// @inheritdoc IValidationResponses
    function overturn(
        uint256 agentId,
        bytes32 salt,
        Receipt calldata receipt,
        Receipt calldata contradiction
    ) external {
        Statement memory statement = router.statementOf(receipt);
        bytes32 requestHash = requestHashOf(agentId, router.digestOf(statement), salt);
        Response storage given = _responses[requestHash];
        require(!given.overturned, ResponseOverturned(requestHash));
        bool contestable = 0 < given.value && given.value < ATTESTED_PROOF;
        require(contestable, ResponseNotContestable(requestHash, given.value));
        bool determinate = Determinism.isDeterministic(_models, _circuits, receipt.release);
        require(determinate, ReleaseNotContestable(receipt.release));
        Statement memory other = router.statementOf(contradiction);
        bool contradicts =
            other.release == statement.release &&
                other.inputHash == statement.inputHash &&
                other.outputHash != statement.outputHash;
        require(contradicts, ContradictionInvalid());
        router.requireReceipt(contradiction, _attestedProof());

        (given.value, given.overturned) = (0, true);

        emit Overturned(requestHash, agentId, router.digestOf(other));

        _send(requestHash, 0, keccak256(abi.encode(contradiction)), "overturned");
    }

    /// @inheritdoc IValidationResponses
    function responseOf(bytes32 requestHash) external view returns (uint8 response, bool overturned) {
        Response storage given = _responses[requestHash];
        return (given.value, given.overturned);
    }

    /// @inheritdoc IValidationResponses
    function requestHashOf(uint256 agentId, bytes32 digest, bytes32 salt) public view returns (bytes32) {
        return
            keccak256(abi.encode(REQUEST_TAG, block.chainid, address(registry), address(this), agentId, digest, salt));
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IValidationResponses).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev The evidence's hash is given, and no address of it: the receipt is this transaction's input.
    function _send(bytes32 requestHash, uint8 response, bytes32 responseHash, string memory tag) private {
        registry.validationResponse({
            requestHash: requestHash,
            response: response,
            responseURI: "",
            responseHash: responseHash,
            tag: tag
        });
    }

    /// @dev The operator must be the agent, or an agent could have another's work validated as its own.
    function _requireRequested(bytes32 requestHash, uint256 agentId, address operator) private view {
        (address validator, uint256 requestedFor, , , , ) = registry.getValidationStatus(requestHash);
        bool requested = validator == address(this) && requestedFor == agentId;
        require(requested, ValidationNotRequested(requestHash, validator, requestedFor));
        IERC8004Identity identities = IERC8004Identity(registry.getIdentityRegistry());
        bool isAgent =
            operator != address(0) &&
                (operator == identities.getAgentWallet(agentId) || operator == identities.ownerOf(agentId));
        require(isAgent, AgentNotOperator(agentId, operator));
    }

    /// @dev The router takes no policy that demands nothing, which a floor of stake alone would make.
    function _requireFloor(ReleaseId release, Assurance memory assurance) private view {
        (Clause[] memory allOf, uint128 minStake) = _models.floorOf(release);
        Policy memory nothing;
        if (allOf.length > 0) router.requireAssurance(nothing, assurance, release);
        require(assurance.stakeAtRisk >= minStake, IEvidenceRouter.PolicyStakeTooLow(assurance.stakeAtRisk, minStake));
    }

    function _gradeOf(Assurance memory assurance, ReleaseId release) private view returns (uint8) {
        if (assurance.has(EvidenceKind.Zk) && assurance.flags & (DEVELOPMENT_SETUP | EXTERNAL_VERIFIER) == 0) {
            return _isAttested(release) ? ATTESTED_PROOF : PROOF;
        }
        bool verified = assurance.flags & (SIMULATED_ENCLAVE | VOUCHED_ENCLAVE) == 0;
        bool current = assurance.minTcb > uint8(TcbStatus.OutOfDate);
        if (assurance.has(EvidenceKind.Tee) && verified && current) return ENCLAVE;
        if (assurance.has(EvidenceKind.Quorum)) return QUORUM;
        return assurance.has(EvidenceKind.Signature) ? SIGNATURE : 0;
    }

    function _isAttested(ReleaseId release) private view returns (bool) {
        return _circuits.isAttestedBy(_models.releaseOf(release).circuit, attester);
    }

    function _attestedProof() private view returns (Policy memory) {
        return Policies.all(Policies.zk(SetupTrust.Attested, bytes32(uint256(uint160(attester)))));
    }
}
