"""What a chart's words say of a medicine: whose it is, at what time, and what a heading or a table does to it."""

from __future__ import annotations

import pytest

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.records.chart import read_chart

TAKE, STOP, HOLD = MedicationAction.TAKE, MedicationAction.STOP, MedicationAction.HOLD
HOME, STAY, LEAVES = MedicationPhase.HOME, MedicationPhase.INPATIENT, MedicationPhase.DISCHARGE


def _said(text: str, phase: MedicationPhase | None = None) -> list[MedicationStatement]:
    return [m for m in read_chart(text).medications if phase in {None, m.phase}]


@pytest.mark.parametrize(
    "heading",
    [
        "D/C meds",
        "D/c meds:",
        "DC medications",
        "Meds on d/c",
        "D/C Rx:",
        "D/C home meds",
        "Meds at D/C:",
        "D/C medication list",
    ],
)
def test_a_heading_of_the_discharge_list_stops_nothing(heading: str) -> None:
    said = _said(f"{heading}\nramipril 5 mg od\n- sertraline 50 mg od\nSTOP: gliclazide\n", LEAVES)
    assert [(m.name, m.action) for m in said] == [
        ("ramipril", TAKE),
        ("sertraline", TAKE),
        ("gliclazide", STOP),
    ]


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("furosemide 40 mg od - d/c wt 70 kg", TAKE),
        ("furosemide 40 mg od, dose at d/c", TAKE),
        ("D/C meds today: furosemide 40 mg od", TAKE),
        ("furosemide 40 mg od - d/c", STOP),
        ("furosemide 40 mg od d/c due to low BP", STOP),
        ("D/C furosemide 40 mg od", STOP),
    ],
)
def test_d_c_beside_a_medicine_is_a_verb_only_where_it_is_said_of_it(
    line: str, action: MedicationAction
) -> None:
    assert [m.action for m in _said(f"Discharge medications\n{line}\n", LEAVES)] == [action]


def test_discontinued_medicines_under_their_own_heading_are_stopped() -> None:
    said = _said("D/C meds\nramipril 5 mg od\nD/C'd meds\ngliclazide 80 mg od\n", LEAVES)
    assert [(m.name, m.action) for m in said] == [("ramipril", TAKE), ("gliclazide", STOP)]


@pytest.mark.parametrize(
    "table",
    [
        "| Medicine | Before | At discharge | Comment |\n|---|---|---|---|\n"
        "| Candesartan | 16 mg od | HELD | GP to restart if K <5.0 |\n| Linagliptin | – | 5 mg od | NEW |\n"
        "| Amlodipine | – | 5 mg od | NEW |\n| Senna | – | 15 mg on | NEW |",
        "Medicine        Before      At discharge     Comment\n"
        "Candesartan     16 mg od    HELD             GP to restart if K <5.0\n"
        "Linagliptin     –           5 mg od          NEW\nAmlodipine      –           5 mg od          NEW\nSenna           –           15 mg on         NEW",
        "# | Drug | Before | Now | Seen by\n1 | Candesartan | 16 mg od | on hold | AB\n2 | Linagliptin | – | 5 mg od | AB\n"
        "3 | Amlodipine | – | 5 mg od | AB\n4 | Senna | – | 15 mg on | AB",
    ],
)
def test_a_table_before_and_at_discharge_is_the_discharge_list(table: str) -> None:
    said = _said(
        "DISCHARGE RECORD\n\nSummary\nShe was drowsy. Given calcium gluconate 10% 30 mL, insulin twice, "
        f"salbutamol nebuliser 10 mg. Candesartan stopped.\n\nMedicines\n{table}\n"
    )
    assert [(m.name, m.action) for m in said if m.phase is HOME] == [("Candesartan", TAKE)]
    assert [(m.name, m.action) for m in said if m.phase is LEAVES] == [
        ("Candesartan", HOLD),
        ("Linagliptin", TAKE),
        ("Amlodipine", TAKE),
        ("Senna", TAKE),
    ]


