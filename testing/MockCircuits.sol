// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ICircuitRegistry} from "@vouch/contracts/interfaces/ICircuitRegistry.sol";
import {ProofSystem, SetupClass, TensorEncoding, WeightsMode} from "@vouch/contracts/types/Circuit.sol";
import {CircuitId} from "@vouch/contracts/types/Ids.sol";
import {MockRefusal} from "./MockRefusal.sol";

/// @title MockCircuits
/// @notice Circuits without keys: what encodings they have, and whose word there is for their set-up.
/// @dev Stands where an `ICircuitRegistry` is expected; what it does not answer it refuses by name.
contract MockCircuits is MockRefusal {
    struct Circuit {
        TensorEncoding input;
        TensorEncoding output;
        SetupClass setup;
        uint256 attestations;
    }

    mapping(CircuitId id => Circuit circuit) private _circuits;
    mapping(CircuitId id => mapping(address auditor => bool attested)) private _attested;
    uint256 private _count;

    /// @notice Registers a circuit, with a ceremony that nobody has attested yet, and returns its id.
    function add(TensorEncoding calldata input, TensorEncoding calldata output) external returns (CircuitId id) {
        id = CircuitId.wrap(keccak256(abi.encode(address(this), ++_count)));
        _circuits[id] = Circuit({input: input, output: output, setup: SetupClass.Unverified, attestations: 0});
    }

    /// @notice Has `auditor` attest the set-up.
    function attestBy(address auditor, CircuitId id) external {
        Circuit storage circuit = _known(id);
        if (_attested[id][auditor]) return;
        _attested[id][auditor] = true;
        ++circuit.attestations;
    }

    /// @notice Marks the set-up as a development set-up.
    function markDevelopment(CircuitId id) external {
        _known(id).setup = SetupClass.Development;
    }

    function encodingsOf(
        CircuitId id
    ) external view returns (TensorEncoding memory input, TensorEncoding memory output) {
        Circuit storage circuit = _known(id);
        return (circuit.input, circuit.output);
    }

    function setupOf(CircuitId id) external view returns (SetupClass setup, uint256 attestations) {
        Circuit storage circuit = _known(id);
        return (circuit.setup, circuit.attestations);
    }

    function weightsModeOf(CircuitId id) external view returns (WeightsMode) {
        _known(id);
        return WeightsMode.Constant;
    }

    function systemOf(CircuitId id) external view returns (ProofSystem) {
        _known(id);
        return ProofSystem.Groth16;
    }

    function isAttestedBy(CircuitId id, address auditor) external view returns (bool) {
        return _attested[id][auditor];
    }

    function isRegistered(CircuitId id) external view returns (bool) {
        return _circuits[id].input.elements > 0;
    }

    function _known(CircuitId id) private view returns (Circuit storage circuit) {
        circuit = _circuits[id];
        require(circuit.input.elements > 0, ICircuitRegistry.CircuitNotRegistered(id));
    }
}
