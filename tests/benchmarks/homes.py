"""Homes to measure on: made-up purchases of many clients, and ten reminders due."""

from __future__ import annotations

import csv
import random
import subprocess
from datetime import date, timedelta
from pathlib import Path

from measuring import FOLLOWUP

TODAY = "2026-12-01"
_FIRST = date(2025, 1, 6)
_SPAN = 170
"""The sales lie so far back, and at such a time of year, that no rule of the general playbook has one due today."""


def command(home: Path, *words: str) -> list[str]:
    """A command line on that home."""
    return [*FOLLOWUP, "--home", str(home), "--today", TODAY, *words]


def purchases(path: Path, sales: int) -> Path:
    """A CSV file of so many purchases, by a third as many clients: most buy once or twice, few often."""
    chance = random.Random(sales)
    clients = max(10, sales // 3)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Customer", "Email", "Date", "Description", "Amount", "Currency"])
        for n in range(sales):
            client = n if n < clients else int(clients * chance.random() ** 2)
            day = _FIRST + timedelta(days=chance.randrange(_SPAN))
            amount = f"{chance.randrange(5000, 900000) / 100:.2f}"
            name, email = f"Customer {client:06}", f"customer{client:06}@example.com"
            out.writerow([name, email, day, "Photo session", amount, "EUR"])
    return path


_FIRST_NAMES = [
    a + b
    for a in ["An", "Be", "Ca", "Di", "El", "Fe", "Gi", "Ha", "In", "Jo"]
    for b in ["na", "rta", "mil", "ko", "sa", "do", "ra", "nes", "ta", "lin"]
]
_LAST_NAMES = [
    a + b + c
    for a in ["Al", "Bor", "Cas", "Dem", "Er", "Fal", "Gor", "Hol", "Is", "Jan"]
    for b in ["ba", "den", "ka", "lo", "mi", "no", "ra", "se", "ti", "vu"]
    for c in ["berg", "din", "feld", "holt", "kis", "mann", "ner", "rek", "son", "wald"]
]


def client_name(n: int) -> str:
    """The made-up name of client n: a thousand clients have the same first name, a hundred the same last name."""
    return f"{_FIRST_NAMES[n % 100]} {_LAST_NAMES[n // 100 % 1000]}"


def clients(path: Path, number: int) -> Path:
    """A CSV file of so many contacts, up to 100,000 of them with names of their own."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Name", "Email", "Phone", "Company"])
        for n in range(number):
            out.writerow([client_name(n), f"client{n:06}@example.com", f"+49 30 {n:07}", f"Firm {n % 5000}"])
    return path


def with_sales(folder: Path, sales: int) -> Path:
    """A home with so many sales and ten reminders due today, made the first time that it is asked for."""
    home = folder / f"home-{sales}"
    if home.exists():
        return home
    source = purchases(folder / f"purchases-{sales}.csv", sales)
    subprocess.run(command(home, "import", "sales", str(source)), capture_output=True, check=True)
    for n in range(10):
        remind(home, n)
    listed = subprocess.run(command(home, "due", "--all"), capture_output=True, text=True, check=True).stdout
    if len(listed.splitlines()) != 11:
        raise AssertionError(f"ten should be due in {home}:\n{listed[:2000]}")
    return home


def remind(home: Path, client: int, day: str = TODAY) -> None:
    """One reminder for a client."""
    subprocess.run(
        command(home, "remind", f"customer{client:06}@example.com", day, "Call them"), capture_output=True, check=True
    )