def test_a_chinese_table_before_and_at_discharge_is_read() -> None:
    said = _said(
        "出院用药\n| 序号 | 药品 | 入院前 | 出院 | 说明 |\n| 1 | 缬沙坦 | 80mg qd | 停用 | 低血压 |\n| 2 | 二甲双胍 | – | 0.5g bid | 新增 |\n",
        LEAVES,
    )
    assert [(m.name, m.action, m.dose) for m in said] == [("缬沙坦", STOP, None), ("二甲双胍", TAKE, "0.5g")]


def test_columns_before_and_after_of_something_else_are_no_medicines() -> None:
    assert not _said("Results\nName | Before | After\nPotassium | 4.1 | 5.0\nAlbumin | 20 | 31\n")


@pytest.mark.parametrize(
    ("told", "phase"),
    [
        ("In ED she had salbutamol 10 mg nebulised.", STAY),
        ("Given calcium gluconate 10% 30 mL.", STAY),
        ("Ceftriaxone 2 g IV was started.", STAY),
        ("She was given amoxicillin 500 mg tds to take home.", LEAVES),
        ("Ramipril increased to 5 mg od.", LEAVES),
    ],
)
def test_what_was_given_at_once_or_in_a_vein_does_not_go_home(told: str, phase: MedicationPhase) -> None:
    assert {m.phase for m in _said(f"DISCHARGE SUMMARY\nHospital course: {told}\n")} == {phase}


_LIST = "Discharge medications\nparacetamol 1 g qds\nsenna 15 mg on\namlodipine 5 mg od\n"


def test_before_a_discharge_list_the_course_tells_of_the_stay() -> None:
    said = _said(
        f"DISCHARGE SUMMARY\nHospital course: Morphine increased to 10 mg bd. Ramipril stopped.\n{_LIST}"
    )
    assert [(m.name, m.phase) for m in said][:2] == [("Morphine", STAY), ("Ramipril", STAY)]
    assert [m.name for m in said if m.phase is LEAVES] == ["paracetamol", "senna", "amlodipine"]


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("出院带药\n停药：阿司匹林（利伐沙班期间停，不再恢复）", ["阿司匹林"]),
        ("出院带药\n服用华法林期间停用阿司匹林。", ["阿司匹林"]),
        ("Discharge medications\nwhile on rivaroxaban stop aspirin", ["aspirin"]),
        ("Discharge medications\naspirin (stop during rivaroxaban)", ["aspirin"]),
        ("Discharge medications\naspirin: stopped for the duration of rivaroxaban", ["aspirin"]),
        ("出院带药\n利伐沙班 10mg qd，已停用", ["利伐沙班"]),
    ],
)
def test_the_medicine_that_is_the_time_of_a_stop_is_not_stopped(text: str, stopped: list[str]) -> None:
    assert [m.name for m in _said(text) if m.action is STOP] == stopped
    assert not [m.name for m in _said(text) if m.action is TAKE]


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("呋塞米 20mg qd 体重稳定后门诊停", TAKE),
        ("泮托拉唑 40mg qd，症状缓解后停用", TAKE),
        ("furosemide 20 mg od - to be stopped in clinic when weight stable", TAKE),
        ("bumetanide 1 mg od, HF clinic to stop once dry", TAKE),
        ("prednisolone 5 mg od - stop at the first clinic", TAKE),
        ("ramipril 5 mg od - stopped in clinic", STOP),
        ("ramipril 5 mg od (stop)", STOP),
    ],
)
def test_a_stop_to_come_is_no_stop(line: str, action: MedicationAction) -> None:
    heading = "出院带药" if any("一" <= c <= "鿿" for c in line) else "Discharge medications"
    (said,) = _said(f"{heading}\n{line}\n", LEAVES)
    assert said.action is action
    assert bool(said.duration) is (action is TAKE)


