// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IExternalPrograms} from "../interfaces/IExternalPrograms.sol";
import {IEzklVerifier} from "../interfaces/IEzklVerifier.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRiscZeroVerifier} from "../interfaces/IRiscZeroVerifier.sol";
import {ISP1Verifier} from "../interfaces/ISP1Verifier.sol";
import {Bn254} from "../libraries/Bn254.sol";
import {Assurance, EXTERNAL_VERIFIER} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {ExternalProgram, ProofShape} from "../types/ExternalProgram.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";
import {Statement} from "../types/Statement.sol";

/// @title ExternalProofEvidence
/// @notice Proofs of releases that have no circuit, by programs of RISC Zero, SP1 or EZKL. Data is the proof as the external
/// verifier takes it.
/// @dev What is proven is what the program commits to, so the program is where soundness lies.
/// RISC Zero and SP1: the public bytes are the statement's digest, 32 bytes and nothing else. The program must hold the
/// model, or check its hash; read the words of the input; compute those of the output itself; hash both; and compute the
/// digest from these hashes and from the release, request, operator, chain and router that it is told. It never reads the
/// digest. What it is told needs no check: the router builds the digest from its own.
/// EZKL: circuits do not hash with keccak, so the instances are `[digest >> 128, digest mod 2^128, input.., output..]`. The
/// words bind the proof to the computation, and the halves of the digest to one request, operator, chain and router: they
/// are inputs of the model that nothing reads, and a proof is for all of its instances since the verifier's challenges hash
/// them. How many of the words are input is part of the program's id. A word is one element of the tensor as a field
/// element, below the field's order, or two words would be one instance.
contract ExternalProofEvidence is IEvidenceVerifier, IExternalPrograms, ERC165 {
    IModelRegistry private immutable _models;

    mapping(ReleaseId release => ExternalProgram program) private _programs;

    constructor(IModelRegistry models) {
        _models = models;
    }

    /// @inheritdoc IExternalPrograms
    function declare(ReleaseId release, ExternalProgram calldata program) external {
        IModelRegistry.ReleaseRecord memory record = _models.releaseOf(release);
        require(msg.sender == record.publisher, ProgramNotByPublisher(msg.sender, record.publisher));
        require(record.circuit == CircuitId.wrap(0), ReleaseWithCircuit(release, record.circuit));
        require(_programs[release].verifier == address(0), ProgramAlreadyDeclared(release));
        require(program.verifier.code.length > 0, ExternalVerifierWithoutCode(program.verifier));
        require(program.program != 0, ProgramIdEmpty());

        _programs[release] = program;

        emit ProgramDeclared(release, program.verifier, program.toPin(), program);
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata statement,
        bytes32 digest,
        uint256[] calldata input,
        uint256[] calldata output,
        bytes calldata data
    ) external view returns (Assurance memory assurance) {
        // None is declared for a release with a circuit.
        ExternalProgram memory program = programOf(statement.release);
        require(program.verifier.code.length > 0, ExternalVerifierWithoutCode(program.verifier));
        if (program.shape == ProofShape.Ezkl) {
            bytes32 id = ezklProgramOf(program.verifier, input.length, output.length);
            require(id == program.program, ExternalProgramMismatch(id, program.program));
            _requireInstances(program.verifier, _instancesOf(digest, input, output), data);
        } else {
            _requirePublicBytes(program, abi.encode(digest), data);
        }

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Zk));
        assurance.flags = EXTERNAL_VERIFIER;
    }

    /// @inheritdoc IExternalPrograms
    function pinOf(ReleaseId release) external view returns (bytes32) {
        ExternalProgram memory program = _programs[release];
        return program.verifier == address(0) ? bytes32(0) : program.toPin();
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Zk;
    }

    /// @inheritdoc IExternalPrograms
    /// @dev Of the code as it is now: an account with delegated code (EIP-7702) can change it.
    function ezklProgramOf(address verifier, uint256 inputWords, uint256 outputWords) public view returns (bytes32) {
        return keccak256(abi.encode(verifier.codehash, inputWords, outputWords));
    }

    /// @inheritdoc IExternalPrograms
    function programOf(ReleaseId release) public view returns (ExternalProgram memory program) {
        program = _programs[release];
        require(program.verifier != address(0), ProgramNotDeclared(release));
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IEvidenceVerifier).interfaceId ||
            interfaceId == type(IExternalPrograms).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /// @dev Both verifiers return nothing for a valid proof. One that answers anything is not of the declared shape.
    function _requirePublicBytes(
        ExternalProgram memory program,
        bytes memory publicBytes,
        bytes calldata proof
    ) private view {
        bytes memory call =
            program.shape == ProofShape.RiscZero
                ? abi.encodeCall(IRiscZeroVerifier.verify, (proof, program.program, sha256(publicBytes)))
                : abi.encodeCall(ISP1Verifier.verifyProof, (program.program, publicBytes, proof));
        bool succeeded = LowLevelCall.staticcallNoReturn(program.verifier, call);
        require(succeeded && LowLevelCall.returnDataSize() == 0, ExternalProofInvalid(program.verifier));
    }

    function _requireInstances(address verifier, uint256[] memory instances, bytes calldata proof) private view {
        bytes memory call = abi.encodeCall(IEzklVerifier.verifyProof, (proof, instances));
        (bool succeeded, bytes32 answer, ) = LowLevelCall.staticcallReturn64Bytes(verifier, call);
        bool valid = succeeded && LowLevelCall.returnDataSize() == 32 && answer == bytes32(uint256(1));
        require(valid, ExternalProofInvalid(verifier));
    }

    function _instancesOf(
        bytes32 digest,
        uint256[] calldata input,
        uint256[] calldata output
    ) private pure returns (uint256[] memory instances) {
        instances = new uint256[](2 + input.length + output.length);
        instances[0] = uint256(digest) >> 128;
        instances[1] = uint128(uint256(digest)); // the lower half
        for (uint256 i = 2; i < instances.length; ++i) {
            uint256 index = i - 2;
            uint256 word = index < input.length ? input[index] : output[index - input.length];
            require(word < Bn254.SCALAR_FIELD, ExternalInstanceNotCanonical(i, word));
            instances[i] = word;
        }
    }
}
