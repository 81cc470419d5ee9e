"""Records as cyclers and people export them: the right numbers, or a refusal that says why.

All files hold one record: rest, charge at 1 mA, rest, discharge at 1 mA.
"""

from __future__ import annotations

import numpy as np
import pytest
from fuzzing import PROFILES, survives
from siblings import siblings

from multiscale.analysis.cycler import read_record
from multiscale.errors import AnalysisError

T = [0, 10, 20, 30, 40, 50]
IN_STEP = [0, 10, 20, 10, 10, 20]
STEP = [1, 2, 2, 3, 4, 4]
MA = [0.0, 1.0, 1.0, 0.0, -1.0, -1.0]
V = [3.5, 3.6, 3.7, 3.65, 3.5, 3.4]
ROWS = range(len(T))


def hms(seconds):
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def per_row(form, states="RCCRDD", comma=False, **more):
    """One line per row; ``form`` takes t, h, s (in the step), hms, shms, step, i, mA, A, abs..."""
    lines = []
    for i in ROWS:
        values = {
            **{"i": i, "t": T[i], "h": T[i] / 3600, "s": IN_STEP[i], "sh": IN_STEP[i] / 3600},
            **{"hms": hms(T[i]), "shms": hms(IN_STEP[i]), "step": STEP[i], "v": V[i]},
            **{"ma": MA[i], "a": MA[i] / 1000, "abs": abs(MA[i]), "absa": abs(MA[i]) / 1000},
            **{"mv": 1000 * V[i], "state": states[i], "ox": int(MA[i] >= 0), "sec": f"{T[i]:02d}"},
        }
        line = form.format(**values)
        lines.append(line.replace(".", ",") if comma else line)
    return "\n".join(lines) + "\n"


