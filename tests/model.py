"""What everybody has, in a small model that knows points and days only.

Somebody's points are the sum of their entries, and a day is used up for whoever checked in on it. A
link gives the absorbed one's entries to the survivor, except check-ins of a day that is used up
there, which are void; undoing it gives back what staff did not take meanwhile. Nothing else of
linking is known here: no lines, twins, mirrors, slots or keys.
"""

from dataclasses import dataclass
from datetime import date


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


class Model:
    """All entries, vouchers and links, and which days are used up."""

    def __init__(self, people: int, *, given: int) -> None:
        self.people = people
        self.entries = [Entry(person, given) for person in range(people)]
        self.held: list[Held] = []
        self.made: list[Linked] = []
        self.used: list[set[date]] = [set() for _ in range(people)]
        self.lost: list[set[date]] = [set() for _ in range(people)]
        """Days that staff took at the survivor, from whoever is somebody of their own again."""
        self.full: list[set[date]] = [set() for _ in range(people)]
        """Days whose points were booked once, even if they are used up no more."""

    def person(self, account: int) -> int:
        """Return who somebody is by now."""
        for each in self.made:
            if each.absorbed == account:
                return self.person(each.survivor)
        return account

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
        return [(self.net(person), self.earned(person)) for person in range(self.people)]

    def earned(self, person: int) -> int:
        """Return the points of somebody's check-ins."""
        mine = (each for each in self.entries if each.owner == person and each.counts)
        return sum(each.points for each in mine if each.day)

    def may_check_in(self, person: int, day: date) -> bool:
        """Say whether a check-in pays."""
        return day not in self.used[person] | self.full[person]

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
        self.made.append(Linked(number, one, other, moved, void, used, held))

    def newest(self, person: int) -> Linked | None:
        """Return the link of somebody that may be undone."""
        return next((each for each in reversed(self.made) if each.survivor == person), None)

    def unlink(self, made: Linked) -> None:
        """Make two of one person; a voucher that went back since stays with its points."""
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
