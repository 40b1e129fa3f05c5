"""What everybody has, in a small model that knows points and days only.

Somebody's points are the sum of their entries, and a day is used up for whoever checked in on it. A
link gives the absorbed one's entries to the survivor, except check-ins of a day that is used up
there, which are void; undoing it gives back what staff did not take meanwhile. Nothing else of
linking is known here: no lines, twins, mirrors, slots or keys. Of a family it is known who holds
which child, and whom an account acts for.
"""

from dataclasses import dataclass
from datetime import date

GUARDIANS = 2
"""So many may hold a child."""


@dataclass(eq=False)
class Entry:
    """Points that came or went, whose they are now, and whether they count."""

    owner: int
    points: int
    day: date | None = None
    counts: bool = True


@dataclass(eq=False)
class Held:
    """A voucher: open, used or given back; with what was paid for it, and got back."""

    number: int
    reward: int
    paid: Entry
    state: str = "open"
    returned: Entry | None = None


@dataclass(eq=False)
class Seat:
    """A child that somebody holds, or held."""

    holder: int
    child: int
    living: bool = True


@dataclass(eq=False)
class Linked:
    """A link, and what it moved."""

    number: int
    survivor: int
    absorbed: int
    moved: list[Entry]
    void: list[Entry]
    used: set[date]
    """Days that it used up for the survivor."""
    held: list[Held]
    seats: list[Seat]
    """Those that moved along."""
    doubles: list[Seat]
    """Those that ended, as the survivor holds the same child."""


