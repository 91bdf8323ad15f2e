// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {ReleaseCode} from "./libraries/ReleaseCode.sol";
import {ReleaseId} from "./types/Ids.sol";

/// @title EnclaveImages
/// @notice Which measurements may serve which release, as its publisher says, and from when to when.
abstract contract EnclaveImages is IEnclaveRegistry {
    using ReleaseCode for address;
    using ReleaseCode for bytes;

    /// @param from When it was approved; 0 where it never was.
    /// @param until Time from which it counts no more; never where it is the largest.
    /// @param withdrawnFrom When evidence is first refused for it; 0 where it is not withdrawn.
    /// @param raisedFrom When evidence is first held to `minSvn`; to `formerSvn` before.
    struct Approval {
        uint40 from;
        uint40 until;
        uint40 withdrawnFrom;
        uint40 raisedFrom;
        uint16 minSvn;
        uint16 formerSvn;
    }

    /// @inheritdoc IEnclaveRegistry
    uint40 public constant NOTICE = 1 hours;

    IModelRegistry private immutable _models;

    mapping(ReleaseId release => mapping(bytes32 measurement => Approval approval)) private _approvals;

    mapping(ReleaseId release => uint256 count) private _standing;

    constructor(IModelRegistry models) {
        _models = models;
    }

    /// @inheritdoc IEnclaveRegistry
    function approve(ReleaseId release, bytes32 measurement, uint16 minSvn) external {
        _requirePublisher(release);
        Approval storage approval = _approvals[release][measurement];
        require(approval.until == 0 || _isStanding(approval), MeasurementAlreadyWithdrawn(release, measurement));

        // Times fit until the year 36,000.
        uint40 time = uint40(block.timestamp);
        if (approval.from == 0) {
            ++_standing[release];
            (approval.from, approval.until) = (time, type(uint40).max);
        } else {
            uint16 held = time < approval.raisedFrom ? approval.formerSvn : approval.minSvn;
            approval.formerSvn = held;
            approval.raisedFrom = minSvn > held ? time + NOTICE : 0;
        }
        approval.minSvn = minSvn;

        emit MeasurementApproved(release, measurement, minSvn);
    }

    /// @inheritdoc IEnclaveRegistry
    function withdraw(ReleaseId release, bytes32 measurement, uint40 since) external {
        _requirePublisher(release);
        require(since <= block.timestamp, TimeInFuture(since));
        Approval storage approval = _approvals[release][measurement];
        require(approval.from > 0, MeasurementNotApproved(release, measurement));

        if (_isStanding(approval)) {
            --_standing[release];
            // The time fits until the year 36,000.
            approval.withdrawnFrom = uint40(block.timestamp) + NOTICE;
        }
        if (since < approval.until) approval.until = since;

        emit MeasurementWithdrawn(release, measurement, since);
    }

    /// @inheritdoc IEnclaveRegistry
    function isServable(ReleaseId release, bytes32 measurement) external view returns (bool) {
        return measurement == 0 ? _standing[release] > 0 : _isStanding(_approvals[release][measurement]);
    }

    /// @inheritdoc IEnclaveRegistry
    function isApproved(ReleaseId release, bytes32 measurement, uint16 svn, uint40 time) external view returns (bool) {
        Approval memory approval = _approvals[release][measurement];
        return _isWithin(approval, time) && time < approval.until && svn >= approval.minSvn;
    }

    /// @dev Of evidence: what the publisher took back, or raised, counts once its notice is over.
    function _isApproved(
        ReleaseId release,
        bytes32 measurement,
        uint16 svn,
        uint256 time
    ) internal view returns (bool) {
        Approval memory approval = _approvals[release][measurement];
        bool withdrawn = time >= approval.until && block.timestamp >= approval.withdrawnFrom;
        uint16 minSvn = block.timestamp < approval.raisedFrom ? approval.formerSvn : approval.minSvn;
        return _isWithin(approval, time) && !withdrawn && svn >= minSvn;
    }

    function _requirePublisher(ReleaseId release) private view {
        address publisher = _models.pointerOf(release).recordAt().publisher();
        require(publisher == msg.sender, MeasurementPublisherMismatch(publisher, msg.sender));
    }

    function _isWithin(Approval memory approval, uint256 time) private pure returns (bool) {
        return approval.from > 0 && time >= approval.from;
    }

    function _isStanding(Approval memory approval) private pure returns (bool) {
        return approval.until == type(uint40).max;
    }
}
