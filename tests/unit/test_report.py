"""A report holds everything it shows, escapes what it is given, and judges in words."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from types import SimpleNamespace

import pandas as pd
import pytest
from PIL import Image

from multiscale import report
from multiscale.parameters import load_set
from multiscale.report import results as blocks
from multiscale.report.page import gauge, linked, text

SOURCE = "Xu et al., Joule 6, 2535 (2022), doi 10.1016/j.joule.2022.09.008"
ROWS = [
    {
        "id": "X42",
        "quantity": "Difference at 15 min",
        "expected": 0.1,
        "tolerance": 0.05,
        "value": 0.1025,
        "kind": "hard",
        "verdict": "reproduced",
        "source": SOURCE,
    },
    {
        "id": "X23",
        "quantity": "Hold",
        "minimum": 13.0,
        "maximum": 20.0,
        "value": 27.2,
        "unit": "mA.h/g",
    }
    | {"kind": "reported", "verdict": "not reproduced", "source": "text"},
    {"id": "X55", "quantity": "At 2C", "minimum": 0.2, "value": None, "kind": "reported"}
    | {"verdict": "not run", "source": "fig. S11"},
]


def picture(kind: str = "PNG", **options) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (200, 100), "white").save(buffer, kind, **options)
    return buffer.getvalue()


def page() -> report.Page:
    frame = pd.DataFrame({"t50 [s]": [1044.0]}, index=pd.Index(["p1"], name="particle"))
    return report.Page(
        title="Charge <C/3> & rest",
        description="First paragraph.\n\nSecond, " + SOURCE,
        sections=[
            report.Section(
                "Lithium",
                [
                    report.Figure(picture(), "A caption with <i>tags</i>"),
                    report.Animation(picture("GIF"), "Moves"),
                    report.Frames([picture(), picture("JPEG")], ["5 min", "15 min"], "Slide"),
                ],
            ),
            report.Section("Judged", [report.Criteria(ROWS, "Written before the run.")]),
            report.Section("Table", [report.Table.from_frame(frame), report.Text("<script>x")]),
            report.Section(
                "Set",
                [
                    report.parameters(load_set("Xu2022_NMC88")),
                    report.KeyValues({"a & b": 1e-13, "none": None}),
                ],
                folded=True,
            ),
        ],
        warnings=["stopped early because <surface> is full"],
        facts={"Mesh": "disk_2um"},
    )


class Balance(HTMLParser):
    """Finds elements that are not closed in order."""

    EMPTY = ("meta", "img", "input")

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.seen = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return report.write_report(tmp_path_factory.mktemp("run") / "new", page()).read_text("utf-8")


def test_file_has_its_name_and_its_parts_are_closed(tmp_path):
    path = report.write_report(tmp_path / "deep" / "folder", page())
    assert path.name == "report.html"
    parser = Balance()
    parser.feed(path.read_text("utf-8"))
    assert parser.wrong == []
    assert parser.open == []


def test_nothing_is_loaded_from_elsewhere(written):
    parser = Balance()
    parser.feed(written)
    addresses = [attrs["src"] for _, attrs in parser.seen if "src" in attrs]
    assert len(addresses) == 4
    assert all(address.startswith("data:image/") for address in addresses)
    links = {attrs["href"] for _, attrs in parser.seen if "href" in attrs}
    assert all(link.startswith(("#", "https://doi.org/10.")) for link in links)
    assert not any(tag in ("link", "iframe", "object") for tag, _ in parser.seen)
    assert "url(" not in written
    assert "@import" not in written


def test_text_is_escaped(written):
    assert "<h1>Charge &lt;C/3&gt; &amp; rest</h1>" in written
    assert "&lt;i&gt;tags&lt;/i&gt;" in written
    assert "&lt;script&gt;x" in written
    assert "&lt;surface&gt;" in written
    assert written.count("<script>") == 1


def test_verdicts_are_counted_and_told_in_words(written):
    assert page().verdicts() == {"reproduced": 1, "not reproduced": 1, "not run": 1}
    for verdict, kind in [("reproduced", "good"), ("not reproduced", "bad"), ("not run", "idle")]:
        badges = re.findall(rf'<span class="badge {kind}">.*?</span> {verdict}</span>', written)
        assert len(badges) == 2, "one in the summary, one in the table"


def test_expected_values_stand_beside_what_was_found(written):
    for words in ["0.1 ± 0.05", "0.1025", "13 to 20", "<strong>27.2</strong> mA.h/g", "≥ 0.2"]:
        assert words in written


def test_doi_is_a_link():
    assert linked(f"{SOURCE}.").endswith(
        '<a href="https://doi.org/10.1016/j.joule.2022.09.008">10.1016/j.joule.2022.09.008</a>.'
    )
    assert "<a" not in linked("a < b, 10.5 V")


def test_gauge_shows_inside_and_outside():
    assert "<circle" in gauge(ROWS[0])
    assert "<path" in gauge(ROWS[1])
    assert gauge(ROWS[2]) == ""
    assert gauge({"value": 1.0, "expected": 1.0, "tolerance": 0.0})


def test_numbers_are_short():
    assert [text(v) for v in (1261, 0.16548213, 5.865e-13, float("nan"), True, 2e9)] == [
        "1261",
        "0.1655",
        "5.865e-13",
        "–",
        "True",
        "2e+09",
    ]


def test_picture_is_shown_at_its_print_size(tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(picture(dpi=(200, 200)))
    shown = report.render(report.Page("x", sections=[report.Section("s", [report.Figure(path)])]))
    assert 'width="101"' in shown  # 200 pixels at 200 per inch, a little enlarged


def test_sources_and_changes_of_a_set():
    chosen = load_set("Xu2022_NMC88")
    name = "Positive particle diffusivity [m2.s-1]"
    rows = report.parameters(chosen, {name: 1e-15}).rows
    assert rows[0] == {
        "name": "Positive particle diffusivity",
        "unit": "m2.s-1",
        "value": 1e-15,
        "source": "changed for this run",
    }
    assert len(rows) == len(chosen.sources)
    assert {row["grade"] for row in rows[1:]} <= {"A", "B", "C"}


def test_balances_of_one_run_and_of_two():
    import pybamm

    import multiscale as ms

    mesh = ms.ParticleMesh.radial(1e-6, 11, shape="cylinder")
    sim = pybamm.Simulation(
        ms.SingleParticleModel(mesh),
        parameter_values=load_set("Xu2022_NMC88").values,
        experiment=["Charge at C/3 for 1 minute"],
    )
    results = ms.Results(sim.solve())
    assert len(report.balances(results).items) == 2
    assert len(report.balances({"a": results, "b": results}).items) == 4


def test_every_balance_stands_in_its_own_row(monkeypatch):
    """On the page, that is: three numbers that nobody confuses."""
    run = SimpleNamespace(balance=SimpleNamespace(lithium=1.11e-7, charge=2.22e-8))
    monkeypatch.setattr(blocks, "ElectrodeResults", SimpleNamespace)
    monkeypatch.setattr(blocks, "kirchhoff", lambda results: 3.33e-9)
    block = report.balances({"a": run})
    page = report.render(report.Page("x", sections=[report.Section("Conservation", [block])]))
    rows = {
        "Lithium gained against charge passed, a": "1.11e-07",
        "Facet currents against terminal current, a": "2.22e-08",
        "Node rule at the worst node or particle, a": "3.33e-09",
    }
    for name, value in rows.items():
        after = page.split(name, 1)[1]
        shown = min(rows.values(), key=lambda v: after.find(v) if v in after else len(after))
        assert shown == value, name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: report.Criteria([{"verdict": "fine"}]), "'fine'; valid: reproduced"),
        (lambda: report.Frames([b""], []), "as many labels"),
        (lambda: report.render(report.Page("x", sections=[_with(b"text")])), "PNG, JPEG, GIF"),
    ],
)
def test_what_cannot_be_shown_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_only_blocks_can_stand_in_a_section():
    with pytest.raises(TypeError, match="not str"):
        report.render(report.Page("x", sections=[report.Section("s", ["text"])]))


def _with(image: bytes) -> report.Section:
    return report.Section("s", [report.Figure(image)])
