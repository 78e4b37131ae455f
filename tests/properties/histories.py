"""Made-up facts and rules for the property tests: what a contact, a sale, an event, a rules file may be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

FIRST_DAY = date(2026, 1, 14)

CHANNELS = '["email", "phone"]'
"""What most rules below use; some contacts have neither, some opted out of one."""

# ruff: noqa: E501
RULES: dict[str, tuple[str, ...]] = {
    "thank-you": (
        'on="sale"\nafter="1 business day"\nwhen="not open(\'trouble\') and not happened(\'trouble\')"\nat_most="2 months"',
        'on="sale"\nafter="1 business day"\nweekend="previous"\nexpires="7 days"',
        'on="sale"\nafter="1 month"\nevery="1 month"\ntimes=4\nexpires="10 days"\nat_most="2 months"',
    ),
    "call-new": (
        'on="sale"\nafter="2 weeks"\nwhen="sale.number == 1 and count(\'touch\') < 5"\nexpires="14 days"',
        'on="sale"\nbefore="3 days"\nwhen="sale.amount >= 100"\npriority="high"\nexpires="5 days"',
    ),
    "check-up": (
        'on="sale"\nevery="1 week"\ntimes=5\nexpires="2 days"\npriority="low"',
        'on="sale"\nafter="3 days"\nevery="2 weeks"\nexpires="never"',
        'on="sale"\nevery="1 month"\nexpires="1 year"\nwhen="sale.latest"\nweekend="keep"',
        'on="sale"\nevery="20 business days"\nexpires="3 weeks"\nat_most="2 months"',
    ),
    "warranty": (
        'on="warranty-end"\nbefore="1 month"\nexpires="21 days"\nat_most="1 month"',
        'on="warranty-end"\nafter="1 day"\nwhen="sale.category == \'web\'"',
    ),
    "service": (
        'on="service"\nbefore="2 weeks"\nwhen="sale.latest"\nexpires="21 days"',
        'on="service"\nbefore="10 business days"\nexpires="never"\nat_most="3 months"',
    ),
    "runs-out": ('on="runs-out"\nbefore="5 business days"\nexpires="14 days"', 'on="runs-out"\nafter="1 week"\nhold=false'),
    "birthday": (
        'on="birthday"\nweekend="previous"\nhold=false\nexpires="3 days"\nwhen="contact.sales > 0"',
        'on="birthday"\nbefore="1 week"\nexpires="2 months"',
    ),
    "anniversary": (
        'on="anniversary"\npriority="low"\nexpires="7 days"\nwhen="not open(\'case\')"',
        'on="anniversary"\nafter="6 months"',
    ),
    "win-back": (
        'on="silence"\nafter="2 months"\nwhen="contact.sales > 0 and tried < 2"\nexpires="10 days"',
        'on="silence"\nafter="1.5 x usual"\nfallback="3 months"\nexpires="30 days"',
        'on="silence"\nafter="1 week"\nexpires="0 days"\nweekend="previous"',
        'on="silence"\nafter="2 weeks"\nexpires="never"',
    ),
    "lost-one": ('on="silence"\nafter="1 month"\nlost=true', 'on="complaint"\nlost=true\nexpires="never"'),
    "complaint-ack": (
        'on="complaint"\nwhen="event.open"\nweekend="keep"\npriority="high"\nexpires="never"',
        'on="complaint"\nwhen="not happened(\'call\')"\nexpires="1 day"',
    ),
    "complaint-chase": (
        'on="complaint"\nafter="1 week"\nevery="1 week"\nwhen="event.open"\npriority="high"',
        'on="claim"\nafter="1 week"\nevery="4 days"\ntimes=20\nwhen="open(\'claim\')"\nexpires="never"',
    ),
    "complaint-check": (
        'on="complaint-closed"\nafter="2 weeks"\nwhen="event.outcome == \'refunded\' or not happened(\'message\')"',
        'on="claim-closed"\nexpires="5 days"',
    ),
    "question": ('on="question"\nafter="1 business day"\nwhen="event.open"\nexpires="never"\npriority="high"',),
    "feedback": (
        'on="feedback"\nafter="2 business days"\nwhen="event.rating >= 9"\nat_most="1 year"\nexpires="14 days"',
        'on="feedback"\nwhen="event.rating <= 6 and sale.number >= 1"\npriority="high"',
    ),
    "referral": ('on="referral"\nafter="1 business day"\npriority="high"\nhold=false',),
    "promise": ('on="promise"\nbefore="1 day"\nwhen="event.open"\nexpires="never"', 'on="promise-closed"'),
    "perk": ('on="perk"\nbefore="2 weeks"\nwhen="event.open"\nexpires="20 days"', 'on="perk"\nbefore="1 day"'),
    "refund-window": ('on="date:refund"\nbefore="3 days"\nexpires="3 days"', 'on="date:refund"\nevery="1 month"\ntimes=6'),
    "monthly": (
        'on="calendar"\nschedule="FREQ=MONTHLY;BYMONTHDAY=1"\nwhen="contact.years >= 1"\nexpires="20 days"',
        'on="calendar"\nschedule="FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31,15"\nwhen="\'vip\' in contact.tags"\nexpires="never"',
        'on="calendar"\nschedule="FREQ=WEEKLY"\nwhen="contact.years >= 2"\nexpires="3 days"',
        'on="calendar"\nschedule="FREQ=DAILY;COUNT=30"\nexpires="1 day"\npriority="low"\nat_most="4 days"',
    ),
    "newsletter": (
        'on="calendar"\nschedule="FREQ=MONTHLY;BYDAY=1TU"\ngroup=true\nwhen="\'vip\' in contact.tags"\nexpires="14 days"',
        'on="calendar"\nschedule="FREQ=WEEKLY"\ngroup=true\nwhen="contact.years >= 1 and not happened(\'note\')"',
    ),
}  # fmt: skip
"""Rules by name, each in several versions, so that an edit of the file can change one in place."""

settings = st.fixed_dictionaries(
    {
        "weekend": st.sampled_from(["next", "previous", "keep"]),
        "daily": st.sampled_from([0, 0, 1, 3]),
        "min_gap": st.sampled_from(["0 days", "3 days", "2 weeks", "4 business days"]),
    }
)
rule_choices = st.dictionaries(st.sampled_from(sorted(RULES)), st.integers(0, 3), min_size=4, max_size=14)


def rules_text(chosen: dict[str, int], setting: dict[str, Any]) -> str:
    """The rules file with these rules in this order."""
    lines = ["[settings]"]
    lines += [f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in setting.items()]
    for name, version in chosen.items():
        body = RULES[name][version % len(RULES[name])]
        lines += ["[[rule]]", f'name = "{name}"', f"channels = {CHANNELS}", f'message = "{name}"', body]
    return "\n".join(lines) + "\n"


configs = st.fixed_dictionaries(
    {
        "country": st.sampled_from(["", "", "DE", "US"]),
        "workdays": st.sampled_from([["mon", "tue", "wed", "thu", "fri"], ["mon"], ["tue", "sat", "sun"]]),
        "away": st.lists(st.tuples(st.integers(-60, 120), st.integers(0, 70)), max_size=2),
    }
)


def config_text(config: dict[str, Any]) -> str:
    """The configuration; `away` counts from `FIRST_DAY`, and says how long."""
    away = [
        [(FIRST_DAY + timedelta(days=start)).isoformat(), (FIRST_DAY + timedelta(days=start + length)).isoformat()]
        for start, length in config["away"]
    ]
    workdays = str(config["workdays"]).replace("'", '"')
    return (
        f'[business]\nname = "Lumen & Ink"\nowner = "Nora"\ncountry = "{config["country"]}"\n'
        f"[schedule]\nworkdays = {workdays}\naway = {str(away).replace(chr(39), chr(34))}\n"
    )


def periods(*texts: str) -> st.SearchStrategy[str | None]:
    """None, or one of these periods."""
    return st.none() | st.sampled_from(texts)


near = st.one_of(st.integers(-20, 3), st.integers(-90, 20), st.integers(-900, 60))
"""Days from today of something that is written down."""

past = st.one_of(st.integers(-5, 0), st.integers(-60, 0), st.integers(-800, 0))
ahead = st.one_of(st.integers(1, 10), st.integers(1, 120))

contacts = st.fixed_dictionaries(
    {
        "birthday": st.none() | st.sampled_from(["--02-29", "1980-01-18", "--03-01", "1972-12-30", "--01-25"]),
        "emails": st.sampled_from([0, 1, 1]),
        "phones": st.sampled_from([0, 1]),
        "prefers": st.none() | st.sampled_from(["email", "phone", "post"]),
        "handles": st.sampled_from([{}, {"telegram": "@a"}]),
        "tags": st.sampled_from([(), ("vip",), ("vip", "b")]),
        "every": periods("2 weeks", "1 month"),
        "dates": st.dictionaries(st.sampled_from(["refund", "renewal"]), near, max_size=1),
    }
)
SOMEBODY = {"birthday": None, "emails": 1, "phones": 1, "prefers": None, "handles": {}, "tags": (), "every": None,
            "dates": {}}  # fmt: skip
opted = st.sampled_from([("email",), ("phone",), ("email", "phone"), ("all",)])
sales = st.fixed_dictionaries(
    {
        "completed": near,
        "amount": st.none() | st.sampled_from([5000, 10000, 99999]),
        "category": st.none() | st.sampled_from(["web", "logo"]),
        "warranty": periods("2 months", "1 year"),
        "service_every": periods("1 month", "6 months"),
        "lasts": periods("30 days", "3 months"),
        "dates": st.dictionaries(st.just("refund"), near, max_size=1),
    }
)
events = st.fixed_dictionaries({"on": past, "incoming": st.booleans(), "rating": st.integers(0, 10), "due": ahead})
