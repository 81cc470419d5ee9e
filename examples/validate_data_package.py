"""A data package judged as a case: the synthetic movie, whose truth is known.

The package holds timings, outlines, the cell record and the electrode. The protocol is taken from
the record, the electrode is simulated, and what a microscope would see of it is timed as the movie
was. Nothing of this package was measured.
"""

from pathlib import Path

from multiscale import cases

PACKAGE = Path(__file__).parents[1] / "validation" / "synthetic_movie" / "package"


def main():
    """Judge the package; returns one row per criterion."""
    run = cases.run_suite(cases.SuiteRun([cases.load_suite_case(PACKAGE)]), workers=0)
    rows = cases.rows_of(run)
    for row in rows:
        value = "-" if row["value"] is None else f"{row['value']:.3g}"
        print(f"{row['verdict']:15} {value:>8}  {row['quantity']}")
    value_of = {(row["id"], row["quantity"].partition(",")[0]): row["value"] for row in rows}
    assert value_of["P3.0", "order"] > 0.9  # Kendall's tau of the first charge
    assert value_of["P4.0", "median distance of t50"] < 0.02  # share of the charge
    return rows


if __name__ == "__main__":
    main()