BIO = "mode\tox/red\tNs changes\tNs\ttime/s\tcontrol/V/mA\tEwe/V\tI/mA\t(Q-Qo)/mA.h\t\n"
BIO_ROW = "1\t{ox}\t0\t{step}\t{t:.9E}\t0.0\t{v:.7E}\t{ma:.7E}\t0.0\t"
NEWARE = ["Rest", "CC Chg", "CC Chg", "Rest", "CC DChg", "CC DChg"]
DIGATRON = ["PAU", "LAD", "LAD", "PAU", "ELA", "ELA"]
GERMAN = {"decimal": ",", "encoding": "cp1252"}
READ = {
    "maccor": (
        "Today's Date\t11/28/2026\nDate of Test:\t11/27/2026\tFilename:\tC:\\x\\cell A.012\n\n"
        "Rec#\tCyc#\tStep\tTestTime\tStepTime\tAmp-hr\tAmps\tVolts\tState\tES\tDPt Time\n"
        + per_row(
            "{i}\t0\t{step}\t  0d {hms}.00\t  0d {shms}.00\t0\t{absa}\t{v}\t{state}\t1\t"
            "11/27/2026 10:00:{sec}"
        ),
        {},
    ),
    "maccor hours": (
        "Rec,Step,Test Time (Hr),Step Time (Hr),Amp-hr,Current (A),Voltage (V),Md,ES\n"
        + per_row("{i},{step},{h},{sh},0,{absa},{v},{state},1"),
        {},
    ),
    "maccor seconds": (
        "Test: A\nRec#,Cyc#,Step,Test (Sec),Step (Sec),Amps,Volts,State\n"
        + per_row("{i},0,{step},{t}.0,{s}.0,{absa},{v},{state}"),
        {},
    ),
    "arbin": (
        "Data_Point,Test_Time(s),Date_Time,Step_Time(s),Step_Index,Cycle_Index,Current(A),"
        "Voltage(V),Charge_Capacity(Ah),dV/dt(V/s)\n"
        + per_row("{i},{t},11/28/2026 10:00:{sec},{s},{step},1,{a},{v},0,0"),
        {},
    ),
    "arbin mits": (
        "Data_Point,Date_Time,Test_Time (s),Step_Time (s),Step_Index,Voltage (V),Current (A),"
        "Aux_Temperature (°C)\n"
        + per_row("{i},2026-11-28 10:00:{sec}.000,{t},{s},{step},{v},{a},25.1"),
        {"encoding": "cp1252"},
    ),
    "biologic": (
        "EC-Lab ASCII FILE\nNb header lines : 5\n\nRun on channel : 1\n" + BIO + per_row(BIO_ROW),
        {"encoding": "cp1252"},
    ),
    "biologic, commas": (
        "EC-Lab ASCII FILE\nNb header lines : 4\n\n" + BIO + per_row(BIO_ROW, comma=True),
        GERMAN,
    ),
    "biologic, many settings": (
        "EC-Lab ASCII FILE\nNb header lines : 300\n"
        + "".join(f"Ns {i}       {i}.000   {i}.000\n" for i in range(297))
        + BIO
        + per_row(BIO_ROW),
        {},
    ),
    "biologic without sign": (
        "time/s\tEcell/V\t<I>/mA\tox/red\n" + per_row("{t}\t{v}\t{abs}\t{ox}"),
        {},
    ),
    "trailing tab": ("Cell: A1\n\nmode,time,Ecell,I\n-,s,V,mA\n" + per_row("1,{t},{v},{ma}"), {}),
    "neware": (
        "DataPoint,Step Index,Step Type,Time,Total Time,Current(mA),Voltage(V),Date\n"
        + per_row("{i},{step},{state},{shms},{hms},{ma},{v},2026-11-28 10:00:{sec}", NEWARE),
        {"encoding": "utf-8-sig"},
    ),
    "neware, time of a step": (
        "Record ID,Step,Status,Time(h:min:s.ms),Voltage(V),Current(mA),Temperature(℃)\n"
        + per_row("{i},{step},{state},{shms}.000,{v},{abs},25", NEWARE),
        {},
    ),
    "neware, utf-16": (
        "DataPoint\tStep Type\tTime\tTotal Time\tCurrent(A)\tVoltage(mV)\n"
        + per_row("{i}\t{state}\t{shms}.000\t0d {hms}.000\t{absa}\t{mv:.1f}", NEWARE),
        {"encoding": "utf-16"},
    ),
    "landt": (
        "Record,SysTime,TestTime,StepTime,Mode,Voltage/V,Current/mA,Capacity/mAh\n"
        + per_row("{i},2026-11-28 10:00:{sec},0-{hms},0-{shms},{state}_CC,{v},{abs},0"),
        {},
    ),
    "basytec": (
        "~Resultfile from Basytec Battery Test System\n~Battery: A1\n~\n"
        "~Time[h]\tDataSet\tt-Step[h]\tLine\tCommand\tU[V]\tI[A]\tState\n"
        + per_row("{h}\t{i}\t{sh}\t{step}\t{state}\t{v}\t{a}\t0", NEWARE),
        {},
    ),
    "digatron, German": (
        "Digatron BTS-600\nPrüfung;A1\n\n"
        "Schritt;Zustand;Programmdauer;Schrittdauer;Strom;Spannung\n"
        ";;;;A;V\n" + per_row("{step};{state};{hms};{shms};{absa};{v}", DIGATRON, comma=True),
        GERMAN,
    ),
    "digatron": (
        "Step,Status,Prog Time,Step Time,Voltage,Current,AhAccu\n,,,,V,A,Ah\n"
        + per_row("{step},x,{hms},{shms},{v},{a},0"),
        {},
    ),
    "gamry": (
        "EXPLAIN\nTAG\tPWR800_CHARGE\nTITLE\tLABEL\tCharge\tTest &Identifier\nCURVE\tTABLE\t6\n"
        "\tPt\tT\tVf\tIm\tSig\tIERange\tOver\tTemp\n\t#\ts\tV vs. Ref.\tA\tV\t#\tbits\tdeg C\n"
        + per_row("\t{i}\t{t}\t{v:E}\t{a:E}\t0\t10\t...........\t25.0"),
        {},
    ),
    "ivium": ("time /s,E /V,I /A\n" + per_row("{t}, {v:E}, {a:E}"), {}),
    "ivium, spaces": ("E /V          time /s     I /mA\n" + per_row(" {v}   {t}.0   {ma}"), {}),
    "novonix": (
        "[Summary]\nNovonix Cell,A1\nCapacity (Ah),0.003\n[End Summary]\n\n[Data]\n"
        "Date and Time,Step Type,Run Time (h),Step Time (h),Current (A),Potential (V)\n"
        + per_row("2026-11-28 10:00:{sec},{step},{h},{sh},{a},{v}"),
        {},
    ),
    "autolab": (
        "Index;Time (s);WE(1).Current (A);WE(1).Potential (V)\n" + per_row("{i};{t};{a};{v}"),
        {},
    ),
    "squidstat": (
        "Elapsed Time (s),Working Electrode (V),Current (mA)\n" + per_row("{t},{v},{ma}"),
        {},
    ),
    "spreadsheet, German": (
        "Zeit [h];Strom [mA];Spannung [V];Bemerkung\n" + per_row('{h};{ma};{v};"a; b"', comma=True),
        GERMAN,
    ),
    "spreadsheet, French": (
        "Temps (s);Courant (mA);Tension (mV)\n" + per_row("{t};{ma};{mv:.1f}", comma=True),
        GERMAN,
    ),
    "told commas, thousands": (
        "Zeit [s];Strom [mA];Spannung [mV]\n"
        + "".join(f"{T[i]};{MA[i]};".replace(".", ",") + f"{V[i]:.3f}\n" for i in ROWS),
        GERMAN,
    ),
    "thousands": ("t [s];I [mA];U [mV]\n" + per_row("{t};{ma};{mv:,.1f}"), {}),
    "quotes": (
        '"Test Time, total / s","I / mA","U / V","Note"\n'
        + per_row('"{t}","{ma}","{v}","a ""b"", c"'),
        {"columns": {"time": "Test Time, total / s"}},
    ),
    "index column": (",Test Time / s,Current / mA,Voltage / V\n" + per_row("{i},{t},{ma},{v}"), {}),
    "Excel's first line": ("sep=;\nTest Time / s;I / mA;U / V\n" + per_row("{t};{ma};{v}"), {}),
    "NumPy's": ("# t/s I/mA U/V\n" + per_row("{t} {ma} {v}"), {}),
    "two pages": (
        ("t [s],I [mA],U [V]\n" + per_row("{t},{ma},{v}")).replace(
            "\n30", "\nt [s],I [mA],U [V]\n30"
        ),
        {},
    ),
    "a name twice": (
        "Test Time / s,Aux,Current / mA,Voltage / V,Aux\n" + per_row("{t},1,{ma},{v},2"),
        {},
    ),
    "empty last column": ("t [s];I [mA];U [V];\n" + per_row("{t};{ma};{v};"), {}),
    "minus signs": ("t [s],I [mA],U [V]\n" + per_row("{t},{ma},{v}").replace("-", "−"), {}),
    "stamps": ("Date Time,I [mA],U [V]\n" + per_row("28.11.2026 10:00:{sec},{ma},{v}"), {}),
    "stamps, ISO": (
        "timestamp,I [mA],U [V]\n" + per_row("2026-11-28T10:00:{sec}+01:00,{ma},{v}"),
        {},
    ),
    "time of a step": (
        "Step Time (s),Step Index,I (mA),U (V)\n" + per_row("{s},{step},{ma},{v}"),
        {},
    ),
    "density beside the current": (
        "t [s],Current [mA/cm2],Current [mA],U [V]\n" + per_row("{t},7,{ma},{v}"),
        {},
    ),
    "a state turns the sign": (
        "t [s],I [mA],U [V],State\n"
        + "".join(f"{T[i]},{-MA[i]},{V[i]},{'RCCRDD'[i]}\n" for i in ROWS),
        {},
    ),
    "a state by another name": (
        "t [s],I [mA],U [V],Charge/Discharge\n" + per_row("{t},{abs},{v},{state}", NEWARE),
        {},
    ),
    "Chinese": (
        "总时间(h:min:s),电流(mA),电压(V),工步类型\n"
        + per_row(
            "{hms},{abs},{v},{state}", ["静置", "恒流充电", "恒流充电", "静置", "放电", "放电"]
        ),
        {},
    ),
    "told sign": (
        "t [s],I [mA],U [V]\n" + "".join(f"{T[i]},{-MA[i]},{V[i]}\n" for i in ROWS),
        {"positive": "discharge"},
    ),
}