def test_a_stop_to_come_in_a_table_is_kept_as_its_end() -> None:
    rows = (
        "药名   剂量  用法   备注\n呋塞米片  20mg  qd   体重稳定后门诊停\n氨氯地平  5mg  qd   低血压后停用\n"
    )
    said = _said(f"出院带药\n{rows}", LEAVES)
    assert [(m.action, m.dose, m.frequency, m.duration) for m in said] == [
        (TAKE, "20mg", "qd", "体重稳定后门诊停"),
        (STOP, None, None, None),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "不可自行服用阿司匹林、华法林等抗栓药。",
        "切勿擅自使用阿司匹林、华法林。",
        "禁止购买阿司匹林和华法林服用",
        "Please do not self-medicate with aspirin or warfarin.",
        "She must not buy any aspirin or warfarin.",
        "You should not take any aspirin, warfarin.",
    ],
)
def test_what_is_forbidden_is_not_an_order(line: str) -> None:
    heading = (
        "出院带药\n氨氯地平 5mg qd"
        if "一" <= line[0] <= "鿿"
        else "Discharge medications\namlodipine 5 mg od"
    )
    said = _said(f"{heading}\n{line}\n", LEAVES)
    assert [(m.generic, m.action, m.change) for m in said[1:]] == [
        ("aspirin", STOP, "forbidden"),
        ("warfarin", STOP, "forbidden"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "阿司匹林 100mg qd，不要自行停用",
        "不要自行停用阿司匹林",
        "Do not stop taking aspirin 75 mg od",
        "aspirin 75 mg od - do not miss doses",
    ],
)
def test_a_forbidden_stop_is_no_forbidden_medicine(line: str) -> None:
    heading = "出院带药" if any("一" <= c <= "鿿" for c in line) else "Discharge medications"
    assert [m.action for m in _said(f"{heading}\n{line}\n", LEAVES)] == [TAKE]


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("Denosumab 60 mg sc planned by the fracture team after vitamin D", []),
        ("zoledronic acid 4 mg to be considered in clinic", []),
        ("抗骨松：拟术后6周、维D补足后用地舒单抗60mg 半年一次", []),
        ("warfarin 5 mg od for 6 months as planned", ["warfarin"]),
        ("prednisolone 20 mg od, planned 4-week course", ["prednisolone"]),
        ("阿司匹林 100mg qd 拟长期服用", ["阿司匹林"]),
    ],
)
def test_a_planned_medicine_is_not_yet_taken(line: str, taken: list[str]) -> None:
    heading = "出院带药" if any("一" <= c <= "鿿" for c in line) else "Discharge medications"
    assert [m.name for m in _said(f"{heading}\n{line}\n", LEAVES) if m.action is TAKE] == taken


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("Background: duodenal ulcer which bled on naproxen in 2021.", []),
        ("PMH: previous GI bleed on naproxen 2018; haloperidol made her rigid last time", []),
        ("既往史：2021年服用萘普生后消化道出血。", []),
        ("HPC: He got haloperidol 0.5 mg twice on 2/12, after which he became stiff.", []),
        ("He was admitted with a GI bleed on apixaban.", ["apixaban"]),
        ("HPC: hypoglycaemia on gliclazide 80 mg twice daily.", ["gliclazide"]),
    ],
)
def test_what_did_harm_once_is_not_on_the_home_list(text: str, home: list[str]) -> None:
    assert [m.name for m in _said(text, HOME)] == home


@pytest.mark.parametrize(
    ("line", "until"),
    [
        ("Aspirin 75 mg once daily (until 19 June 2025, then STOP)", "until 19 June 2025, then STOP"),
        ("Clopidogrel 75 mg od (for 12 months)", "for 12 months"),
        ("阿司匹林 100mg qd（至2026-06-19停）", "至2026-06-19停"),
        ("atorvastatin 80 mg on (was 40 mg until May)", None),
    ],
)
def test_an_end_in_brackets_is_kept(line: str, until: str | None) -> None:
    heading = "出院带药" if any("一" <= c <= "鿿" for c in line) else "Discharge medications"
    assert [(m.action, m.duration) for m in _said(f"{heading}\n{line}\n", LEAVES)] == [(TAKE, until)]


def test_do_not_miss_doses_does_not_strike_the_list() -> None:
    said = _said("Discharge medications\nramipril 5 mg od\naspirin 75 mg od - do not miss doses\n", LEAVES)
    assert [m.name for m in said] == ["ramipril", "aspirin"]
    assert not _said("Warfarin 5 mg od. This is not Miss Turner, delete.\n", LEAVES)


