#!/usr/bin/env python3
"""What the ERP must show after a year of real trade, worked out without a line of Evertill's own code.

    python3 expected.py                 compares expected.json with what this script computes from invoices.csv.gz
    python3 expected.py --write         writes expected.json
    python3 expected.py --cut FILE      makes invoices.csv.gz from the sample, then as above

Only the standard library; every amount is an integer or a Fraction. The rules are in README.md beside this file and
repeated here where they are applied.
"""

import csv
import gzip
import hashlib
import io
import json
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).resolve().parent
INVOICES = HERE / "invoices.csv.gz"
EXPECTED = HERE / "expected.json"
CATALOGUE = HERE.parents[1] / "server" / "demo" / "products.csv"

COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice"]
TAX_RATE_PPM = 200_000
# Europe/London in the years of the sample: the last Sundays of March and October, 01:00 UTC.
SUMMER_BEGINS_LOCAL = datetime(2011, 3, 27, 2)
SUMMER_ENDS_LOCAL = datetime(2011, 10, 30, 1)
EPOCH = datetime(1970, 1, 1)


def half_away(value):
    """An integer from a Fraction that is not negative, halves rounded up (away from zero)."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def to_utc_ms(local):
    """Nobody traded in the hour that the clocks skip or repeat, so local time has one meaning throughout."""
    assert not SUMMER_ENDS_LOCAL <= local < SUMMER_ENDS_LOCAL + timedelta(hours=1), local
    assert not SUMMER_BEGINS_LOCAL - timedelta(hours=1) <= local < SUMMER_BEGINS_LOCAL, local
    summer = SUMMER_BEGINS_LOCAL <= local < SUMMER_ENDS_LOCAL
    utc = local - timedelta(hours=1 if summer else 0)
    return round((utc - EPOCH).total_seconds()) * 1000


def contained_tax_minor(paid_minor):
    net = half_away(Fraction(paid_minor * 1_000_000, 1_000_000 + TAX_RATE_PPM))
    return paid_minor - net


class Sums(dict):
    def __init__(self):
        super().__init__(sales=0, lines=0, quantity_milli=0, gross_minor=0, tax_minor=0)

    def add_line(self, quantity, gross_minor, tax_minor):
        self["lines"] += 1
        self["quantity_milli"] += quantity * 1000
        self["gross_minor"] += gross_minor
        self["tax_minor"] += tax_minor


def read_invoices():
    invoices = defaultdict(list)
    with gzip.open(INVOICES, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            invoices[row["InvoiceNo"]].append(row)
    return invoices


def rung_up(rows):
    """The lines as a till has them: the same code at the same price is one line, in the place of the first."""
    lines = {}
    for row in rows:
        code = row["StockCode"].strip().upper()
        price_minor = half_away(Fraction(row["UnitPrice"]) * 100)
        lines[code, price_minor] = lines.get((code, price_minor), 0) + int(row["Quantity"])
    return [(code, price_minor, quantity) for (code, price_minor), quantity in lines.items()]


def compute():
    invoices = read_invoices()
    with open(CATALOGUE, encoding="utf-8", newline="") as file:
        catalogue = {row["sku"] for row in csv.DictReader(file)}

    left_out = {"refund_invoices": 0, "refund_lines": 0, "correction_invoices": 0, "correction_lines": 0}
    included = {"source_lines": 0, "lines": 0, "lines_rung_up_with_another": 0, "lines_for_nothing": 0,
                "sales_for_nothing": 0, "lines_not_in_catalogue": 0, "sales_with_a_code_not_in_catalogue": 0}
    unknown = defaultdict(int)
    total, months, products = Sums(), defaultdict(Sums), defaultdict(Sums)
    times = []

    for number, rows in invoices.items():
        if any(int(row["Quantity"]) <= 0 for row in rows):
            kind = "refund" if number.startswith("C") else "correction"
            left_out[kind + "_invoices"] += 1
            left_out[kind + "_lines"] += len(rows)
            continue
        completed = max(datetime.fromisoformat(row["InvoiceDate"]) for row in rows)
        times.append(to_utc_ms(completed))
        month = months[completed.strftime("%Y-%m")]
        lines = rung_up(rows)
        sale_minor = 0
        for code, price_minor, quantity in lines:
            gross_minor = price_minor * quantity
            tax_minor = contained_tax_minor(gross_minor)
            for sums in (total, month, products[code]):
                sums.add_line(quantity, gross_minor, tax_minor)
            sale_minor += gross_minor
            included["lines_for_nothing"] += gross_minor == 0
            if code not in catalogue:
                unknown[code] += 1
        for code in {code for code, _, _ in lines}:
            products[code]["sales"] += 1
        total["sales"] += 1
        month["sales"] += 1
        included["source_lines"] += len(rows)
        included["lines"] += len(lines)
        included["lines_rung_up_with_another"] += len(rows) - len(lines)
        included["sales_for_nothing"] += sale_minor == 0
        included["sales_with_a_code_not_in_catalogue"] += any(code not in catalogue for code, _, _ in lines)
    included["lines_not_in_catalogue"] = sum(unknown.values())

    return {
        "source": {
            "what": "Online Retail, D. Chen, 2015, UCI Machine Learning Repository, CC BY 4.0; a sample of its lines",
            "invoices": len(invoices),
            "lines": sum(map(len, invoices.values())),
            "sha256": hashlib.sha256(gzip.decompress(INVOICES.read_bytes())).hexdigest(),
        },
        "left_out": left_out,
        "included": included,
        "codes_not_in_catalogue": dict(sorted(unknown.items())),
        "first_completed_at_ms": min(times),
        "last_completed_at_ms": max(times),
        "total": total,
        "months": dict(sorted(months.items())),
        "products": dict(sorted(products.items())),
    }


def dump(value):
    """JSON with a line for each month and product, so that a difference is a line."""
    parts = []
    for key, part in value.items():
        if key in ("months", "products"):
            rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(sums)}" for name, sums in part.items())
            parts.append(f"  {json.dumps(key)}: {{\n{rows}\n  }}")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(part)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def cut(sample):
    """The same rows without customers and countries, which no test needs."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    with open(sample, encoding="utf-8-sig", newline="") as file:
        writer.writerows(csv.DictReader(file))
    INVOICES.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--cut"]:
        cut(arguments[1])
        arguments = arguments[2:] or ["--write"]
    computed = dump(compute())
    if arguments == ["--write"]:
        EXPECTED.write_text(computed, encoding="utf-8")
    elif EXPECTED.read_text(encoding="utf-8") != computed:
        sys.exit("expected.json is not what this script computes")
    print(f"{INVOICES.name}: the expected figures hold")


if __name__ == "__main__":
    main()