@siblings("name", READ)
def test_files_in_use(name, tmp_path):
    text, how = READ[name]
    how = dict(how)
    path = tmp_path / "record.txt"
    path.write_bytes(text.encode(how.pop("encoding", "utf-8")))
    record = read_record(path, **how)
    assert np.allclose(record.times - record.times[0], T, rtol=1e-9, atol=1e-6)
    assert np.allclose(record.current, np.array(MA) / 1000, rtol=1e-9)
    assert np.allclose(record.voltage, V, rtol=1e-9)


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_others(ending, tmp_path):
    path = tmp_path / "record.csv"
    path.write_bytes(READ["maccor"][0].replace("\n", ending).encode())
    assert np.allclose(read_record(path).current, np.array(MA) / 1000)


HEAD = "Time [s],Current [mA],Voltage [V]"
UP_AND_DOWN = "0,1,3.0\n10,1,3.4\n20,1,3.8\n30,1,4.2\n40,1,3.9\n50,1,3.5\n60,1,3.1\n"
REFUSED = {
    "no sign": (
        f"{HEAD}\n{UP_AND_DOWN}",
        r"line 8, row 7: the voltage falls by 1.1 V while the curr",
    ),
    "sign of PyBaMM": (
        f"{HEAD}\n0,1,4.2\n10,1,4\n20,1,3.7\n30,1,3.4\n40,-1,3.6\n50,-1,3.9\n60,-1,4.1\n",
        "say what a positive current does",
    ),
    "state against the sign": (
        f"{HEAD},State\n0,1,3.5,C\n10,-1,3.6,C\n20,1,3.7,C\n",
        r"line 3, row 2: a current of -0.001 A contradicts State = 'C'",
    ),
    "unknown state": (
        f"{HEAD},Step Type\n0,1,3.5,CC Chg\n10,1,3.6,Pulse\n20,1,3.7,CC DChg\n",
        "a current flows in the state 'Pulse'",
    ),
    "density": ("Time [s],Current [mA/cm2],U [V]\n0,1,3.5\n1,1,3.6\n", "is in 'mA/cm2'; a current"),
    "capitals": ("TIME [s],CURRENT [MA],U [V]\n0,1,3.5\n1,1,3.6\n", "is in 'MA'; a current can be"),
    "no unit": ("time,I [A],U [V]\n0,1,3.5\n1,1,3.6\n", "'time' has no unit; a time can be in s"),
    "mV called V": (f"{HEAD}\n0,1,3500\n1,1,3600\n", "row 1: a voltage of 3500 V is more than"),
    "cut off": (f"{HEAD}\n0,1,3.5\n1,1\n", "line 3, row 2: 2 cells, but 3 column names"),
    "backwards": (f"{HEAD}\n0,1,3.5\n10,1,3.6\n5,1,3.6\n", "line 4, row 3: time does not increase"),
    "midnight": ("Time,I [A],U [V]\n23:59:50,1,3.5\n00:00:00,1,3.6\n", "time does not increase"),
    "double row": (f"{HEAD}\n0,1,3.5\n10,1,3.6\n10,1,3.6\n", "remove a double row"),
    "two currents": (
        "Time [s],I [A],U [V],I [A]\n0,1,3.5,2\n1,1,3.6,2\n",
        "column 'I .A.' stands 2 times, with different content",
    ),
    "words": (
        f"{HEAD}\n0,on,3.5\n1,on,3.6\n",
        r"column 'Current \[mA\]' holds no numbers, but 'on'",
    ),
    "infinite": (f"{HEAD}\n0,1,3.5\n1,inf,3.6\n", "line 3, row 2: the current is infinite"),
    "empty": (f"{HEAD}\n0,1,3.5\n1,,3.6\n", r"line 3, row 2: the current is missing \(NaN\)"),
    "error of a sheet": (f"{HEAD}\n0,1,3.5\n1,#DIV/0!,3.6\n", "'#DIV/0!' is not a number"),
    "hours or minutes": ("Time,I [A],U [V]\n00:10,1,3.5\n00:20,1,3.6\n", "no times that are known"),
}