def test_a_stop_label_reaches_no_line_with_a_label_of_its_own() -> None:
    said = _said(
        "出院带药\n  氨氯地平 5mg qd\n  停药：唑吡坦、阿司匹林（出血）\n  补钙：碳酸钙 0.5g qd\n", LEAVES
    )
    assert [(m.name, m.action) for m in said] == [
        ("氨氯地平", TAKE),
        ("唑吡坦", STOP),
        ("阿司匹林", STOP),
        ("碳酸钙", TAKE),
    ]


def test_a_stop_in_brackets_behind_a_name_is_of_it() -> None:
    said = _said("入院前用药：华法林（已停），塞来昔布0.2g qd\n", HOME)
    assert [(m.name, m.action) for m in said] == [("华法林", STOP), ("塞来昔布", TAKE)]


@pytest.mark.parametrize(
    ("line", "dose", "again"),
    [
        (
            "bisoprolol 5 mg withheld, restart at 1.25 mg when pulse above 60",
            "5 mg",
            "restart at 1.25 mg when pulse above 60",
        ),
        (
            "HELD: ramipril 5 mg od, restart 1.25 mg when K <5",
            "5 mg",
            "restart 1.25 mg when K <5",
        ),
        (
            "ramipril 5 mg od: withheld. Please restart at 1.25 mg when K < 5.",
            "5 mg",
            "Please restart at 1.25 mg when K < 5",
        ),
        ("比索洛尔 5mg qd 暂停，心率>60次/分后以1.25mg恢复", "5mg", "心率>60次/分后以1.25mg恢复"),
        ("Withheld: bisoprolol 5 mg once daily", "5 mg", None),
        ("Withheld: codeine 30 mg when required", "30 mg", None),
    ],
)
def test_a_hold_keeps_the_dose_and_the_condition_of_its_restart(
    line: str, dose: str, again: str | None
) -> None:
    heading = "出院带药" if any("一" <= c <= "鿿" for c in line) else "Discharge medications"
    assert [(m.action, m.dose, m.condition) for m in _said(f"{heading}\n{line}\n", LEAVES)] == [
        (HOLD, dose, again)
    ]


def test_not_been_restarted_is_held_and_the_list_takes_its_condition() -> None:
    said = _said(
        "His bisoprolol was withheld because of bradycardia and has not been restarted: please restart at 1.25 mg "
        "when the pulse is above 60.\n\nDischarge medications\naspirin 75 mg od\nWithheld: bisoprolol 5 mg once daily\n"
    )
    held = [m for m in said if m.generic == "bisoprolol"]
    assert [(m.action, m.condition) for m in held] == [
        (HOLD, "please restart at 1.25 mg when the pulse is above 60")
    ] * 2
    assert held[0].reason == "bradycardia"


def test_withheld_and_restarted_is_taken_again() -> None:
    said = _said("Progress: bisoprolol was withheld on admission, restarted on 3/6 at 1.25 mg.\n")
    assert [m.action for m in said] == [TAKE]


@pytest.mark.parametrize(
    ("line", "dose", "often", "how_long"),
    [
        (
            "furosemide 40 mg od → 80 mg morning and 40 mg at 2 pm",
            "80 mg morning and 40 mg at 2 pm",
            None,
            None,
        ),
        ("furosemide 40 mg od -> 80 mg bd", "80 mg", "bd", None),
        ("bisoprolol 2.5 mg od -> 5 mg", "5 mg", "od", None),
        ("nicotine patch 21 mg/24h + lozenge 2 mg prn", "21 mg/24h + lozenge 2 mg prn", None, None),
        (
            "Salbutamol 100 mcg MDI + spacer: 4 puffs 4-hourly for first 24 h then as needed",
            "100 mcg MDI + spacer: 4 puffs",
            "4-hourly",
            "for first 24 h then as needed",
        ),
        (
            "sertraline 50 mg od, increase to 100 mg after 2 weeks",
            "50 mg",
            "od",
            "increase to 100 mg after 2 weeks",
        ),
        ("司美格鲁肽 0.25mg 每周一次，4周后增至0.5mg", "0.25mg", "每周一次", "4周后增至0.5mg"),
        ("美托洛尔 25mg bid，2周后加至50mg bid", "25mg", "bid", "2周后加至50mg bid"),
        ("阿司匹林 100mg qd 至12.5停", "100mg", "qd", "至12.5停"),
        ("gliclazide MR 60 od", "60", "od", None),
        ("fidaxomicin 200 mg bd - finishes 17/10", "200 mg", "bd", "finishes 17/10"),
    ],
)
def test_a_row_keeps_its_steps_and_its_parts(
    line: str, dose: str, often: str | None, how_long: str | None
) -> None:
    heading = "出院带药" if any("一" <= c <= "鿿" for c in line) else "Discharge medications"
    said = _said(f"{heading}\n{line}\n", LEAVES)
    assert [(m.action, m.dose, m.frequency, m.duration) for m in said] == [(TAKE, dose, often, how_long)]


