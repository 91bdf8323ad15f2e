// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC8004Validation} from "../interfaces/IERC8004Validation.sol";

/// @title ERC8004Mock
/// @notice Identity and validation registry in one, with the checks of the deployed ones.
contract ERC8004Mock is IERC8004Validation, ERC721("Agent", "AGENT") {
    struct Status {
        address validator;
        uint256 agentId;
        uint8 response;
        bytes32 responseHash;
        string tag;
        uint256 lastUpdate;
    }

    mapping(bytes32 requestHash => Status status) private _statuses;
    mapping(uint256 agentId => address wallet) private _wallets;

    error NotAuthorised(address sender);
    error RequestExists(bytes32 requestHash);
    error RequestUnknown(bytes32 requestHash);
    error ResponseTooHigh(uint8 response);

    function register(uint256 agentId) external {
        _mint(msg.sender, agentId);
    }

    function setWallet(uint256 agentId, address wallet) external {
        require(msg.sender == ownerOf(agentId), NotAuthorised(msg.sender));
        _wallets[agentId] = wallet;
    }

    /// @inheritdoc IERC8004Validation
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    ) external {
        require(_statuses[requestHash].validator == address(0), RequestExists(requestHash));
        require(_isAuthorized(ownerOf(agentId), msg.sender, agentId), NotAuthorised(msg.sender));
        _statuses[requestHash] = Status(validatorAddress, agentId, 0, 0, "", block.timestamp);
        emit ValidationRequest(validatorAddress, agentId, requestURI, requestHash);
    }

    /// @inheritdoc IERC8004Validation
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    ) external {
        Status storage status = _statuses[requestHash];
        require(status.validator != address(0), RequestUnknown(requestHash));
        require(msg.sender == status.validator, NotAuthorised(msg.sender));
        require(response <= 100, ResponseTooHigh(response));
        (status.response, status.responseHash, status.tag) = (response, responseHash, tag);
        status.lastUpdate = block.timestamp;
        emit ValidationResponse(msg.sender, status.agentId, requestHash, response, responseURI, responseHash, tag);
    }

    /// @inheritdoc IERC8004Validation
    function getValidationStatus(
        bytes32 requestHash
    )
        external
        view
        returns (
            address validatorAddress,
            uint256 agentId,
            uint8 response,
            bytes32 responseHash,
            string memory tag,
            uint256 lastUpdate
        )
    {
        Status memory status = _statuses[requestHash];
        require(status.validator != address(0), RequestUnknown(requestHash));
        return (status.validator, status.agentId, status.response, status.responseHash, status.tag, status.lastUpdate);
    }

    /// @inheritdoc IERC8004Validation
    function getIdentityRegistry() external view returns (address) {
        return address(this);
    }

    function getAgentWallet(uint256 agentId) external view returns (address) {
        return _wallets[agentId];
    }
}