@siblings("name", REFUSED)
def test_what_cannot_be_right_is_refused(name, tmp_path):
    text, message = REFUSED[name]
    path = tmp_path / "record.csv"
    path.write_text(text)
    with pytest.raises(AnalysisError, match=message):
        read_record(path)


def test_a_state_and_a_told_sign_that_disagree(tmp_path):
    path = tmp_path / "record.csv"
    path.write_text(READ["a state turns the sign"][0])
    with pytest.raises(AnalysisError, match="contradicts State"):
        read_record(path, positive="charge")


def test_times_that_meet_at_a_switching_are_a_jump(tmp_path):
    path = tmp_path / "record.csv"
    path.write_text(f"{HEAD}\n0,0,3.5\n10,0,3.5\n10,1,3.55\n20,1,3.6\n")
    record = read_record(path)
    assert len(record.times) == 4
    assert 0 < record.times[2] - record.times[1] < 1e-8
    assert record.charge()[-1] == pytest.approx(0.01)


def test_a_clock_that_begins_at_zero_in_every_step(tmp_path):
    path = tmp_path / "record.csv"
    path.write_text("Time(s),Step,I (mA),U (V)\n0,1,0,3.5\n10,1,0,3.5\n0,2,1,3.6\n10,2,1,3.7\n")
    assert read_record(path).times.tolist() == pytest.approx([0, 10, 10, 20], abs=1e-6)


def test_a_clock_that_begins_at_zero_without_a_step_is_refused(tmp_path):
    path = tmp_path / "record.csv"
    path.write_text("Time(s),I (mA),U (V)\n0,0,3.5\n10,0,3.5\n0,1,3.6\n10,1,3.7\n")
    with pytest.raises(AnalysisError, match="join a restarted clock"):
        read_record(path)


@PROFILES
def test_damaged_records(examples, tmp_path):
    valid = [READ[name][0].encode() for name in ("maccor", "biologic", "neware", "gamry")]
    survives(read_record, valid, tmp_path / "record.csv", examples)