def test_a_later_step_changes_nothing_today() -> None:
    later, done = _said(
        "Discharge medications\nsertraline 50 mg od, increase to 100 mg after 2 weeks\nramipril increased to 5 mg od\n"
    )
    assert (later.change, later.previous_dose, done.change) == (None, None, "changed")


def test_a_patch_that_is_changed_weekly_is_no_changed_medicine() -> None:
    (said,) = _said("Discharge medications\nbuprenorphine 5 microgram/h patch, change every 7 days\n")
    assert (said.dose, said.change) == ("5 microgram/h", None)


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("Prednisolone 30 mg od, 3 days in all (last dose 16 Nov, given) - course complete", STOP),
        ("prednisolone 30 mg od – course completed 16 Nov", STOP),
        ("doxycycline 100 mg od to complete 5 days", TAKE),
        ("amoxicillin 500 mg tds, last dose tonight", TAKE),
    ],
)
def test_a_course_that_is_done_is_not_taken(line: str, action: MedicationAction) -> None:
    assert [m.action for m in _said(f"Discharge medications\n{line}\n", LEAVES)] == [action]


def test_a_home_medicine_no_one_knows_is_stopped_by_its_name() -> None:
    said = _said(
        "入院前用药：复方降压片1片 每日2次；预混人胰岛素30R 早20U 晚16U。\n"
        "出院医嘱：\n二甲双胍片 0.5g 每日两次\n停用：格列齐特、预混胰岛素30R、复方降压片。\n",
        LEAVES,
    )
    assert {(m.name, m.action) for m in said} == {
        ("二甲双胍", TAKE),
        ("格列齐特", STOP),
        ("预混胰岛素30R", STOP),
        ("复方降压片", STOP),
    }


@pytest.mark.parametrize(
    ("line", "dose"),
    [
        ("二十碳五烯酸乙酯（ω-3） 2g bid", "2g"),
        ("XYZ-123 胶囊（试验药） 2粒 bid", "2粒"),
        ("骨化新醇 0.25μg qd", "0.25μg"),
        ("Fooazide (trial) 5 mg od", "5 mg"),
        ("Foobar barrier cream", None),
        ("Zzgel eye drops 1 drop qds both eyes", "1 drop"),
        ("复方某某软膏", None),
    ],
)
def test_a_medicine_that_no_one_knows_stays_on_the_list(line: str, dose: str | None) -> None:
    zh = any("一" <= c <= "鿿" for c in line)
    known = "氨氯地平 5mg qd" if zh else "amlodipine 5 mg od"
    said = _said(f"{'出院带药' if zh else 'Discharge medications'}\n{known}\n{line}\n", LEAVES)
    assert [(m.action, m.generic, m.dose) for m in said[1:]] == [(TAKE, None, dose)]


def test_food_and_walks_among_chinese_orders_are_no_medicines() -> None:
    said = _said(
        "出院医嘱：\n1. 低盐饮食，每日食盐<5g\n2. 参芪某某胶囊 3粒 tid\n3. 牛奶 250ml 每日一次\n4. 散步 30分钟 每日2次\n"
        "5. 监测血压 每日2次\n6. 每日进食蛋白质60g\n"
    )
    assert [(m.name, m.dose) for m in said] == [("参芪某某胶囊", "3粒")]


