"""The event lists that an SSDA903 return fills: placements, periods of care, missing episodes, leavers, adoptions."""

import pandas as pd

from bscbdata.findings import Finding, failure, passed, warning
from bscbdata.period import ReportYear, year_of
from bscbdata.statutory import CaseRecords, code_map, event_list
from bscbdata.statutory.ssda903.layout import (
    ADOPTED,
    CONTINUES,
    ENDLESS,
    FOR_ADOPTION,
    NEVER,
    NEW_PLACEMENT,
    NEW_STATUS,
    SHORT_BREAKS,
    TEMPORARY,
    Sent,
    fields,
)
from bscbdata.statutory.ssda903.native import told_of_rows


def last_day_of(native: dict[str, pd.DataFrame], year: str | ReportYear | None) -> pd.Timestamp:
    """31 March of the report year: the one given, or that of the latest episode."""
    if year is not None:
        return pd.Timestamp((ReportYear.parse(year) if isinstance(year, str) else year).end)
    starts = native["episodes"]["DECOM"] if "episodes" in native else pd.Series(dtype="datetime64[s]")
    latest = starts.max()
    return pd.Timestamp(year_of(latest.date()).end) if pd.notna(latest) else ENDLESS


def fill_lists(native: dict[str, pd.DataFrame], last_day: pd.Timestamp, records: CaseRecords) -> None:
    """Every event list that the tables allow, with what it cannot say told."""
    people = _people(native.get("header"), records)
    if "episodes" in native:
        episodes = chain_periods(native["episodes"])
        put_list(records, "placements", placements_of(episodes), people)
        put_list(records, "looked_after", periods_of_care(episodes, native, last_day), people)
        records.findings += told_of_periods(episodes, native)
    if "missing" in native:
        put_list(records, "missing_episodes", _missing_episodes(native["missing"]), people)
    if "oc3" in native:
        put_list(records, "care_leavers", _care_leavers(native["oc3"]), people)
    if "ad1" in native or "placed_adoption" in native:
        put_list(records, "adoptions", _adoptions(native), people)


# Official columns without which a column of ours is missing in every row, and the list it is in.
OURS = {
    "DEC": ("looked_after", "end_date"),
    "LS": ("looked_after", "legal_status"),
    "CIN": ("looked_after", "need"),
    "PLACE": ("looked_after", "placement"),
    "PLACE_PROVIDER": ("looked_after", "provider"),
    "REC": ("looked_after", "ceased_reason"),
    "RNE": ("looked_after", "placements_in_last_12_months"),
    "MISSING": ("missing_episodes", "away_without_authorisation"),
}


def not_sent(sent: list[Sent]) -> dict[str, set[str]]:
    """The columns of our lists that cannot be filled, since a set lacks the official column."""
    found: dict[str, set[str]] = {}
    for one in sent:
        for column in set(OURS) & set(fields()[one.table]) - set(one.body):
            name, ours = OURS[column]
            found.setdefault(name, set()).add(ours)
    return found


def put_list(records: CaseRecords, name: str, frame: pd.DataFrame, people: pd.DataFrame) -> None:
    """One event list, with what is known of each child; `looked_after` is made from `placements`, so it has no own rows."""
    joined = event_list(name, frame.join(people, on="child"))
    content = [column for column in joined if column != "row_id"]
    records.lists[name] = joined.sort_values(content, kind="stable", ignore_index=True)
    if name == "looked_after":
        records.rows_in[name] = len(joined)
        said = f"{len(joined):,} periods of care made from {len(records.lists['placements']):,} episodes."
    else:
        records.rows_in[name] = len(joined) + int((records.rejects["table"] == name).sum())
        said = f"{len(joined):,} of {records.rows_in[name]:,} rows read into {name}."
    records.findings.append(passed("read", said))