class Model:
    """All entries, vouchers, links and seats, and which days are used up."""

    def __init__(self, people: int, *, given: int) -> None:
        self.people = 0
        self.entries: list[Entry] = []
        self.held: list[Held] = []
        self.made: list[Linked] = []
        self.seats: list[Seat] = []
        self.gone: set[int] = set()
        """Who was erased."""
        self.since: dict[int, date] = {}
        """After which day who came back may score."""
        self.acting: dict[int, int] = {}
        """The accounts on which a child acts, and which one."""
        self.used: list[set[date]] = []
        self.lost: list[set[date]] = []
        """Days that staff took at the survivor, from whoever is somebody of their own again."""
        self.full: list[set[date]] = []
        """Days whose points were booked once, even if they are used up no more."""
        self.homes = [self.add_person() for _ in range(people)]
        """Whose each account is, or was before they became another."""
        for person in self.homes:
            self.add(person, given)

    def add_person(self) -> int:
        """Let somebody come, with nothing."""
        for each in (self.used, self.lost, self.full):
            each.append(set())
        self.people += 1
        return self.people - 1

    def person(self, one: int) -> int:
        """Return who somebody is by now."""
        for each in self.made:
            if each.absorbed == one:
                return self.person(each.survivor)
        return one

    def owner(self, account: int) -> int:
        """Return whose account it is."""
        return self.person(self.homes[account])

    def at(self, account: int) -> int:
        """Return who acts on an account."""
        return self.acting.get(account, self.owner(account))

    @property
    def here(self) -> list[int]:
        """Return who was not erased."""
        return [person for person in range(self.people) if person not in self.gone]

    def net(self, person: int) -> int:
        """Return what somebody has, less what they owe."""
        return sum(each.points for each in self.entries if each.owner == person and each.counts)

    def may(self, person: int, points: int, agreed: int) -> bool:
        """Say whether points leave no more debt than there is, or was agreed to."""
        net = self.net(person)
        return max(0, -(net + points)) <= max(0, -net, agreed)

    def add(self, person: int, points: int, day: date | None = None) -> Entry:
        """Enter points."""
        entry = Entry(person, points, day)
        self.entries.append(entry)
        return entry

    def has(self) -> list[tuple[int, int]]:
        """Return everybody's points, less what they owe, and what they earned."""
        return [(self.net(person), self.earned(person)) for person in self.here]

    def earned(self, person: int) -> int:
        """Return the points of somebody's check-ins."""
        mine = (each for each in self.entries if each.owner == person and each.counts)
        return sum(each.points for each in mine if each.day)

    def may_check_in(self, person: int, day: date) -> bool:
        """Say whether a check-in pays."""
        since = self.since.get(person, date.min)
        return day > since and day not in self.used[person] | self.full[person]

    def check_in(self, person: int, day: date, points: int) -> None:
        """Enter a check-in that was paid."""
        self.add(person, points, day)
        self.used[person].add(day)
        self.full[person].add(day)

    def of(self, person: int, reward: int) -> list[Held]:
        """Return somebody's vouchers of a reward that did not go back."""
        mine = (each for each in self.held if each.paid.owner == person)
        return [each for each in mine if each.reward == reward and each.state != "back"]

    def link(self, number: int, one: int, other: int) -> None:
        """Make one person of two."""
        mine = [each for each in self.entries if each.owner == other and each.counts]
        held = [each for each in self.held if each.paid.owner == other]
        known = self.used[one] - self.lost[one]
        used = self.used[other] - self.lost[other] - known
        void = [each for each in mine if each.day in known]
        moved = [each for each in mine if each.day not in known]
        for entry in moved:
            entry.owner = one
        for entry in void:
            entry.counts = False
        self.used[one] |= used
        self.full[one] |= used
        self.lost[one] -= used
        seats = [each for each in self.seats if each.holder == other]
        doubles = [each for each in seats if each.living and self.holds(one, each.child)]
        for seat in doubles:
            seat.living = False
        seats = [each for each in seats if not self.holds(one, each.child)]
        for seat in seats:
            seat.holder = one
        self.stop(other)
        self.made.append(Linked(number, one, other, moved, void, used, held, seats, doubles))

    def newest(self, person: int) -> Linked | None:
        """Return the link of somebody that may be undone."""
        return next((each for each in reversed(self.made) if each.survivor == person), None)

    def unlink(self, made: Linked) -> None:
        """Make two of one person; a voucher that went back since stays with its points."""
        self.stop(made.survivor)
        self.made.remove(made)
        gone_back = [each for each in made.held if each.returned not in {None, *made.moved}]
        stay = {each.paid for each in gone_back}
        taken = {each.day for each in made.moved if each.day and not each.counts}
        for entry in made.moved:
            if entry.counts and entry not in stay:
                entry.owner = made.absorbed
        for entry in made.void:
            entry.counts = True
        self.used[made.survivor] -= made.used - taken
        self.lost[made.absorbed] |= taken
        for seat in made.seats:
            if seat.holder == made.survivor:
                seat.holder = made.absorbed
        for seat in made.doubles:
            room = len(self.holders(seat.child)) < GUARDIANS
            seat.living = room and seat.child not in self.gone

    # Families

    def holders(self, child: int) -> list[int]:
        """Return who holds a child."""
        return [each.holder for each in self.seats if each.living and each.child == child]

    def children(self, holder: int) -> list[int]:
        """Return whom somebody holds."""
        return [each.child for each in self.seats if each.living and each.holder == holder]

    def holds(self, holder: int, child: int) -> bool:
        """Say whether somebody holds a child."""
        return child in self.children(holder)

    def ever(self, holder: int) -> int:
        """Return how many seats somebody ever gave."""
        return sum(each.holder == holder for each in self.seats)

    def seat(self, holder: int) -> int:
        """Let somebody hold a child who is new, and return it."""
        child = self.add_person()
        self.hold(holder, child)
        return child

    def hold(self, holder: int, child: int) -> None:
        """Let somebody hold a child."""
        self.seats.append(Seat(holder, child))

    def stop(self, owner: int) -> None:
        """Let nobody but its owner act on an account of theirs."""
        self.acting = {one: each for one, each in self.acting.items() if self.owner(one) != owner}

    def let_go(self, holder: int, child: int) -> bool:
        """Let somebody let go of a child; say whether nobody holds it then."""
        for each in self.seats:
            if (each.holder, each.child) == (holder, child):
                each.living = False
        self.acting = {
            one: each
            for one, each in self.acting.items()
            if each != child or self.owner(one) != holder
        }
        return not self.holders(child)

    def alone(self, holder: int) -> list[int]:
        """Return whom nobody else holds."""
        return [child for child in self.children(holder) if self.holders(child) == [holder]]

    def erase(self, person: int) -> tuple[list[int], list[Held]]:
        """Erase somebody, with whom only they hold; return their accounts and open vouchers."""
        accounts = [one for one in range(len(self.homes)) if self.owner(one) == person]
        left = {person, *self.alone(person)}
        left |= {one for one in range(self.people) if self.person(one) == person}
        self.gone |= left
        void = [each for each in self.held if each.state == "open" and each.paid.owner in left]
        self.seats = [each for each in self.seats if each.holder not in left]
        for seat in self.seats:
            seat.living = seat.living and seat.child not in left
        self.acting = {
            one: child
            for one, child in self.acting.items()
            if one not in accounts and child not in left
        }
        self.made = [each for each in self.made if each.survivor not in left]
        return accounts, void

    def come_back(self, account: int, day: date) -> None:
        """Let whoever has an account begin anew, and score from the day after one."""
        self.homes[account] = self.add_person()
        self.since[self.homes[account]] = day
