// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";

/// @title AggregatorMock
/// @notice A feed whose rounds are whatever a test says, in phases, with gaps, and which fails on command.
contract AggregatorMock is IAggregatorV3 {
    enum Behaviour {
        Answer,
        Revert,
        ReturnAnother
    }

    struct Entry {
        int256 answer;
        uint256 updatedAt;
    }

    uint8 public decimals;
    uint80 public latest;
    Behaviour public behaviour;
    mapping(uint80 id => Entry entry) private _rounds;

    error AggregatorRefused(uint80 id);

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function misbehave(Behaviour behaviour_) external {
        behaviour = behaviour_;
    }

    /// @notice Sets rounds from `first` on, and the last of them as the latest.
    function feed(uint80 first, Entry[] calldata rounds) external {
        for (uint256 i = 0; i < rounds.length; ++i) {
            latest = first + uint80(i);
            _rounds[latest] = rounds[i];
        }
    }

    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        require(behaviour != Behaviour.Revert, AggregatorRefused(id));
        return _dataOf(behaviour == Behaviour.ReturnAnother ? id + 1 : id);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _dataOf(latest);
    }

    function description() external pure returns (string memory) {
        return "MOCK / USD";
    }

    function version() external pure returns (uint256) {
        return 4;
    }

    function _dataOf(uint80 id) private view returns (uint80, int256, uint256, uint256, uint80) {
        Entry memory entry = _rounds[id];
        return (id, entry.answer, entry.updatedAt, entry.updatedAt, id);
    }
}