def _people(header: pd.DataFrame | None, records: CaseRecords) -> pd.DataFrame:
    """Sex, birth and ethnic group of each child; what two rows of the header contradict each other in is left missing."""
    if header is None:
        said = "There is no header table, so sex, age and ethnic group are missing."
        records.findings.append(warning("table", said, advice="Ask for it."))
        return pd.DataFrame(columns=["date_of_birth", "sex", "ethnicity"])
    ours = pd.DataFrame({"child": header["CHILD"], "date_of_birth": header["DOB"]})
    ours["sex"] = header["SEX"].map(code_map("sex", "ssda903"))
    ours["ethnicity"] = header["ETHNIC"].map(code_map("ethnicity", "ssda903"))
    grouped = ours.groupby("child")
    differs = grouped.nunique() > 1
    doubtful = differs.any(axis=1)
    if doubtful.any():
        said = f"{int(doubtful.sum())} children stand in the header with contradicting sex, birth or ethnic group; these were left missing."
        column = ", ".join(differs.columns[differs.any()])
        records.findings.append(failure("header", said, column=column, advice="Ask which row is right."))
    return grouped.first().mask(differs)


def chain_periods(episodes: pd.DataFrame) -> pd.DataFrame:
    """Episodes in order, with `period`: which period of care each belongs to.

    A period begins with reason S, after an episode that ended care (any reason but X1), and after a gap.
    """
    when = ["CHILD", "DECOM", "DEC", "RNE", "REC"]
    what = ["LS", "PLACE", "CIN", "PLACE_PROVIDER", "REASON_PLACE_CHANGE"]
    content = [column for column in [*when, *what] if column in episodes]
    ordered = episodes.sort_values(content, kind="stable", ignore_index=True)
    before = ordered.groupby("CHILD")[["DEC", "REC"]].shift()
    first = ~ordered["CHILD"].duplicated()
    ended = before["REC"].notna() & (before["REC"] != CONTINUES)
    gap = before["DEC"].notna() & (ordered["DECOM"] > before["DEC"])
    return ordered.assign(period=(first | (ordered["RNE"] == "S") | ended | gap).cumsum())


def _ours(codes: pd.Series, code_list: str) -> pd.Series:
    return codes.map(code_map(code_list, "ssda903"))


def placements_of(episodes: pd.DataFrame) -> pd.DataFrame:
    """Every episode as a row of `placements`."""
    return pd.DataFrame(
        {
            "child": episodes["CHILD"],
            "row_id": episodes["row_id"],
            "care_start_date": episodes.groupby("period")["DECOM"].transform("min"),
            "start_date": episodes["DECOM"],
            "end_date": episodes["DEC"],
            "placement": _ours(episodes["PLACE"], "placement"),
            "legal_status": _ours(episodes["LS"], "legal_status"),
            "provider": _ours(episodes["PLACE_PROVIDER"], "provider"),
            "distance_miles": _distance(episodes),
        }
    )


def _distance(episodes: pd.DataFrame) -> pd.Series:
    """Miles when the file gives them. 999.9 stands for a distance that is not known."""
    miles = episodes.get("PL_DISTANCE", pd.Series(float("nan"), index=episodes.index))
    return miles.where(miles < 999)


def periods_of_care(
    episodes: pd.DataFrame, native: dict[str, pd.DataFrame], last_day: pd.Timestamp
) -> pd.DataFrame:
    last = episodes.groupby("period").tail(1).set_index("period")
    moved = episodes[episodes["RNE"].isin(NEW_PLACEMENT)].groupby("period")["DECOM"].max()
    start = episodes.groupby("period")["DECOM"].min()
    end = last["DEC"]
    judged = end.fillna(last_day).clip(upper=last_day)
    located = last.get("PL_LOCATION", pd.Series(index=last.index, dtype="str"))
    return pd.DataFrame(
        {
            "child": last["CHILD"],
            "row_id": last["row_id"],
            "start_date": start,
            "end_date": end,
            "need": _ours(last["CIN"], "need"),
            "legal_status": _ours(last["LS"], "legal_status"),
            "placement": _ours(last["PLACE"], "placement"),
            "placement_start_date": moved.reindex(last.index).fillna(start),
            "provider": _ours(last["PLACE_PROVIDER"], "provider"),
            "location": located.map({"IN": "inside", "OUT": "outside"}),
            "distance_miles": _distance(last),
            "placements_in_last_12_months": _placements_in_year(episodes, last["CHILD"], judged),
            "ceased_reason": _ours(last["REC"].where(last["REC"] != CONTINUES), "ceased_reason"),
            "unaccompanied": _unaccompanied(native, last["CHILD"], judged),
            "missing_episodes_in_last_12_months": _missing_in_year(
                native.get("missing"), last["CHILD"], judged
            ),
        }
    ).reset_index(drop=True)


