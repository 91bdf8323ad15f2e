// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ExternalProgram} from "../types/ExternalProgram.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";

/// @title IExternalPrograms
/// @notice Programs of other proof systems that prove releases which have no circuit: one for a release, declared once by
/// its publisher and never changed.
/// @dev Warning: a declaration is the publisher's word. That the program runs the release's model, and commits to the
/// statement's digest only where it does, is what whoever names its pin in a policy must have checked.
/// Warning: a RISC Zero router and an SP1 gateway have owners, who can add verifiers behind an address that stays.
interface IExternalPrograms {
    event ProgramDeclared(
        ReleaseId indexed release,
        address indexed verifier,
        bytes32 indexed pin,
        ExternalProgram program
    );

    /// @notice The release is proven by its circuit.
    error ReleaseWithCircuit(ReleaseId release, CircuitId circuit);
    error ProgramAlreadyDeclared(ReleaseId release);
    /// @notice Only the release's publisher declares its program.
    error ProgramNotByPublisher(address sender, address publisher);
    error ProgramNotDeclared(ReleaseId release);
    error ProgramIdEmpty();
    error ExternalVerifierWithoutCode(address verifier);
    /// @notice An EZKL verifier's code, or how many words input and output have, is not as was declared.
    error ExternalProgramMismatch(bytes32 program, bytes32 declared);
    /// @notice The verifier reverted, or answered something other than its interface says for a valid proof.
    error ExternalProofInvalid(address verifier);
    /// @notice A word is not below the scalar field's order, so that it is no instance of an EZKL circuit.
    error ExternalInstanceNotCanonical(uint256 index, uint256 word);

    /// @notice Declares by which program, and which verifier of its proofs, a release is proven.
    /// @dev Warning: for good. A wrong id makes a release that nothing proves.
    function declare(ReleaseId release, ExternalProgram calldata program) external;

    /// @notice Returns the program of a release; reverts where none was declared.
    function programOf(ReleaseId release) external view returns (ExternalProgram memory);

    /// @notice Returns the program id of an EZKL verifier: `keccak256(abi.encode(codeHash, inputWords, outputWords))`.
    /// @dev Its instances are one list. Without the counts, words of the input could be passed off as words of the output.
    function ezklProgramOf(address verifier, uint256 inputWords, uint256 outputWords) external view returns (bytes32);

    /// @notice Returns the pin of a release's program; zero where none was declared.
    function pinOf(ReleaseId release) external view returns (bytes32);
}
