"""Sales in the file: rows to values and back."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from followup.core.model import Sale
from followup.core.refusal import Refusal
from followup.store.contacts import days_from_json, days_to_json

if TYPE_CHECKING:
    import sqlite3

COLUMNS = (
    "id, contact_id, title, completed, entered, amount, currency, category, tags, warranty, warranty_until, "
    "service_every, lasts, dates, ref, note, canceled, refunded, starts_from"
)


def from_row(row: Any) -> Sale:
    """A row of `COLUMNS` as a sale."""
    day = date.fromisoformat
    return Sale(
        id=row[0],
        contact_id=row[1],
        title=row[2],
        completed=day(row[3]),
        entered=day(row[4]),
        amount=row[5],
        currency=row[6],
        category=row[7],
        tags=tuple(json.loads(row[8])) if row[8] != "[]" else (),
        warranty=row[9],
        warranty_until=day(row[10]) if row[10] else None,
        service_every=row[11],
        lasts=row[12],
        dates=days_from_json(row[13]),
        ref=row[14],
        note=row[15],
        canceled=bool(row[16]),
        refunded=bool(row[17]),
        starts_from=day(row[18]) if row[18] else None,
    )


def load(db: sqlite3.Connection, sale_id: int) -> Sale:
    """The sale with this id. Refuses an unknown one."""
    row = db.execute(f"SELECT {COLUMNS} FROM sales WHERE id = ?", [sale_id]).fetchone()
    if row is None:
        raise Refusal(f"there is no sale {sale_id}: see followup sale list")
    return from_row(row)


def values_of(sale: Sale) -> dict[str, Any]:
    """The columns of a sale but its id."""

    def text(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "contact_id": sale.contact_id,
        "title": sale.title,
        "completed": sale.completed.isoformat(),
        "entered": sale.entered.isoformat(),
        "amount": sale.amount,
        "currency": sale.currency,
        "category": sale.category,
        "tags": json.dumps(sale.tags, ensure_ascii=False) if sale.tags else "[]",
        "warranty": sale.warranty,
        "warranty_until": text(sale.warranty_until),
        "service_every": sale.service_every,
        "lasts": sale.lasts,
        "dates": days_to_json(sale.dates) if sale.dates else "{}",
        "ref": sale.ref,
        "note": sale.note,
        "canceled": int(sale.canceled),
        "refunded": int(sale.refunded),
        "starts_from": text(sale.starts_from),
    }


def insert(db: sqlite3.Connection, sale: Sale, import_key: str | None = None) -> int:
    """Adds the sale under its id, or for 0 the next free one, and returns that. `import_key` tells it again in a second
    import."""
    own = {"id": sale.id} if sale.id else {}
    values = own | values_of(sale) | {"import_key": import_key, "import_amount": sale.amount if import_key else None}
    cursor = db.execute(
        f"INSERT INTO sales ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def update(db: sqlite3.Connection, sale: Sale) -> None:
    """Writes the sale as it is now."""
    values = values_of(sale)
    db.execute(f"UPDATE sales SET {', '.join(f'{c} = ?' for c in values)} WHERE id = ?", [*values.values(), sale.id])


def listed(db: sqlite3.Connection, contact_id: int | None, since: date | None) -> list[Sale]:
    """The sales, oldest first: all, of one contact, or completed on or after a day."""
    conditions, values = [], []
    if contact_id is not None:
        conditions.append("contact_id = ?")
        values.append(str(contact_id))
    if since is not None:
        conditions.append("completed >= ?")
        values.append(since.isoformat())
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return [from_row(r) for r in db.execute(f"SELECT {COLUMNS} FROM sales {where} ORDER BY completed, id", values)]


def last_completed(db: sqlite3.Connection, contact_id: int) -> date | None:
    """The day of a contact's last sale, cancelled ones aside."""
    query = "SELECT max(completed) FROM sales WHERE contact_id = ? AND NOT canceled"
    last = db.execute(query, [contact_id]).fetchone()[0]
    return date.fromisoformat(last) if last else None