def _spells(episodes: pd.DataFrame) -> pd.DataFrame:
    """Placements as the field counts them: from move to move, without short breaks and temporary placements.

    A return from a temporary placement to the same kind of placement and provider is not a new one.
    """
    kept = episodes[~episodes["LS"].isin(SHORT_BREAKS)].copy()
    kept["temporary"] = kept["PLACE"].isin(TEMPORARY)
    kept["after_temporary"] = kept.groupby("period")["temporary"].shift(fill_value=False)
    kept = kept[~kept["temporary"]].fillna({"PLACE": "", "PLACE_PROVIDER": ""})
    before = kept.groupby("period")[["PLACE", "PLACE_PROVIDER"]].shift()
    back = (
        kept["after_temporary"]
        & (kept["PLACE"] == before["PLACE"])
        & (kept["PLACE_PROVIDER"] == before["PLACE_PROVIDER"])
    )
    starts = ~kept["period"].duplicated() | (kept["RNE"].isin(NEW_PLACEMENT) & ~back)
    kept = kept.assign(spell=starts.cumsum(), end=kept["DEC"].fillna(ENDLESS))
    return kept.groupby("spell").agg(CHILD=("CHILD", "first"), start=("DECOM", "min"), end=("end", "max"))


def _placements_in_year(episodes: pd.DataFrame, children: pd.Series, judged: pd.Series) -> pd.Series:
    """Placements that the child was in during the 12 months up to the day on which the period is judged."""
    pairs = _year_before(children, judged).merge(_spells(episodes), on="CHILD")
    within = pairs[(pairs["start"] <= pairs["judged"]) & (pairs["end"] > pairs["from"])]
    return within.groupby("period").size().reindex(children.index, fill_value=0)


def _year_before(children: pd.Series, judged: pd.Series) -> pd.DataFrame:
    """For each period of care the child, and the twelve months up to the day judged."""
    days = {"judged": judged, "from": judged - pd.DateOffset(years=1)}
    return pd.DataFrame({"CHILD": children, **days}).reset_index()


def _missing_in_year(missing: pd.DataFrame | None, children: pd.Series, judged: pd.Series) -> pd.Series:
    """Times missing (not merely away) in the 12 months up to the day judged; not known without the table."""
    if missing is None:
        return pd.Series(pd.NA, index=children.index, dtype="object")
    times = missing.loc[missing["MISSING"] == "M", ["CHILD", "MIS_START"]]
    pairs = _year_before(children, judged).merge(times, on="CHILD")
    within = pairs[(pairs["MIS_START"] <= pairs["judged"]) & (pairs["MIS_START"] > pairs["from"])]
    return within.groupby("period").size().reindex(children.index, fill_value=0)


def _unaccompanied(native: dict[str, pd.DataFrame], children: pd.Series, judged: pd.Series) -> pd.Series:
    """Whether the child had the status on the day judged; not known without the table."""
    if "uasc" not in native:
        return pd.Series(pd.NA, index=children.index, dtype="object")
    ceased = (
        native["uasc"].assign(until=native["uasc"]["DUC"].fillna(ENDLESS)).groupby("CHILD")["until"].max()
    )
    until = children.map(ceased.to_dict() or {"": pd.NaT}).astype("datetime64[s]")
    return (until.notna() & (until >= judged)).astype("object")


def told_of_periods(episodes: pd.DataFrame, native: dict[str, pd.DataFrame]) -> list[Finding]:
    """What the periods of care do not say, and why."""
    first, last = episodes.groupby("period").head(1), episodes.groupby("period").tail(1)
    early, broken = first[first["RNE"] != "S"], last[(last["REC"] == CONTINUES) & last["DEC"].notna()]
    began = "periods of care do not begin with reason S, so they began before the first episode that was sent; that episode's start is used."
    stops = "periods of care stop at an episode that says another follows (X1), and none does; they are taken to end there, for no known reason."
    told = told_of_rows("period", early, began, "Give the set of the year before as well.")
    told += told_of_rows("period", broken, stops, "Ask for the missing episodes.")
    if "PL_DISTANCE" not in episodes:
        said = "The set gives postcodes and no distance, and no postcode file is used: distance and location of placements are missing."
        advice = "Ask for the set with PL_DISTANCE and PL_LOCATION, or use Annex A."
        told.append(warning("distance", said, advice=advice))
    absent = [table for table in ("uasc", "missing") if table not in native]
    if absent:
        said = f"No table {' or '.join(absent)}, so what it tells of looked-after children is missing."
        told.append(warning("table", said, advice="Ask for it, even if it is empty."))
    return told