def test_other_lines_of_a_list_are_no_medicines() -> None:
    said = _said(
        "Discharge medications\namlodipine 5 mg od\nInhaler technique checked\nCompression stockings both legs\n"
        "Please use the same cream as before\nPhone ward if diarrhoea returns\n"
    )
    assert [m.name for m in said] == ["amlodipine"]


def test_an_old_dose_in_brackets_is_the_old_dose() -> None:
    said = _said(
        "Discharge medications\nLevothyroxine 25 micrograms once each morning (dose reduced; was 100 micrograms)\n"
        "Oxycodone modified release 5 mg bd\n"
    )
    assert [(m.dose, m.frequency, m.previous_dose, m.change) for m in said] == [
        ("25 micrograms", "once each morning", "100 micrograms", "changed"),
        ("5 mg", "bd", None, None),
    ]


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("Aspirin 150 mg from 12 weeks in any next pregnancy", []),
        ("阿司匹林 100mg 再次妊娠12周起服用", []),
        ("Aspirin 150 mg od for this pregnancy", ["Aspirin"]),
    ],
)
def test_a_medicine_of_the_next_pregnancy_is_not_taken_now(line: str, taken: list[str]) -> None:
    heading = "出院带药" if any("一" <= c <= "鿿" for c in line) else "Discharge medications"
    assert [m.name for m in _said(f"{heading}\n{line}\n", LEAVES)] == taken


def test_what_was_begun_on_a_day_of_the_stay_is_not_from_home() -> None:
    said = _said("Isolated in a side room. Fidaxomicin 200 mg bd from 7/10. Metformin 500 mg bd.\n")
    assert [(m.name, m.phase) for m in said] == [("Fidaxomicin", STAY), ("Metformin", HOME)]


@pytest.mark.parametrize(
    "line",
    [
        "Home BP cuff BID x 2 weeks",
        "Glucometer 4 times daily",
        "CPAP every night and every nap",
        "TED stockings daily for 6 weeks",
        "MFM 05/20 with CMP",
        "Peds 05/14 infant weight",
        "Lactation consult 05/14",
        "Capillary glucose daily, aim 5-9",
        "Sodium 2 g/day",
        "Practice nurse weekly",
        "Someplace 14/07/2025",
    ],
)
def test_a_device_a_clinic_a_person_or_a_day_is_no_medicine(line: str) -> None:
    said = _said(f"Discharge medications:\nsenna 15 mg nocte\n{line}\n", MedicationPhase.DISCHARGE)
    assert [m.name for m in said] == ["senna"], [(m.name, m.dose) for m in said]


@pytest.mark.parametrize(
    ("line", "dose"),
    [
        ("Cuffsol 5/10 daily", "5/10"),
        ("Sodium chloride 600 mg tds", "600 mg"),
        ("Bootsalve 10 mg od", "10 mg"),
        ("Walkerin 25/100 tds", "25/100"),
        ("Protein supplement 30 g bd", "30 g"),
    ],
)
def test_a_name_that_only_holds_such_a_word_stays_a_medicine(line: str, dose: str) -> None:
    said = _said(f"Discharge medications:\n{line}\n", MedicationPhase.DISCHARGE)
    assert [m.dose for m in said] == [dose]


@pytest.mark.parametrize(
    ("line", "dose"),
    [
        ("Denosumab due 14/07/2025 - do not miss", None),
        ("Denosumab, next dose 14/07/2025", None),
        ("Denosumab 14/07/2025", None),
        ("Depot haloperidol due 14/07", None),
        ("Denosumab 60 mg, due 14/07/2025", "60 mg"),
        ("Trelegy Ellipta 100/62.5/25 one inhalation daily", "100/62.5/25"),
        ("Co-careldopa 25/100 tds", "25/100"),
    ],
)
def test_the_day_a_dose_is_due_is_no_dose(line: str, dose: str | None) -> None:
    assert [m.dose for m in _said(f"Discharge medications:\n{line}\n", MedicationPhase.DISCHARGE)] == [dose]
