// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStakeVault} from "./interfaces/IStakeVault.sol";

/// @title StakeVault
/// @notice Operators' stake and what of it is exposed to open liabilities: open exposure never exceeds stake.
contract StakeVault is IStakeVault {
    struct Account {
        uint128 stake;
        uint128 exposure;
    }

    struct Exit {
        uint128 amount;
        uint40 availableAt;
    }

    struct Liability {
        address operator;
        uint96 amount;
    }

    /// @notice Time between an exit's request and its withdrawal.
    uint256 public constant EXIT_DELAY = 7 days;

    mapping(address operator => Account account) private _accounts;
    mapping(address operator => Exit exit) private _exits;
    mapping(address operator => mapping(address holder => bool authorised)) private _authorised;
    mapping(address holder => mapping(bytes32 liability => Liability exposure)) private _liabilities;

    /// @inheritdoc IStakeVault
    function stake() external payable {
        require(msg.value > 0, StakeAmountZero());

        // All the wei there is fits into 96 bits, and so does a sum of what was sent.
        _accounts[msg.sender].stake += uint128(msg.value);

        emit Staked(msg.sender, msg.value);
    }

    /// @inheritdoc IStakeVault
    function authorise(address holder, bool authorised) external {
        _authorised[msg.sender][holder] = authorised;

        emit HolderAuthorised(msg.sender, holder, authorised);
    }

    /// @inheritdoc IStakeVault
    function requestExit(uint256 amount) external {
        require(amount > 0, StakeAmountZero());
        _requireFree(msg.sender, amount);

        // `amount` is at most the account's stake: it fits. The year 36,000 is the limit of the time.
        _accounts[msg.sender].stake -= uint128(amount);
        Exit storage exit = _exits[msg.sender];
        exit.amount += uint128(amount);
        exit.availableAt = uint40(block.timestamp + EXIT_DELAY);

        emit ExitRequested(msg.sender, amount, exit.availableAt);
    }

    /// @inheritdoc IStakeVault
    function withdraw(address payable to) external {
        (uint256 amount, uint256 availableAt) = exitOf(msg.sender);
        require(amount > 0, ExitNotRequested(msg.sender));
        require(block.timestamp >= availableAt, ExitNotAvailable(availableAt));

        delete _exits[msg.sender];

        emit Withdrawn(msg.sender, to, amount);

        (bool sent, ) = to.call{value: amount}("");
        require(sent, WithdrawalFailed(to));
    }

    /// @inheritdoc IStakeVault
    function open(address operator, bytes32 liability, uint128 amount) external {
        require(_authorised[operator][msg.sender], HolderNotAuthorised(operator, msg.sender));
        require(_liabilities[msg.sender][liability].operator == address(0), ExposureAlreadyOpen(msg.sender, liability));
        _requireFree(operator, amount);

        _accounts[operator].exposure += amount;
        // At most the operator's stake, which is wei that exists: it fits into 96 bits.
        _liabilities[msg.sender][liability] = Liability({operator: operator, amount: uint96(amount)});

        emit ExposureOpened(operator, msg.sender, liability, amount);
    }

    /// @inheritdoc IStakeVault
    function close(bytes32 liability) external {
        (address operator, uint256 amount) = liabilityOf(msg.sender, liability);
        require(operator != address(0), ExposureNotOpen(msg.sender, liability));

        // The amount was stored from 96 bits.
        _accounts[operator].exposure -= uint128(amount);
        delete _liabilities[msg.sender][liability];

        emit ExposureClosed(operator, msg.sender, liability, amount);
    }

    /// @inheritdoc IStakeVault
    function stakeOf(address operator) external view returns (uint256) {
        return _accounts[operator].stake;
    }

    /// @inheritdoc IStakeVault
    function exposureOf(address operator) external view returns (uint256) {
        return _accounts[operator].exposure;
    }

    /// @inheritdoc IStakeVault
    function isAuthorised(address operator, address holder) external view returns (bool) {
        return _authorised[operator][holder];
    }

    /// @inheritdoc IStakeVault
    function freeStakeOf(address operator) public view returns (uint256) {
        Account storage account = _accounts[operator];
        return account.stake - account.exposure;
    }

    /// @inheritdoc IStakeVault
    function liabilityOf(address holder, bytes32 liability) public view returns (address operator, uint256 amount) {
        Liability storage exposure = _liabilities[holder][liability];
        return (exposure.operator, exposure.amount);
    }

    /// @inheritdoc IStakeVault
    function exitOf(address operator) public view returns (uint256 amount, uint256 availableAt) {
        Exit storage exit = _exits[operator];
        return (exit.amount, exit.availableAt);
    }

    function _requireFree(address operator, uint256 amount) private view {
        uint256 free = freeStakeOf(operator);
        require(amount <= free, StakeInsufficient(operator, free, amount));
    }
}
