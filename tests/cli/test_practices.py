"""The 27 practices of after-sales service, each from start to end: what a person types, when, and what they see.

A scenario is a script. `2026-11-20` sets the day, `$ …` is typed after `followup`; the lines below it must be in what
is printed, and those that begin with `- ` must not. `[title]` stands for the id of that line in the last `due`. Every
home starts with the shipped `general` playbook.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

CONFIG = """
[business]
name = "Lumen & Ink"
owner = "Nora Field"
email = "nora@example.com"
signature = "Nora"
feedback_link = "https://example.com/feedback"
review_link = "https://example.com/review"
"""

ANNA = "sale add Anna Logo --new --email anna@example.com --phone 555-0101"

PRACTICES = {
    "1 a plan beyond the first sale": f"""
        2026-11-20
        $ {ANNA}
        Thank Anna for Logo
        Ask Anna for feedback on Logo
        Check in with Anna, a new client, about Logo
        Ask Anna what else you can do
        Get back in touch with Anna
        """,
    "2 a strategy that fits the trade": """
        2026-11-20
        $ rules adopt repair --yes
        $ sale add Anna Boiler --new --email anna@example.com --phone 555-0101 --service-every 1y
        $ due --ahead 13m --all
        Boiler
        the service of Boiler to Anna
        """,
    "3 thanks on completion, on every channel": f"""
        2026-11-20
        $ {ANNA}
        $ contact edit anna --address "1 Example Street, Exampleton" --handle whatsapp:5550101 --handle x:anna
        2026-11-23
        $ draft anna
        To: anna@example.com
        Subject:
        $ draft anna --channel phone
        Logo
        $ draft anna --channel sms
        Logo
        $ draft anna --channel chat
        Logo
        $ draft anna --channel social
        $ draft anna --channel post
        1 Example Street
        $ draft anna --channel visit
        Logo
        $ done anna
        $ due
        - Thank Anna
        """,
    "4 asking for feedback, with a short form's link": f"""
        2026-11-20
        $ {ANNA}
        2026-11-23
        $ done anna
        2026-11-30
        $ due
        Ask Anna for feedback on Logo
        $ draft anna
        https://example.com/feedback
        $ done anna
        2026-12-02
        $ log feedback anna "quick and kind" --rating 8
        8/10 quick and kind
        """,
    "5 a survey answered in exchange for a coupon": f"""
        2026-11-02
        $ {ANNA}
        $ contact edit anna --tag coupon
        $ log feedback anna --rating 8
        2026-11-03
        $ due --all
        Send Anna the coupon for the feedback
        $ log perk anna --code THANKS --value 10% --expires 2026-12-31
        THANKS
        2026-11-20
        $ sale add anna Flyer --perk THANKS
        $ event list --kind perk
        redeemed
        """,
    "5 a coupon that lapses": f"""
        2026-11-02
        $ {ANNA}
        $ log perk anna --code THANKS --expires 2026-12-31
        2027-01-02
        $ close anna --outcome lapsed
        lapsed
        """,
    "6 bad feedback answered promptly": f"""
        2026-11-20
        $ {ANNA}
        $ log feedback anna "too slow" --rating 4
        2026-11-23
        $ due
        high\tAnna\tphone\tTalk to Anna about the 4 out of 10
        $ draft anna --channel phone
        too slow
        """,
    "7 a happy client asked for a review, then for a referral": f"""
        2026-11-02
        $ {ANNA}
        2026-11-09
        $ log feedback anna --rating 10
        2026-11-11
        $ due --all
        Ask Anna for a review
        $ draft anna
        https://example.com/review
        $ done anna
        2026-12-21
        $ due
        Ask Anna who else you could help
        """,
    "8 thanks for a referral": f"""
        2026-11-20
        $ {ANNA}
        $ contact add "Bo Smith" --email bo@example.com
        $ log referral anna --of bo
        of Bo Smith
        2026-11-23
        $ due
        high\tAnna\tphone\tThank Anna for recommending Bo Smith
        $ draft anna
        Bo
        """,
    "9 a call to a new client": f"""
        2026-11-20
        $ {ANNA}
        2026-12-04
        $ due --all
        phone\tCheck in with Anna, a new client, about Logo
        """,
    "9 a call to a long-standing client, with the history at hand": f"""
        2024-11-20
        $ {ANNA}
        2026-11-20
        $ due
        phone\tThank Anna for another year
        $ draft anna
        client since 20 November 2024
        Logo
        """,
    "10 what else can we do for you": f"""
        2026-11-20
        $ {ANNA}
        2026-11-23
        $ draft anna
        What else can I do for you?
        $ done anna
        2027-01-29
        $ due
        Ask Anna what else you can do
        $ draft anna --channel email
        Logo
        """,
    "11 maintenance announced ahead of time, by post": """
        2025-12-05
        $ sale add Anna Boiler --new --service-every 1y
        $ contact edit anna --address "1 Example Street"
        2026-11-20
        $ due
        post\tAnnounce the service of Boiler to Anna
        $ draft anna
        1 Example Street
        """,
    "12 consumables: reorder before they run out": """
        2026-09-03
        $ sale add Anna Paper --new --email anna@example.com --lasts 3m
        2026-11-19
        $ due
        Remind Anna to reorder Paper
        """,
    "13 warranty made clear, its end announced, claims handled": f"""
        2026-11-20
        $ {ANNA} --warranty 1y
        2026-11-23
        $ draft anna
        20 November 2027
        2027-10-20
        $ due
        Tell Anna that the warranty on Logo ends
        $ log claim anna "print is fading" --sale 1
        $ due
        high\tAnna\tphone\tTell Anna what happens with the claim
        $ close anna --outcome replaced
        replaced
        $ due
        - what happens with the claim
        """,
    "14 a satisfaction window": """
        2026-11-02
        $ sale add Anna Lamp --new --email anna@example.com --date refund_until=2026-12-04
        2026-12-01
        $ due --all
        Ask Anna whether all is right before the refund window closes
        """,
    "14 a refund stops what the sale had planned": f"""
        2026-11-20
        $ {ANNA}
        $ log complaint anna "not what I wanted" --sale 1
        2026-11-21
        $ close anna --outcome refunded
        $ sale show 1
        refunded
        2026-11-23
        $ due --ahead 3m --all
        Ask Anna whether all is well since the complaint
        - about Logo
        - for Logo
        """,
    "15 help with setting up, training, tips for use": """
        2026-11-02
        $ sale add Anna Website --new --email anna@example.com --phone 555-0101 --tag setup --tag tips
        2026-11-05
        $ due --all
        Ask Anna whether Website is up and running
        2026-12-07
        $ due --all
        Send Anna tips for Website
        """,
    "15 how is it going": f"""
        2026-01-05
        $ {ANNA}
        2026-11-02
        $ sale add anna Flyer
        2026-12-07
        $ due --all
        phone\tAsk Anna how Flyer is going
        """,
    "16 complaints: acknowledged, resolved, followed up": f"""
        2026-11-02
        $ {ANNA}
        2026-11-21
        $ log complaint anna "colours are off"
        $ due
        high\tAnna\tphone\tTell Anna that the complaint has arrived
        $ done anna
        2026-11-30
        $ due
        Tell Anna how far the complaint is
        - Ask Anna
        $ close anna
        resolved
        2026-12-14
        $ due
        Ask Anna whether all is well since the complaint
        """,
    "17 questions answered by the day that was promised": f"""
        2026-11-02
        $ {ANNA}
        2026-11-20
        $ log question anna "Can I have it as SVG?" --by 2026-11-24
        open, by 2026-11-24
        2026-11-23
        $ due
        high\tAnna\temail\tAnswer Anna's question: Can I have it as SVG?
        $ done anna
        $ close anna
        resolved
        """,
    "18 promises kept, amends when broken": f"""
        2026-11-02
        $ {ANNA}
        $ log promise anna "send the print files" --by 2026-11-24
        2026-11-23
        $ due
        Keep your promise to Anna: send the print files
        2026-11-26
        $ close anna --outcome broken
        broken
        2026-11-27
        $ due
        Make amends to Anna for the broken promise
        """,
    "19 birthdays, anniversaries, small gifts": f"""
        2026-10-02
        $ {ANNA}
        $ contact edit anna --birthday 1980-11-22
        2026-11-20
        $ due --all
        Wish Anna a happy birthday
        $ log perk anna "a box of tea" --cost 12.50
        a box of tea
        2027-10-04
        $ due --all
        Thank Anna for another year
        """,
    "20 offers for loyal clients": f"""
        2026-01-05
        $ {ANNA}
        $ sale add anna Two
        $ sale add anna Three
        $ sale add anna Four
        2026-11-02
        $ sale add anna Five
        2026-11-05
        $ due --all
        Offer Anna something for job number 5
        $ log perk anna --code FIVE --value 10% --expires 2026-12-31
        2026-12-17
        $ due --all
        Remind Anna of the perk before it lapses
        """,
    "21 a monthly newsletter": f"""
        2026-11-20
        $ {ANNA}
        $ contact add Bo --email bo@example.com --tag newsletter
        $ contact add Cy --email cy@example.com --tag newsletter
        $ contact add Di --email di@example.com --tag newsletter
        $ contact opt-out di --channel email
        2026-12-01
        $ due --rule newsletter
        Write the newsletter
        $ draft [Write the newsletter]
        bo@example.com
        cy@example.com
        - di@example.com
        - anna@example.com
        $ done [Write the newsletter]
        $ due --rule newsletter
        - Write the newsletter
        2027-01-01
        $ due --rule newsletter
        Write the newsletter
        """,
    "22 silent clients won back": f"""
        2026-01-05
        $ {ANNA}
        2026-05-04
        $ log call anna "just to say hello"
        2026-07-06
        $ due
        - Get back in touch
        2026-11-04
        $ due
        Get back in touch with Anna
        $ contact list --silent 5m
        Anna
        $ log email anna --in "new job!"
        $ due
        - Get back in touch
        """,
    "23 why clients are lost": f"""
        2026-11-02
        $ {ANNA}
        $ contact lost anna --reason competitor
        $ contact show anna
        competitor
        $ due --ahead 12m --all
        - Anna
        $ contact regain anna
        2026-11-03
        $ due
        Thank Anna for Logo
        """,
    "24 the channel that the client uses": f"""
        2026-11-20
        $ {ANNA}
        $ contact edit anna --prefer phone
        2026-11-23
        $ due
        phone\tThank Anna for Logo
        $ contact opt-out anna --channel phone
        $ due
        email\tThank Anna for Logo
        $ contact opt-out anna
        $ due --all
        - Anna
        """,
    "25 personal: by name, in their language, knowing the history": f"""
        2026-11-20
        $ {ANNA}
        $ contact edit anna --language de
        2026-11-23
        $ draft anna
        Anna
        Subject:
        - Thank you
        $ log call anna "wants a flyer in spring"
        $ contact show anna
        Logo
        wants a flyer in spring
        Ask Anna for feedback
        """,
    "26 measured: events carry dates, ratings and costs": f"""
        2026-11-02
        $ {ANNA}
        $ log feedback anna --rating 9
        $ log question anna "How long?"
        2026-11-04
        $ close anna
        $ log perk anna "flowers" --cost 25
        $ event list --json
        "rating": 9
        "closed_on": "2026-11-04"
        "outcome": "resolved"
        "25.00"
        """,
    "27 reminders on a calendar": f"""
        2026-11-20
        $ {ANNA}
        $ calendar export -
        SUMMARY:Thank Anna for Logo
        BEGIN:VALARM
        """,
}


def _steps(script: str) -> list[tuple[str, str, list[str]]]:
    """The script as (day, command, expectations)."""
    steps: list[tuple[str, str, list[str]]] = []
    day = ""
    for line in script.strip().splitlines():
        text = line.strip()
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = text
        elif text.startswith("$ "):
            steps.append((day, text[2:], []))
        else:
            steps[-1][2].append(text)
    return steps


def _id_of(title: str, listed: str) -> str:
    """The id of the line in a piped `due` that has this title."""
    return next(line.split("\t")[0] for line in listed.splitlines() if line.endswith(title))


@pytest.mark.parametrize("script", PRACTICES.values(), ids=PRACTICES.keys())
def test_the_practice_works_from_start_to_end(script: str, cli: Callable[..., Result], home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    listed = ""
    for day, typed, expected in _steps(script):
        command = re.sub(r"\[(.+)\]", lambda title: _id_of(title[1], listed), typed)  # noqa: B023
        found = cli(command, today=day)
        listed = found.out if command.startswith("due") else listed
        assert found.status == 0, f"{day} {command}: {found.err}"
        for text in expected:
            if text.startswith("- "):
                assert text[2:] not in found.out, f"{day} {command}"
            else:
                assert text in found.out, f"{day} {command}"


def test_every_practice_has_a_scenario() -> None:
    assert {int(name.split()[0]) for name in PRACTICES} == set(range(1, 28))
