"""What a titration found, as laws for a parameter set."""

from __future__ import annotations

import pandas as pd

from multiscale.analysis.gitt_record import open_circuit_points, reasons
from multiscale.errors import AnalysisError, ParameterError
from multiscale.parameters.own_data import MeasuredLaw, from_table

LUN = "Lun et al., SI, eq. 1"


def titration_laws(
    table: pd.DataFrame, citation: str, where: str = "titration record"
) -> dict[str, MeasuredLaw]:
    """Open-circuit potential of all rests, diffusivity of the valid pulses, with their sources.

    Parameters
    ----------
    table : DataFrame
        Of :func:`multiscale.analysis.gitt_record.titration`.
    citation : str
        Whose record it is.
    where : str
        File name, say.

    Returns
    -------
    dict of str to MeasuredLaw
        By entry of a set; without a diffusivity if fewer than two pulses are valid. The
        diffusivity is a chemical one: it belongs to ``transport="chemical"``.

    Raises
    ------
    AnalysisError
        If the potential does not fall with stoichiometry.
    """
    points = open_circuit_points(table).drop_duplicates("stoichiometry")
    try:
        ocp = from_table(
            points,
            "ocp",
            units="V",
            citation=citation,
            where=where,
            method=f"ends of {len(points)} rests; monotone interpolation",
        )
    except ParameterError as error:
        raise AnalysisError(f"Open-circuit potential of {where}: {error}") from error
    laws = dict(ocp.entry)
    valid = table[table["valid"]].drop_duplicates("stoichiometry")
    if len(valid) >= 2:
        left_out = "; ".join(reasons(table)) or "none left out"
        diffusivity = from_table(
            valid[["stoichiometry", "diffusivity_m2_s"]],
            "diffusivity",
            units="m2/s",
            citation=citation,
            where=where,
            grade="C",
            kind="derived",
            method=f"{LUN}, {len(valid)} of {len(table)} pulses ({left_out})",
        )
        laws |= diffusivity.entry
    return laws