def _missing_episodes(missing: pd.DataFrame) -> pd.DataFrame:
    away = missing["MISSING"].map({"A": True, "M": False})
    return pd.DataFrame(
        {
            "child": missing["CHILD"],
            "row_id": missing["row_id"],
            "start_date": missing["MIS_START"],
            "end_date": missing["MIS_END"],
            "away_without_authorisation": away,
        }
    )


def _care_leavers(oc3: pd.DataFrame) -> pd.DataFrame:
    """Official codes; the second character of ACCOM says whether it is suitable (1) or not (2), and 0 is nothing known."""
    known = {
        name: oc3[name].where(oc3[name].isin(field.codes + field.withdrawn))
        for name, field in fields()["oc3"].items()
        if name in ("IN_TOUCH", "ACTIV", "ACCOM")
    }
    home = known["ACCOM"].where(known["ACCOM"] != "0")
    return pd.DataFrame(
        {
            "child": oc3["CHILD"],
            "row_id": oc3["row_id"],
            "in_touch": known["IN_TOUCH"],
            "accommodation": home.str[0],
            "suitable": home.str[1].map({"1": "yes", "2": "no"}),
            "activity": known["ACTIV"].where(known["ACTIV"] != "0"),
        }
    )


def _adoptions(native: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each decision that a child should be placed for adoption, with what followed before any next decision.

    A row of AD1 joins its child's decision; one whose child has none is a row of its own.
    """
    decisions = _decisions(native.get("placed_adoption"), native.get("ad1"))
    following = decisions.sort_values("decision_date").groupby("child")["decision_date"].shift(-1)
    decisions["until"] = following.reindex(decisions.index).fillna(ENDLESS)
    if "ad1" in native:
        matches = native["ad1"].dropna(subset=["DATE_MATCH"])
        decisions["matched_date"] = _first_after(decisions, matches, "DATE_MATCH")
    if "episodes" in native:
        episodes = native["episodes"]
        ordered = episodes[(episodes["LS"] == "E1") & episodes["RNE"].isin(NEW_STATUS)]
        decisions["placement_order_date"] = _first_after(decisions, ordered, "DECOM")
        placed = episodes[episodes["PLACE"].isin(FOR_ADOPTION) & episodes["RNE"].isin(NEW_PLACEMENT)]
        decisions["placed_date"] = _first_after(decisions, placed, "DECOM")
        adopted = episodes[episodes["REC"].isin(ADOPTED) & episodes["DEC"].notna()]
        decisions["order_date"] = _first_after(decisions, adopted, "DEC")
    return decisions


def _decisions(placed: pd.DataFrame | None, ad1: pd.DataFrame | None) -> pd.DataFrame:
    names = {"CHILD": "child", "DATE_PLACED": "decision_date", "DATE_PLACED_CEASED": "reversed_date"}
    parts = [] if placed is None else [placed[[*names, "row_id"]].rename(columns=names)]
    decided = set() if placed is None else set(placed["CHILD"])
    if ad1 is not None:
        alone = ad1[~ad1["CHILD"].isin(decided)]
        names_in_ad1 = {"CHILD": "child", "DATE_INT": "decision_date"}
        parts.append(alone[[*names_in_ad1, "row_id"]].rename(columns=names_in_ad1))
    return pd.concat(parts, ignore_index=True).reindex(columns=[*names.values(), "row_id"])


def _first_after(decisions: pd.DataFrame, events: pd.DataFrame, day: str) -> pd.Series:
    """For each decision the first such day of the same child on or after it, and before the child's next decision."""
    pairs = decisions.reset_index().merge(events[["CHILD", day]], left_on="child", right_on="CHILD")
    since = pairs["decision_date"].fillna(NEVER)
    within = pairs[(pairs[day] >= since) & (pairs[day] < pairs["until"])]
    return within.groupby("index")[day].min().reindex(decisions.index)
