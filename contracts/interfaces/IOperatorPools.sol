// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId} from "../types/Ids.sol";

/// @title IOperatorPools
/// @notice Operators that offer themselves for panels: a pool for each contract that orders rounds, and release.
/// @dev A pool for each client, since the client sets stake and time of a round and so could harm its members: an operator
/// serves those whose code it has read. A draw is over places, one for an operator, whatever it has staked beyond the least:
/// an operator that wants more places takes more identities, and stakes the least for each.
interface IOperatorPools {
    /// @notice What an operator serves for. A round that is not on its terms leaves its seat empty.
    /// @dev Empty, not to another operator: whoever orders a round could otherwise choose terms that only its own operators
    /// accept, and so choose the panel.
    /// @param token What it is paid in; zero for the chain's native token.
    /// @param minFee Its part of the fee, at least: the fee divided by the panel's size.
    /// @param maxStake What it exposes in one round at most.
    /// @param maxRounds Rounds of this pool that it serves at once at most.
    struct Terms {
        address token;
        uint96 minFee;
        uint80 maxStake;
        uint16 maxRounds;
    }

    /// @notice What a panel is drawn for.
    /// @param seed Randomness that nobody knew when pool and block were fixed.
    /// @param size Places that are drawn from: the pool's size when it was fixed.
    /// @param fixedAt Block in which the pool was fixed; places that were taken later are empty.
    /// @param seats Number of seats.
    /// @param excluded Operator that gets none; zero for nobody.
    /// @param token What a member is paid in.
    /// @param fee What a member is paid, before it is known who agrees.
    /// @param stake What a member exposes.
    /// @param compensation What of it an injured party may get, hence own stake.
    struct Draft {
        address client;
        ReleaseId release;
        bytes32 seed;
        uint256 size;
        uint256 fixedAt;
        uint256 seats;
        address excluded;
        address token;
        uint96 fee;
        uint80 stake;
        uint80 compensation;
    }

    event PoolJoined(address indexed client, ReleaseId indexed release, address indexed operator, Terms terms);
    event PoolLeft(address indexed client, ReleaseId indexed release, address indexed operator);
    /// @notice A place was drawn whose operator could not or would not take part.
    event SeatEmpty(address indexed client, ReleaseId indexed release, address indexed operator);

    /// @notice The operator has less own stake, not counting what is in the exit queue, than every member must have.
    error MemberStakeTooLow(address operator, uint256 stake, uint256 minStake);
    /// @notice The operator has not authorised the quorum in the vault.
    error MemberNotAuthorised(address operator);
    /// @notice Terms that no round could be on.
    error MemberTermsVoid();
    error SenderNotQuorum(address sender);
    error MemberUnknown(address client, ReleaseId release, address operator);

    /// @notice Offers the sender for rounds of `client` over `release`, or changes its terms.
    /// @dev The sender has authorised the quorum in the vault and has `minStake` of its own there. A member that has not
    /// any more loses its place when it is drawn.
    /// @dev Warning: a member that is drawn answers in time or loses stake; serve only clients whose code leaves you the time.
    function serve(address client, ReleaseId release, Terms calldata terms) external;

    /// @notice Takes the sender out of a pool; the rounds that it was drawn for go on.
    function resign(address client, ReleaseId release) external;

    /// @notice Draws distinct places and returns the operators of those that can and will take part; only the quorum may.
    /// @dev Warning: at most `seats`, and maybe none. It counts a round more for each, until they are dismissed.
    function draw(Draft calldata draft) external returns (address[] memory members);

    /// @notice Counts a round less for each of these operators; only the quorum may.
    function dismiss(address client, ReleaseId release, address[] calldata operators) external;

    /// @notice Returns the contract that draws panels and holds their members' liabilities.
    function quorum() external view returns (address);

    /// @notice Returns the own stake that every member must have.
    function minStake() external view returns (uint256);

    /// @notice Returns the number of places of a pool.
    function poolSizeOf(address client, ReleaseId release) external view returns (uint256);

    /// @notice Returns who has a place of a pool, and since which block.
    function memberAt(
        address client,
        ReleaseId release,
        uint256 place
    ) external view returns (address operator, uint256 since);

    /// @notice Returns a member's terms and in how many rounds of the pool it sits now; reverts for others.
    function termsOf(
        address client,
        ReleaseId release,
        address operator
    ) external view returns (Terms memory terms, uint256 rounds);
}
