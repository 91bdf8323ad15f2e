// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IOperatorPools} from "./interfaces/IOperatorPools.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {Sortition} from "./libraries/Sortition.sol";
import {ReleaseId} from "./types/Ids.sol";

/// @title OperatorPools
/// @notice Operators that offer themselves for panels.
contract OperatorPools is IOperatorPools, ERC165 {
    /// @param since Block in which the operator got this place: a panel whose seed was fixed earlier has it empty.
    struct Place {
        address operator;
        uint64 since;
    }

    /// @param number Number of the place, counted from 1; 0 for who left.
    /// @param rounds Rounds that the operator sits in, also after it left.
    struct Member {
        address token;
        uint96 minFee;
        uint80 maxStake;
        uint16 maxRounds;
        uint16 rounds;
        uint32 number;
    }

    /// @inheritdoc IOperatorPools
    address public immutable quorum;
    /// @inheritdoc IOperatorPools
    uint256 public immutable minStake;

    IStakeVault private immutable _vault;

    mapping(address client => mapping(ReleaseId release => Place[] places)) private _places;
    mapping(address client => mapping(ReleaseId release => mapping(address operator => Member member)))
        private _members;

    /// @dev The quorum deploys its pools.
    constructor(IStakeVault vault, uint80 minStake_) {
        quorum = msg.sender;
        _vault = vault;
        minStake = minStake_;
    }

    /// @inheritdoc IOperatorPools
    function serve(address client, ReleaseId release, Terms calldata terms) external {
        require(terms.maxStake > 0 && terms.maxRounds > 0, MemberTermsVoid());
        require(_vault.authorisedSince(msg.sender, quorum) != 0, MemberNotAuthorised(msg.sender));
        uint256 stake = _stayingStakeOf(msg.sender);
        require(stake >= minStake, MemberStakeTooLow(msg.sender, stake, minStake));

        Member storage member = _members[client][release][msg.sender];
        (member.token, member.minFee) = (terms.token, terms.minFee);
        (member.maxStake, member.maxRounds) = (terms.maxStake, terms.maxRounds);
        if (member.number == 0) {
            Place[] storage places = _places[client][release];
            // Blocks are counted in fewer than 64 bits, operators that staked in fewer than 32.
            places.push(Place({operator: msg.sender, since: uint64(block.number)}));
            member.number = uint32(places.length);
        }

        emit PoolJoined(client, release, msg.sender, terms);
    }

    /// @inheritdoc IOperatorPools
    function resign(address client, ReleaseId release) external {
        _remove(client, release, msg.sender);
    }

    /// @inheritdoc IOperatorPools
    function draw(Draft calldata draft) external returns (address[] memory members) {
        require(msg.sender == quorum, SenderNotQuorum(msg.sender));
        members = _drawn(draft);

        uint256 admitted = 0;
        for (uint256 i = 0; i < members.length; ++i) {
            address operator = members[i];
            if (operator != address(0) && _admit(draft, operator)) members[admitted++] = operator;
            else emit SeatEmpty(draft.client, draft.release, operator);
        }
        assembly ("memory-safe") {
            mstore(members, admitted)
        }
    }

    /// @inheritdoc IOperatorPools
    function dismiss(address client, ReleaseId release, address[] calldata operators) external {
        require(msg.sender == quorum, SenderNotQuorum(msg.sender));

        for (uint256 i = 0; i < operators.length; ++i) {
            --_members[client][release][operators[i]].rounds;
        }
    }

    /// @inheritdoc IOperatorPools
    function poolSizeOf(address client, ReleaseId release) external view returns (uint256) {
        return _places[client][release].length;
    }

    /// @inheritdoc IOperatorPools
    function memberAt(
        address client,
        ReleaseId release,
        uint256 place
    ) external view returns (address operator, uint256 since) {
        Place storage taken = _places[client][release][place];
        return (taken.operator, taken.since);
    }

    /// @inheritdoc IOperatorPools
    function termsOf(
        address client,
        ReleaseId release,
        address operator
    ) external view returns (Terms memory terms, uint256 rounds) {
        Member storage member = _members[client][release][operator];
        require(member.number != 0, MemberUnknown(client, release, operator));
        terms = Terms(member.token, member.minFee, member.maxStake, member.maxRounds);
        rounds = member.rounds;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IOperatorPools).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Moves the last place into the one that becomes free. For a panel whose seed was fixed before, both are empty.
    function _remove(address client, ReleaseId release, address operator) private {
        Member storage member = _members[client][release][operator];
        uint32 number = member.number;
        require(number != 0, MemberUnknown(client, release, operator));

        Place[] storage places = _places[client][release];
        address last = places[places.length - 1].operator;
        places.pop();
        if (last != operator) {
            places[number - 1] = Place({operator: last, since: uint64(block.number)});
            _members[client][release][last].number = number;
        }
        member.number = 0;

        emit PoolLeft(client, release, operator);
    }

    /// @dev Counts one round more for a member, if it is on its terms and its stake suffices; else returns false. A member
    /// without the least stake, or that took its authorisation back, loses its place: it would leave seats empty for nothing.
    /// It asks the vault first and does not try: a call that fails for want of gas would let the sender empty a seat.
    function _admit(Draft calldata draft, address operator) private returns (bool) {
        Member storage member = _members[draft.client][draft.release][operator];
        bool reliable = _vault.authorisedSince(operator, quorum) != 0 && _stayingStakeOf(operator) >= minStake;
        if (!reliable) {
            _remove(draft.client, draft.release, operator);
            return false;
        }
        bool willing =
            member.token == draft.token &&
                member.minFee <= draft.fee &&
                member.maxStake >= draft.stake &&
                member.rounds < member.maxRounds;
        if (!willing || !_isCovered(operator, draft.stake, draft.compensation)) return false;

        ++member.rounds;
        return true;
    }

    /// @dev The operators of the places drawn; zero where a place changed hands since the pool was fixed.
    function _drawn(Draft calldata draft) private view returns (address[] memory drawn) {
        Place[] storage places = _places[draft.client][draft.release];
        drawn = new address[](draft.seats);
        // One more than there are seats, to take the place of the operator that is excluded.
        uint256 count = draft.excluded == address(0) ? draft.seats : draft.seats + 1;
        uint256[] memory numbers = Sortition.draw(draft.seed, draft.size, count);
        uint256 seat = 0;
        for (uint256 i = 0; i < count && seat < draft.seats; ++i) {
            Place memory place;
            if (numbers[i] < places.length) place = places[numbers[i]];
            if (place.operator != address(0) && place.operator == draft.excluded) continue;
            drawn[seat++] = place.since <= draft.fixedAt ? place.operator : address(0);
        }
    }

    /// @dev Whether the vault would let the quorum expose `stake`.
    function _isCovered(address operator, uint80 stake, uint80 compensation) private view returns (bool) {
        uint256 leverage = _vault.LEVERAGE();
        uint256 firstLoss = (stake + leverage - 1) / leverage;
        if (compensation > firstLoss) firstLoss = compensation;
        uint256 own = _vault.freeOwnStakeOf(operator);
        return own >= firstLoss && _vault.availableTo(operator, quorum) >= stake;
    }

    /// @dev Own stake that is not about to leave.
    function _stayingStakeOf(address operator) private view returns (uint256) {
        (uint256 own, ) = _vault.stakeOf(operator);
        (uint256 leaving, ) = _vault.exitOf(operator);
        return own - leaving;
    }
}
